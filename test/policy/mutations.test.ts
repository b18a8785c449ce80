import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blueGreen } from '../../lib/intent/blue-green.ts';
import { canary } from '../../lib/intent/canary.ts';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import type { Strategy } from '../../lib/intent/strategy.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import type { Finding } from '../../lib/policy/finding.ts';
import { lint } from '../../lib/policy/lint.ts';
import { RULES } from '../../policies/index.ts';
import { errors } from '../intent/valid.ts';
import { compile } from '../proof/compiling.ts';
import { EXAMPLES } from '../proof/copy.ts';
import { RICH, withImage } from '../proof/rich.ts';

const golden = (folder: string) => {
  const path = fileURLToPath(new URL(`../golden/${folder}`, import.meta.url));
  return readdirSync(path)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(path, name), 'utf8') }));
};
const graverThanInfo = (findings: readonly Finding[]) =>
  findings.filter(({ severity }) => severity !== 'info').map(({ rule, severity }) => `${severity} ${rule}`);
const lintFiles = (texts: readonly { readonly name: string; readonly text: string }[]) =>
  graverThanInfo(lint({ texts, unreadable: [] }, { rules: RULES }).findings);

const gates = [errors] as const;
/** What people may write, and what is said of it. */
const STRATEGIES: Readonly<
  Record<string, { readonly strategy: Strategy; readonly risk?: 'normal' | 'high'; readonly warnings: readonly string[] }>
> = {
  weights: { strategy: canary({ weights: [5, 25, 50, 100], gates }), warnings: [] },
  'headers first': { strategy: canary({ headers: { 'x-canary': 'always' }, weights: [5, 25, 50, 100], gates }), warnings: [] },
  'from 5 % to the half': { strategy: canary({ weights: [5, 50, 100], gates }), warnings: ['warning weights-increase'] },
  'weights at high risk': { strategy: canary({ weights: [5, 25, 50, 100], gates }), risk: 'high', warnings: [] },
  'blue-green at high risk': { strategy: blueGreen({ preview: { gates }, approval: {}, after: { gates } }), risk: 'high', warnings: [] },
  'blue-green': { strategy: blueGreen({ preview: { gates }, approval: {}, after: { gates } }), warnings: [] },
};

describe("Tidegate's own output, at rest and in flight", () => {
  it.each(EXAMPLES.flatMap((release) => [`${release}/rest`, `${release}/flight`]))('%s has no errors and no warnings', (folder) => {
    expect(lintFiles(golden(folder))).toEqual([]);
  });

  it.each(Object.entries(STRATEGIES))('%s, in flight, has no errors', (_, { strategy, risk = 'normal', warnings }) => {
    const intent: ReleaseIntent = { ...RICH, strategy, risk };
    const { objects } = compile(withImage(intent, '7'), compile(intent, null).lock);
    const found = lintFiles([{ name: 'flight.yaml', text: objects.map(toYaml).join('---\n') }]);
    // the test's own intent has no liveness probe
    expect(found.filter((finding) => finding !== 'warning probes-present')).toEqual(warnings);
  });

  it.each(readdirSync(fileURLToPath(new URL('../golden/strategies', import.meta.url))))(
    'strategies/%s has no errors and no warnings',
    (strategy) => {
      expect(lintFiles(golden(`strategies/${strategy}`).filter(({ name }) => name.endsWith('flight.yaml')))).toEqual([]);
    },
  );
});

/** What is said of a plan whose content is another one than its name says. */
const EDITED = ['error plan-agrees', 'error plan-agrees'];

