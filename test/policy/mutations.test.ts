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
import { errorRatio, errorsAgainstStable, istio, minimumRequests } from '../../templates/index.ts';
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

const asked = { address: 'http://prometheus:9090', source: istio() };
const alone = [errorRatio(asked), minimumRequests(asked)] as const;
const gates = [...alone, errorsAgainstStable(asked)] as const;
/** What people may write, and what is said of it. */
const STRATEGIES: Readonly<
  Record<string, { readonly strategy: Strategy; readonly risk?: 'normal' | 'high'; readonly warnings: readonly string[] }>
> = {
  weights: { strategy: canary({ weights: [5, 25, 50, 100], gates }), warnings: [] },
  'headers first': { strategy: canary({ headers: { 'x-canary': 'always' }, weights: [5, 25, 50, 100], gates }), warnings: [] },
  'from 5 % to the half': { strategy: canary({ weights: [5, 50, 100], gates }), warnings: ['warning weights-increase'] },
  'weights at high risk': { strategy: canary({ weights: [5, 25, 50, 100], gates }), risk: 'high', warnings: [] },
  'blue-green at high risk': {
    strategy: blueGreen({ preview: { gates: alone }, approval: {}, after: { gates: alone } }),
    risk: 'high',
    warnings: [],
  },
  'blue-green': { strategy: blueGreen({ preview: { gates: alone }, approval: {}, after: { gates: alone } }), warnings: [] },
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
  ['as many failures as measurements', 'analysistemplate-web-error-ratio', 'failureLimit: 1', 'failureLimit: 5', ['error gate-can-fail']],
  [
    'all of nothing',
    'analysistemplate-web-error-ratio',
    /successCondition: .*/,
    'successCondition: "all(result, # < 0.01)"',
    ['error no-data-is-not-success'],
  ],
  [
    'a list as a number',
    'analysistemplate-web-error-ratio',
    /successCondition: .*/,
    'successCondition: result < 0.01',
    ['error condition-type'],
  ],
  ['no interval', 'analysistemplate-web-error-ratio', /\n +interval: 30s/, '', ['error metric-limits']],
  ['a misspelt argument', 'analysistemplate-web-error-ratio', /args\.candidate/g, 'args.candidat', ['error arguments-resolve']],
  [
    'a query of the whole service',
    'analysistemplate-web-error-ratio',
    /destination_workload="\{\{args.candidate\}\}"/g,
    'app="web"',
    ['error query-scopes-candidate'],
  ],
  [
    'too few requests, and nothing said of them',
    'analysistemplate-web-minimum',
    /\n +inconclusiveLimit: 3/,
    '',
    ['warning inconclusive-is-handled'],
  ],
  [
    'a gate of the plan that cannot fail',
    'configmap-web-plan',
    '"failureLimit": 1',
    '"failureLimit": 5',
    ['error gate-can-fail', ...EDITED],
  ],
  [
    'a plan that counts no requests',
    'configmap-web-plan',
    /"scope": "volume"/g,
    '"scope": "candidate"',
    ['warning minimum-requests', ...EDITED],
  ],
  [
    'a plan that compares nothing',
    'configmap-web-plan',
    /"scope": "comparison"/g,
    '"scope": "candidate"',
    ['warning baseline-comparison', ...EDITED],
  ],
  [
    'gates without a deadline',
    'configmap-web-plan',
    /"deadlineSeconds": 1050,/,
    '',
    ['warning inconclusive-is-handled', 'error plan-agrees'],
  ],
  [
    'a password in the plan',
    'configmap-web-plan',
    /"address": "http:\/\/prom/g,
    '"address": "http://reader:secret@prom',
    ['error provider-credentials', ...EDITED],
  ],
  ['a route to a port that is not there', 'virtualservice', 'number: 80', 'number: 81', ['error route-resolves']],
  [
    'a route that Flux never changes again',
    'virtualservice',
    'namespace: shop\n',
    'namespace: shop\n  annotations:\n    kustomize.toolkit.fluxcd.io/ssa: IfNotPresent\n',
    ['error gitops-ignores-weights'],
  ],
  [
    'another route for the same requests',
    'virtualservice',
    /$/,
    '---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: other\n  namespace: shop\nspec:\n  hosts:\n    - web.example.com\n  gateways:\n    - istio-ingress/public\n  http:\n    - route:\n        - destination:\n            host: other\n',
    ['error route-has-one-owner', 'warning route-has-one-owner'],
  ],
  ['a tab', 'service-web-canary', 'spec:\n  ports', 'spec:\n\tports', ['error yaml']],
];

/** The same in the release that has flags and a migration. */
const LASTING: typeof MUTATIONS = [
  ['a flag that nobody owns', 'configmap-api-service-flags', /"owner": .*\n/, '', ['error flag-lifetime']],
  ['a flag that lives for years', 'configmap-api-service-flags', /"expires": "\d+/, '"expires": "2029', ['error flag-lifetime']],
  ['a flag that ends before it begins', 'configmap-api-service-flags', /"expires": "\d+/, '"expires": "2020', ['error flag-lifetime']],
  [
    'a migration that takes a shape away while stable needs it',
    'job-api-service-smoke-472268fe-0',
    'tidegate.dev/migration: expand',
    'tidegate.dev/migration: contract\n    tidegate.dev/contracts: ranking-score',
    ['error expand-contract'],
  ],
  [
    'a migration that runs when the candidate has users',
    'job-api-service-smoke-472268fe-0',
    'tidegate.dev/migration: expand',
    'argocd.argoproj.io/hook: PostSync\n    tidegate.dev/migration: expand',
    ['error expand-contract'],
  ],
  ['a migration that the plan does not know', 'job-api-service-smoke-472268fe-0', '472268fe-0', '472268fe-9', ['error plan-agrees']],
];

describe('what is broken in a release in flight is found by the rule that guards it, and by no other', () => {
  const cases = [
    ...MUTATIONS.map((mutation) => ['web', mutation] as const),
    ...LASTING.map((mutation) => ['api-service', mutation] as const),
  ];
  it.each(cases.map(([release, mutation]) => [mutation[0], release, mutation] as const))('%s', (_, release, [, file, from, to, found]) => {
    let changed = 0;
    const texts = golden(`${release}/flight`).map((source) => {
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
