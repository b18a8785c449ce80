import { expect, test } from 'vitest';
import { canary } from '../../lib/index.ts';
import { checkIntent } from '../../lib/intent/check.ts';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import { resolveIntent } from '../../lib/intent/resolve.ts';
import { remediesOf, usesOf } from '../../lib/plan/uses.ts';
import { VALID } from './valid.ts';

const gate = {
  name: 'errors',
  description: 'few requests fail',
  scope: 'candidate',
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'vector(0)' } },
  successCondition: 'result[0] < 0.01',
} as const;
const flags = { 'new-ranking': { owner: 'search', created: '2026-11-01', expires: '2026-12-01' } };
const volumes = { ...VALID.volumes, flags: { mountPath: '/etc/flags', configMap: 'web-flags', overriddenBy: 'web-flags-off' } };

const withRemedy = (onFailure: 'abort' | 'flagOff' | 'webhook', some: Partial<ReleaseIntent>): ReleaseIntent => ({
  ...VALID,
  strategy: canary({ weights: [5, 100], gates: [{ ...gate, onFailure }] }),
  ...some,
});
const told = (intent: ReleaseIntent) => checkIntent('web', intent).map(({ path, message }) => `${path}: ${message}`);

test.each<[why: string, intent: ReleaseIntent, said: string]>([
  ['is not there', withRemedy('flagOff', {}), "onFailure 'flagOff' is one of the intent's remedies, and there is no remedies.flagOff."],
  [
    'names no flag of the release',
    withRemedy('flagOff', { flags, volumes, remedies: { flagOff: { flag: 'new-rankin' } } }),
    "remedies.flagOff.flag: flag 'new-rankin' is none of this release, did you mean 'new-ranking'?",
  ],
  [
    'reaches no pod',
    withRemedy('flagOff', { flags, remedies: { flagOff: { flag: 'new-ranking' } } }),
    'remedies.flagOff: no volume of the pods has ConfigMap web-flags-off, so they would not see the flag go off.',
  ],
  [
    'settles before pods can know it',
    withRemedy('flagOff', { flags, volumes, remedies: { flagOff: { flag: 'new-ranking', settle: '1m' } } }),
    'remedies.flagOff.settle: ',
  ],
  [
    'asks no server',
    withRemedy('webhook', { remedies: { webhook: { url: 'flags.example.com', flag: 'x' } } }),
    "remedies.webhook.url: 'flags.example.com' must be a URL that begins with http:// or https://.",
  ],
  [
    'sends what is no header',
    withRemedy('webhook', { remedies: { webhook: { url: 'https://flags.example.com', flag: 'x', headers: { 'Bad Header': 'y' } } } }),
    "remedies.webhook.headers['Bad Header']: header name 'Bad Header' must be letters, digits and '-'",
  ],
  [
    'sends what is no value of a header',
    withRemedy('webhook', { remedies: { webhook: { url: 'https://flags.example.com', flag: 'x', headers: { 'X-Env': 'y\nz' } } } }),
    "remedies.webhook.headers['X-Env']: value 'y\nz' must be at most 4096 visible ASCII characters",
  ],
])('a remedy that %s is refused', (_, intent, said) => {
  expect(told(intent).some((text) => text.includes(said))).toBe(true);
});

test('a remedy that no gate names is no part of a plan', () => {
  const remedies = { flagOff: { flag: 'new-ranking' } };
  const resolved = (onFailure: 'abort' | 'flagOff') => resolveIntent('web', withRemedy(onFailure, { flags, volumes, remedies }), 'shop');
  expect(told(withRemedy('flagOff', { flags, volumes, remedies }))).toEqual([]);
  expect([remediesOf(resolved('abort')), usesOf(resolved('abort'), { signed: false })]).toEqual([undefined, []]);
  expect([remediesOf(resolved('flagOff')), usesOf(resolved('flagOff'), { signed: false })]).toEqual([
    { flagOff: { flag: 'new-ranking', settleSeconds: 120, withinSeconds: 60 } },
    ['remedies'],
  ]);
});