/** One thing broken in a release that is in flight: which file, how, and what must be said of it. */
const MUTATIONS: readonly (readonly [what: string, file: string, from: string | RegExp, to: string, found: readonly string[]])[] = [
  ['a misspelt field', 'deployment-web-adbe9f34', 'progressDeadlineSeconds', 'progressDeadlineSecond', ['error schema']],
  ['an image by tag', 'deployment-web-adbe9f34', /(image: .*)@sha256.*/, '$1', ['error image-digest', 'error plan-agrees']],
  ['a helper by tag', 'job-web-smoke', /(image: .*)@sha256.*/, '$1', ['warning image-digest']],
  ['no readiness probe', 'deployment-web-adbe9f34', / +readinessProbe:\n(?: {12}.*\n)+/, '', ['error probes-present']],
  ['no liveness probe', 'deployment-web-adbe9f34', / +livenessProbe:\n(?: {12}.*\n)+/, '', ['warning probes-present']],
  ['one endpoint for both', 'deployment-web-adbe9f34', '/readyz', '/healthz', ['error probes-differ']],
  [
    'liveness asks the readiness endpoint',
    'deployment-web-adbe9f34',
    '/healthz\n',
    '/readyz\n',
    ['error probes-differ', 'warning liveness-is-local'],
  ],
  ['readiness that is slow', 'deployment-web-adbe9f34', 'periodSeconds: 5', 'periodSeconds: 9', ['warning probe-timing']],
  ['no preStop', 'deployment-web-adbe9f34', / +lifecycle:\n(?: {12}.*\n)+/, '', ['error graceful-shutdown']],
  ['no time to stop', 'deployment-web-adbe9f34', 'GracePeriodSeconds: 40', 'GracePeriodSeconds: 10', ['error graceful-shutdown']],
  ['no memory limit', 'deployment-web-adbe9f34', '              memory: 512Mi\n', '', ['warning resources-set']],
  ['pods may be away', 'deployment-web-adbe9f34', 'maxUnavailable: 0', 'maxUnavailable: 2', ['error no-unavailable']],
  [
    'spread within its own revision only',
    'deployment-web-adbe9f34',
    /matchLabels:\n( +)tidegate.dev\/release: web\n(?= +matchLabelKeys| +topologyKey)/g,
    'matchLabels:\n$1tidegate.dev/revision: web-adbe9f34\n',
    ['warning spread'],
  ],
  ['no history', 'deployment-web-adbe9f34', 'HistoryLimit: 2', 'HistoryLimit: 0', ['warning history-kept']],
  ['a privileged container', 'deployment-web-adbe9f34', 'readOnlyRootFilesystem: true', 'privileged: true', ['error pod-security']],
  [
    'a token',
    'deployment-web-adbe9f34',
    'automountServiceAccountToken: false',
    'automountServiceAccountToken: true',
    ['warning service-account-token'],
  ],
  [
    'a ConfigMap that may change',
    'configmap-web-settings',
    'immutable: true',
    'immutable: false',
    ['error config-versioned', 'error config-versioned'],
  ],
  [
    'a ConfigMap that was dropped',
    'configmap-web-settings',
    /^name|(?<=name: )web-settings-7381987a/m,
    'web-settings-00000000',
    ['error config-versioned', 'error config-versioned'],
  ],
  [
    'a budget that allows nothing',
    'poddisruptionbudget-web-adbe9f34',
    'maxUnavailable: 1',
    'maxUnavailable: 0',
    ['warning disruption-budget'],
  ],
  [
    'a policy for another port',
    /networkpolicy-web\.yaml/.source,
    'port: 8080',
    'port: 8081',
    ['warning network-isolation', 'warning network-isolation'],
  ],
  ['weights that make 105', 'virtualservice', 'weight: 0', 'weight: 5', ['error weights-at-rest', 'error weights-sum']],
  ['a weight left out', 'virtualservice', /\n +weight: 0/, '', ['error weights-sum']],
  ['a Service for a port that is not there', 'service-web-adbe9f34', 'targetPort: http', 'targetPort: web', ['error ports-match']],
  [
    'a Service of both tracks',
    'service-web-canary',
    /tidegate.dev\/revision: .*/,
    'app.kubernetes.io/name: web',
    ['error service-resolves'],
  ],
  ['a Service of nothing', 'service-web-canary', /revision: .*/, 'revision: web-00000000', ['error service-resolves']],
  ['a smoke test without a deadline', 'job-web-smoke', / +activeDeadlineSeconds.*\n/, '', ['error smoke-bounded']],
  ['a smoke test that is retried', 'job-web-smoke', 'backoffLimit: 1', 'backoffLimit: 6', ['error smoke-bounded']],
  [
    'a plan that asks nobody',
    'configmap-web-plan',
    '          "count": 1,',
    '          "count": 0,',
    ['error approval-past-50', ...EDITED],
  ],
  ['gates that only hold', 'configmap-web-plan', /"onFailure": "abort"/g, '"onFailure": "hold"', ['error abort-is-automatic', ...EDITED]],
  ['half a minute at 5 %', 'configmap-web-plan', '"durationSeconds": 150', '"durationSeconds": 30', ['warning analysis-window', ...EDITED]],
  [
    'an approval past the half',
    'configmap-web-plan',
    '"weight": 50',
    '"weight": 55',
    ['error approval-past-50', 'warning weights-increase', ...EDITED],
  ],
  ['pods that are gone at once', 'configmap-web-plan', 'DelaySeconds": 300', 'DelaySeconds": 5', ['warning scale-down-delay', ...EDITED]],
  ['a smoke test of stable', 'job-web-smoke', /web-33cde69c(?=\.shop)/, 'web-adbe9f34', ['error smoke-targets-candidate']],
  ['a smoke test that the plan does not know', 'job-web-smoke', 'fa8466d5-1', 'fa8466d5-9', ['error plan-agrees']],
  [
    'a candidate with requests in Git',
    'virtualservice',
    /weight: 100([\s\S]*)weight: 0/,
    'weight: 80$1weight: 20',
    ['error weights-at-rest'],
  ],
  ['another destination', 'virtualservice', 'host: web-33cde69c', 'host: web-00000000', ['error plan-agrees']],
  ['two runners', 'deployment-web-runner', 'replicas: 1', 'replicas: 2', ['error runner-shape']],
  ['a runner of another plan', 'deployment-web-runner', 'web-plan-fa8466d5', 'web-plan-00000000', ['error runner-shape']],
  ['a right to all routes', 'role-web-runner', / +resourceNames:\n +- web\n/, '', ['error runner-least-privilege']],
  [
    'a right to change pods',
    'role-web-runner',
    '      - deployments\n    verbs:\n',
    '      - deployments\n    verbs:\n      - patch\n',
    ['error runner-least-privilege'],
  ],
  ['a right to a Secret', 'role-web-runner', '      - events', '      - secrets', ['error runner-least-privilege']],
  ['a tab', 'service-web-canary', 'spec:\n  ports', 'spec:\n\tports', ['error yaml']],
];

