// Releases of examples: a Rollout, a Canary and a plan of Tidegate that differ in what a rule about gates is about.

const indent = (text: string, by: number): string => text.trim().replaceAll(/^(?=.)/gm, ' '.repeat(by));

/** A Rollout `web` with a router, and these lines as its steps. Paths in it begin with `STEPS`. */
export const rollout = (
  steps: string,
  more: { readonly spec?: string; readonly canary?: string; readonly routing?: string; readonly labels?: string } = {},
): string =>
  rolloutOf(
    `canary:
  stableService: web-stable
  canaryService: web-canary
${more.canary === undefined ? '' : `${indent(more.canary, 2)}\n`}  trafficRouting:
${more.routing === undefined ? '' : `${indent(more.routing, 4)}\n`}    istio:
      virtualService:
        name: web
  steps:
${indent(steps, 4)}`,
    more,
  );

/** A Rollout `web` with these lines as its strategy. */
export const rolloutOf = (strategy: string, { spec, labels }: { readonly spec?: string; readonly labels?: string } = {}): string =>
  `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: web
  namespace: shop
${labels === undefined ? '' : `  labels:\n${indent(labels, 4)}\n`}spec:
  replicas: 4
${spec === undefined ? '' : `${indent(spec, 2)}\n`}  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example.com/shop/web:1.4.2
  strategy:
${indent(strategy, 4)}
`;

export const STEPS = '/spec/strategy/canary/steps';
export const HIGH_RISK = 'tidegate.dev/risk: high';

/** A template whose one metric is asked `count` times, a minute apart. */
export const template = (metric = 'count: 5\ninterval: 1m'): string => `---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: errors
  namespace: shop
spec:
  metrics:
    - name: error-ratio
${indent(metric, 6)}
      successCondition: len(result) > 0 && result[0] < 0.01
      provider:
        prometheus:
          address: http://prometheus.monitoring:9090
          query: sum(rate(errors_total{service="web-canary"}[2m]))
`;

/** Steps of a Rollout. */
export const weight = (share: number): string => `- setWeight: ${share}\n`;
export const analysis = `- analysis:
    templates:
      - templateName: errors
`;
export const person = '- pause: {}\n';
export const pause = (duration: string): string => `- pause:\n    duration: ${duration}\n`;

/** A Canary `web` with these lines as its analysis. */
export const canary = (lines: string, spec = '', labels = ''): string => `apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: web
  namespace: shop
${labels === '' ? '' : `  labels:\n${indent(labels, 4)}\n`}spec:
  targetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
${spec === '' ? '' : `${indent(spec, 2)}\n`}  service:
    port: 80
  analysis:
${indent(lines, 4)}
`;

export const METRICS = `metrics:
  - name: request-success-rate
    thresholdRange:
      min: 99
    interval: 1m
`;

/** Webhooks of these types. */
export const hooks = (...types: readonly string[]): string =>
  `webhooks:\n${types.map((type) => `  - name: ${type}\n    type: ${type}\n    url: http://gate.shop/\n`).join('')}`;

/** A plan of the release `web`; a step is its kind and what else it has. */
export const plan = (steps: readonly (readonly [kind: string, more?: object])[], more: object = {}): string => {
  const text = JSON.stringify({ version: 1, release: 'web', ...more, steps: steps.map(([kind, rest]) => ({ kind, ...rest })) }, null, 2);
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: web-plan-0a1b2c3d
  namespace: shop
  labels:
    tidegate.dev/release: web
immutable: true
data:
  plan.json: |
${indent(text, 4)}
`;
};

export const PLAN = '/data/plan.json';
const gate = { name: 'errors', scope: 'candidate', onFailure: 'abort' };

/** Steps of a plan. */
export const to = (share: number) => ['setWeight', { weight: share }] as const;
export const watch = (durationSeconds = 300, more: object = {}) =>
  ['analysis', { durationSeconds, gates: [{ ...gate, ...more }] }] as const;
export const ask = ['approval', { name: 'promote', count: 1 }] as const;
/** All requests that may be given up, in a plan with `SHEDS`. */
export const shed = ['setHeaderRoute', { name: 'shed', headers: { 'x-priority': 'low' } }] as const;
export const SHEDS = { remedies: { shed: { headers: { 'x-priority': 'low' }, withinSeconds: 120 } } };
export const smoke = ['smoke', { name: 'api' }] as const;
export const all = ['switch'] as const;
