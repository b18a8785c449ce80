import { describe, expect, it } from 'vitest';
import { lint } from '../../lib/policy/lint.ts';
import { RULES } from '../../policies/index.ts';

/** Of all rules those about what is asked and where it leads; workloads have tests of their own. */
const ASKED: ReadonlySet<string> = new Set([
  'gate-can-fail',
  'no-data-is-not-success',
  'condition-type',
  'division-by-zero',
  'metric-limits',
  'query-scopes-candidate',
  'baseline-comparison',
  'minimum-requests',
  'inconclusive-is-handled',
  'provider-credentials',
  'template-resolves',
  'arguments-resolve',
  'route-resolves',
  'route-has-one-owner',
  'gitops-ignores-weights',
]);

function found(text: string): readonly string[] {
  const { findings } = lint({ texts: [{ name: 'set.yaml', text }], unreadable: [] }, { rules: RULES });
  return findings
    .filter(({ rule, severity }) => ASKED.has(rule) && severity !== 'info')
    .map(({ rule, severity }) => `${severity} ${rule}`)
    .sort();
}

const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: shop}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n`;

/** A Rollout as it should be: the candidate by its hash, against stable, and only with enough requests. */
const ARGO = [
  `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web}]
  strategy:
    canary:
      stableService: web-stable
      canaryService: web-canary
      trafficRouting:
        istio:
          virtualService: {name: web, routes: [primary]}
      steps:
        - setWeight: 5
        - analysis:
            templates:
              - templateName: errors
            args:
              - name: candidate
                valueFrom: {podTemplateHashValue: Latest}
              - name: stable
                valueFrom: {podTemplateHashValue: Stable}
`,
  `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors, namespace: shop}
spec:
  args:
    - name: candidate
    - name: stable
    - name: token
      valueFrom:
        secretKeyRef: {name: prometheus, key: token}
  metrics:
    - name: errors-against-stable
      interval: 30s
      count: 5
      failureLimit: 1
      inconclusiveLimit: 3
      successCondition: len(result) > 0 && result[0] <= 1.5
      failureCondition: len(result) > 0 && result[0] > 1.5
      provider:
        prometheus:
          address: http://prometheus:9090
          headers:
            - key: Authorization
              value: Bearer {{args.token}}
          query: |
            sum(rate(http_requests_total{rollouts_pod_template_hash="{{args.candidate}}",code=~"5.."}[2m]))
            / (sum(rate(http_requests_total{rollouts_pod_template_hash="{{args.stable}}",code=~"5.."}[2m])) > 0)
    - name: requests
      interval: 30s
      count: 5
      inconclusiveLimit: 3
      successCondition: len(result) > 0 && result[0] >= 100
      failureCondition: len(result) > 0 && result[0] < 0
      provider:
        prometheus:
          address: http://prometheus:9090
          query: sum(increase(http_requests_total{rollouts_pod_template_hash="{{args.candidate}}"}[2m]))
`,
  'apiVersion: v1\nkind: Secret\nmetadata: {name: prometheus, namespace: shop}\nstringData: {token: "{{ from the vault }}"}\n',
  service('web-stable'),
  service('web-canary'),
  `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web.example.com]
  gateways: [public]
  http:
    - name: primary
      route:
        - destination: {host: web-stable, port: {number: 80}}
          weight: 100
        - destination: {host: web-canary, port: {number: 80}}
          weight: 0
`,
  `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  destination: {namespace: shop}
  ignoreDifferences:
    - group: networking.istio.io
      kind: VirtualService
      jqPathExpressions: ['.spec.http[]?.route[]?.weight']
  syncPolicy:
    syncOptions:
      - ApplyOutOfSyncOnly=true
`,
].join('---\n');

/** A Canary whose errors are held against the primary's, and which counts requests. */
const FLAGGER = [
  `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: web, namespace: shop}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  service: {port: 80}
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 5
    metrics:
      - name: errors
        interval: 1m
        templateRef: {name: errors}
        templateVariables: {route: cart}
        thresholdRange: {max: 1.5}
      - name: requests
        interval: 1m
        templateRef: {name: requests}
        thresholdRange: {min: 100}
`,
  `apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: errors, namespace: shop}
spec:
  provider: {type: prometheus, address: http://prometheus:9090, secretRef: {name: prometheus}}
  query: |
    sum(rate(http_errors_total{app="{{ target }}",route="{{ variables.route }}"}[{{ interval }}]))
    / (sum(rate(http_errors_total{app="{{ target }}-primary",route="{{ variables.route }}"}[{{ interval }}])) > 0)
`,
  `apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: requests, namespace: shop}