describe('what is broken in a release in flight is found by the rule that guards it, and by no other', () => {
  it.each(MUTATIONS)('%s', (_, file, from, to, found) => {
    let changed = 0;
    const texts = golden('web/flight').map((source) => {
      if (!new RegExp(`/${file}`).test(source.name)) return source;
      const text = source.text.replace(from, to);
      if (text !== source.text) changed++;
      return { ...source, text };
    });
    expect(changed).toBeGreaterThan(0);
    expect(lintFiles(texts).toSorted()).toEqual(found.toSorted());
  });

  it('high risk makes an error of a warning that says so', () => {
    const texts = golden('web/flight').map((source) =>
      /deployment-web-adbe/.test(source.name)
        ? {
            ...source,
            text: source.text
              .replace('path: /healthz', 'path: /deep')
              .replaceAll('tidegate.dev/target', 'tidegate.dev/risk: high\n    tidegate.dev/target'),
          }
        : source,
    );
    expect(lintFiles(texts)).toContain('error liveness-is-local');
  });

  it('the same mistakes are warnings at most where nobody releases', () => {
    const text =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments}\nspec:\n  replicas: 6\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      hostNetwork: true\n      containers: [{name: a, image: nginx, ports: [{containerPort: 80}]}]\n';
    const found = lintFiles([{ name: 'a.yaml', text }]);
    expect(found.length).toBeGreaterThan(4);
    expect(found.filter((finding) => finding.startsWith('error'))).toEqual([]);
  });
});
