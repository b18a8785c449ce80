import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../lib/policy/finding.ts';
import { lint } from '../../lib/policy/lint.ts';
import { RULES } from '../../policies/index.ts';

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

describe("Tidegate's own output, at rest and in flight", () => {
  it.each(['web/rest', 'web/flight', 'store-api/rest', 'store-api/flight'])('%s has no errors and no warnings', (folder) => {
    expect(lintFiles(golden(folder))).toEqual([]);
  });

  it.each(readdirSync(fileURLToPath(new URL('../golden/strategies', import.meta.url))))(
    'strategies/%s has no errors and no warnings',
    (strategy) => {
      expect(lintFiles(golden(`strategies/${strategy}`).filter(({ name }) => name.endsWith('flight.yaml')))).toEqual([]);
    },
  );
});

/** One thing broken in a release that is in flight: which file, how, and what must be said of it. */
const MUTATIONS: readonly (readonly [what: string, file: string, from: string | RegExp, to: string, found: readonly string[]])[] = [
  ['a misspelt field', 'deployment-web-adbe9f34', 'progressDeadlineSeconds', 'progressDeadlineSecond', ['error schema']],
  ['an image by tag', 'deployment-web-adbe9f34', /(image: .*)@sha256.*/, '$1', ['error image-digest']],
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
  ['weights that make 105', 'virtualservice', 'weight: 0', 'weight: 5', ['error weights-sum']],
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
  ['a gate of the plan that cannot fail', 'configmap-web-plan', '"failureLimit": 1', '"failureLimit": 5', ['error gate-can-fail']],
  ['a plan that counts no requests', 'configmap-web-plan', /"scope": "volume"/g, '"scope": "candidate"', ['warning minimum-requests']],
  ['a plan that compares nothing', 'configmap-web-plan', /"scope": "comparison"/g, '"scope": "candidate"', ['warning baseline-comparison']],
  ['gates without a deadline', 'configmap-web-plan', /"deadlineSeconds": 1050,/, '', ['warning inconclusive-is-handled']],
  [
    'a password in the plan',
    'configmap-web-plan',
    /"address": "http:\/\/prom/g,
    '"address": "http://reader:secret@prom',
    ['error provider-credentials'],
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