spec:
  provider: {type: prometheus, address: http://prometheus:9090}
  query: sum(increase(http_requests_total{app="{{ target }}"}[{{ interval }}]))
`,
].join('---\n');

type Mutation = readonly [what: string, from: string | RegExp, to: string, found: readonly string[]];

const OF_ARGO: readonly Mutation[] = [
  ['as many failures as measurements', 'failureLimit: 1', 'failureLimit: 5', ['error gate-can-fail']],
  ['no conditions', /\n +(?:success|failure)Condition: .*1\.5/g, '', ['error gate-can-fail']],
  [
    'a dry run of one metric',
    '            templates:\n              - templateName: errors',
    '            dryRun: [{metricName: requests}]\n            templates:\n              - templateName: errors',
    ['warning gate-can-fail'],
  ],
  ['nothing is fine', 'len(result) > 0 && result[0] <= 1.5', 'len(result) == 0 || result[0] <= 1.5', ['error no-data-is-not-success']],
  ['a list as a number', 'result[0] <= 1.5', 'result <= 1.5', ['error condition-type']],
  [
    'a counter as it stands',
    'sum(increase(http_requests_total{rollouts_pod_template_hash="{{args.candidate}}"}[2m]))',
    'sum(http_requests_total{rollouts_pod_template_hash="{{args.candidate}}"})',
    ['warning condition-type'],
  ],
  ['a denominator that may be 0 is inconclusive, which both conditions leave open', /\[2m\]\)\) > 0\)([\s\S]*)$/, '[2m])))$1', []],
  ['no interval', /\n +interval: 30s/, '', ['error metric-limits']],
  [
    'a query of both revisions',
    /rollouts_pod_template_hash="\{\{args.candidate\}\}",code/,
    'app="web",code',
    ['warning baseline-comparison'],
  ],
  [
    'both queries of both revisions',
    /rollouts_pod_template_hash="\{\{args\.\w+\}\}"/g,
    'app="web"',
    ['error query-scopes-candidate', 'warning baseline-comparison'],
  ],
  ['stable for the candidate', 'podTemplateHashValue: Latest', 'podTemplateHashValue: Stable', ['warning baseline-comparison']],
  ['no comparison', /\/ \(sum\(rate\(http_requests_total\{.*stable.*\n/, '\n', ['warning baseline-comparison']],
  ['no count of requests', /\n {4}- name: requests[\s\S]*?\[2m\]\)\)/, '', ['warning minimum-requests']],
  [
    'a gap between the conditions',
    /(\n +)inconclusiveLimit: 3([\s\S]*?)result\[0\] > 1\.5/,
    '$2result[0] > 2',
    ['warning inconclusive-is-handled'],
  ],
  ['a token written out', 'Bearer {{args.token}}', 'Bearer 0123456789', ['error provider-credentials']],
  ['a misspelt template', 'templateName: errors', 'templateName: error', ['error template-resolves']],
  [
    'a template of the cluster',
    'templateName: errors',
    'templateName: errors\n                clusterScope: true',
    ['error template-resolves'],
  ],
  ['an argument left out', /\n +- name: stable\n +valueFrom: .*Stable\}/, '', ['error arguments-resolve']],
  ['a key that the Secret does not have', 'key: token}', 'key: tokens}', ['error arguments-resolve']],
  ['a route that is not there', 'routes: [primary]', 'routes: [main]', ['error route-resolves']],
  ['a route without the canary', 'host: web-canary', 'host: web-stable', ['error route-resolves']],
  ['a port that is not there', 'number: 80', 'number: 8080', ['error route-resolves']],
  [
    'the whole list from the cluster',
    '- ApplyOutOfSyncOnly=true',
    '- ApplyOutOfSyncOnly=true\n      - RespectIgnoreDifferences=true',
    ['error gitops-ignores-weights'],
  ],
  ['weights that every sync puts back', /\n {2}ignoreDifferences:[\s\S]*?weight'\]/, '', ['warning gitops-ignores-weights']],
];

const OF_FLAGGER: readonly Mutation[] = [
  ['a range without bounds', 'thresholdRange: {max: 1.5}', 'thresholdRange: {}', ['error gate-can-fail']],
  [
    'a metric that nothing measures',
    /templateRef: \{name: requests\}/,
    'alias: requests',
    ['error gate-can-fail', 'warning minimum-requests'],
  ],
  ['a denominator that may be 0', '[{{ interval }}])) > 0)', '[{{ interval }}])))', ['warning division-by-zero']],
  ['the whole service', /app="\{\{ target \}\}",route/, 'app="{{ service }}",route', ['warning baseline-comparison']],
  ['no primary', /app="\{\{ target \}\}-primary"/, 'app="{{ target }}"', ['warning baseline-comparison']],
  [
    'the pods of both',
    /sum\(increase\(http_requests_total\{app="\{\{ target \}\}"\}/,
    'sum(rate(http_errors_total{pod=~"{{ target }}-.*"}',
    ['error query-scopes-candidate'],
  ],
  ['no count of requests', /\n {6}- name: requests[\s\S]*?min: 100\}/, '', ['warning minimum-requests']],
  ['a key written out', 'secretRef: {name: prometheus}', 'headers: {Authorization: [Bearer 0123456789]}', ['error provider-credentials']],
  [
    'a template of another namespace',
    'templateRef: {name: errors}',
    'templateRef: {name: errors, namespace: other}',
    ['error template-resolves'],
  ],
  ['a variable left out', /\n +templateVariables: .*/, '', ['error arguments-resolve']],
  ['a placeholder that Flagger does not know', /\{\{ target \}\}-primary/, '{{ targt }}-primary', ['error arguments-resolve']],
];

describe.each([
  ['a Rollout', ARGO, OF_ARGO],
  ['a Canary', FLAGGER, OF_FLAGGER],
] as const)('%s', (_, clean, mutations) => {
  it('is clean as it should be', () => {
    expect(found(clean)).toEqual([]);
  });

  it.each(mutations)('%s', (_, from, to, expected) => {
    const text = clean.replace(from, to);
    expect(text).not.toBe(clean);
    expect(found(text)).toEqual(expected.toSorted());
  });
});
