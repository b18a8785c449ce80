import { describe, expect, test } from 'vitest';
import type { ResolvedIntent } from '../../lib/intent/resolved.ts';
import { errors, find, inFlight, render, web, withGates, withWorkload } from './fixtures.ts';
import { templateOf } from './pods.ts';

const flag = { name: 'new-ranking', owner: 'search', created: '2026-11-01', expires: '2026-12-01', description: '', percent: 20 };
const terms = { flag: 'new-ranking', settleSeconds: 120, withinSeconds: 60 };
const url = 'http://flags.shop.svc.cluster.local:8013/off';
const asked = { url, method: 'POST', headers: {}, body: null, jsonPath: '{$}', timeoutSeconds: 10 } as const;
const token = { bearer: { tokenSecret: { name: 'flag-service', key: 'token' } } };
const remedies = { flagOff: terms, webhook: { ...terms, web: asked } };

const named = (onFailure: 'abort' | 'flagOff' | 'webhook', intent: Partial<ResolvedIntent> = {}): ResolvedIntent => ({
  ...withGates([{ ...errors, onFailure }], { ...web, ...intent }),
  flags: [flag],
  remedies,
});
const objectOf = (intent: ResolvedIntent, kind: string, name = 'web-runner') => find(render(inFlight(intent)), kind, name);

/** What the runner may do with ConfigMaps, by name. */
const rights = (intent: ResolvedIntent): readonly string[] =>
  (objectOf(intent, 'Role').rules as readonly { resources: string[]; resourceNames?: string[]; verbs: string[] }[])
    .filter(({ resources }) => resources[0] === 'configmaps')
    .flatMap(({ resourceNames = [], verbs }) => resourceNames.map((name) => `${name}: ${verbs.join(' ')}`));

describe('the runner', () => {
  test('may write what switches a flag off, and look at it, where a gate names that', () => {
    const more = rights(named('flagOff')).filter((right) => right.startsWith('web-flags'));
    expect(more).toEqual(['web-flags-off: get list watch', 'web-flags-off: create patch']);
  });

  test.each(['abort', 'webhook'] as const)('may not where they say %s', (onFailure) => {
    expect(rights(named(onFailure)).filter((right) => right.startsWith('web-flags'))).toEqual([]);
  });

  test('reaches the flag service where a gate names it, and not else', () => {
    const portsOf = (intent: ResolvedIntent) => JSON.stringify(objectOf(intent, 'NetworkPolicy').spec);
    expect([portsOf(named('webhook')).includes('8013'), portsOf(named('flagOff')).includes('8013')]).toEqual([true, false]);
  });

  test('has the key that the flag service asks for, as a file', () => {
    const webhook = { ...remedies.webhook, web: { ...asked, auth: token } };
    const intent = { ...named('webhook'), remedies: { webhook } };
    expect(JSON.stringify(objectOf(intent, 'Deployment').spec)).toContain('"secret":{"name":"flag-service"');
  });

  test('has the part that knows remedies', () => {
    const files = (intent: ResolvedIntent) =>
      render(inFlight(intent)).flatMap(({ kind, metadata, data }) =>
        kind === 'ConfigMap' && metadata.name.startsWith('web-runner-') ? Object.keys(data as object) : [],
      );
    expect([files(named('flagOff')).includes('remedies.mjs'), files(named('abort')).includes('remedies.mjs')]).toEqual([true, false]);
  });
});

describe('the pods', () => {
  const source = { configMap: 'web-flags', overriddenBy: 'web-flags-off' };
  const mounted = withWorkload({
    volumes: [{ name: 'flags', mountPath: '/etc/flags', readOnly: true, source }] as never,
  });

  test('see the flags of Git and, later and if it is there, what switches one off', () => {
    const lock = inFlight(named('flagOff', mounted));
    const { spec } = templateOf(find(render(lock), 'Deployment', lock.inFlight.candidate.name));
    expect(spec.volumes?.find(({ name }) => name === 'flags')).toEqual({
      name: 'flags',
      projected: { sources: [{ configMap: { name: 'web-flags' } }, { configMap: { name: 'web-flags-off', optional: true } }] },
    });
  });

  test('have a file that switches nothing off until then', () => {
    const flags = find(render(inFlight(named('flagOff'))), 'ConfigMap', 'web-flags').data as Readonly<Record<string, string>>;
    expect(JSON.parse(flags['flags-off.json'] ?? '')).toMatchObject({ flags: {} });
    expect(Object.keys(JSON.parse(flags['flags.json'] ?? '').flags)).toEqual(['new-ranking']);
  });
});
