// Manifests of examples, so that each shows what its rule is about and little else.

interface Parts {
  /** Lines of the container, beside its name and image. */
  readonly container?: string;
  readonly image?: string;
  /** Lines of the pod's spec, beside its containers. */
  readonly pod?: string;
  /** Lines of the Deployment's spec, beside its template. */
  readonly spec?: string;
}

const indent = (text: string | undefined, by: number): string =>
  text === undefined ? '' : `${text.trim().replaceAll(/^(?=.)/gm, ' '.repeat(by))}\n`;

export const PINNED = 'registry.example.com/shop/web:1.4.2@sha256:5f0c4b9c2e1d7a86f3b1c05d94e8a72b6d3f1e0c9b8a7465d2e3f4a5b6c7d8e9';

/** A Deployment `web` of the release `web`. */
export function deployment({ container, image = PINNED, pod, spec }: Parts): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  selector:
    matchLabels:
      app: web
${indent(spec, 2)}  template:
    metadata:
      labels:
        app: web
    spec:
${indent(pod, 6)}      containers:
        - name: web
          image: ${image}
${indent(container, 10)}`;
}

/** A Service that sends requests to the pods of `deployment`. */
export const SERVICE = `---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
`;

/** Paths of containers in what `deployment` makes. */
export const CONTAINER = '/spec/template/spec/containers/0';

/** A Job that a release labels as its smoke test; `script` runs in a shell. */
export function smokeJob({ spec = '', script }: { readonly spec?: string; readonly script: string }): string {
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: web-smoke
  namespace: shop
  labels:
    tidegate.dev/release: web
    tidegate.dev/component: smoke
spec:
${indent(spec, 2)}  template:
    spec:
      restartPolicy: Never
      containers:
        - name: smoke
          image: ${PINNED}
          command:
            - sh
            - -c
            - |
${indent(script, 14)}`;
}

interface MetricParts {
  /** Lines of the metric, beside its name and provider. */
  readonly metric?: string;
  readonly query?: string;
  /** Lines of the template's spec, beside its metrics. */
  readonly spec?: string;
  /** Lines of further metrics. */
  readonly more?: string;
  /** Lines of the provider. */
  readonly provider?: string;
}

/** How often the candidate fails, or nothing where nobody asks it. */
export const ERROR_RATIO = `sum(rate(http_requests_total{service="{{args.candidate}}",code=~"5.."}[2m]))
/ (sum(rate(http_requests_total{service="{{args.candidate}}"}[2m])) > 0)`;

/** An AnalysisTemplate `errors` with one metric. */
export function analysisTemplate({
  metric = '',
  query = ERROR_RATIO,
  spec = 'args:\n  - name: candidate',
  more,
  provider,
}: MetricParts): string {
  const asked = provider ?? `prometheus:\n  address: http://prometheus:9090\n  query: |\n${indent(query, 4)}`;
  return `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: errors
  namespace: shop
spec:
${indent(spec, 2)}  metrics:
    - name: errors
${indent(metric, 6)}      provider:
${indent(asked, 8)}${indent(more, 4)}`;
}

/** Conditions that an answer without data leaves open. */
export const CAREFUL = `interval: 30s
count: 5
failureLimit: 1
inconclusiveLimit: 3
successCondition: len(result) > 0 && result[0] < 0.01
failureCondition: len(result) > 0 && result[0] >= 0.01`;

/** Path of the metric in what `analysisTemplate` makes. */
export const METRIC = '/spec/metrics/0';

/** A Canary `web` with one metric; lines of the metric. */
export function canary(metric: string, more = ''): string {
  return `apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: web
  namespace: shop
spec:
  targetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  service:
    port: 80
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
${indent(metric, 6)}${more}`;
}

/** The MetricTemplate that Canaries of examples name. */
export function metricTemplate(query: string): string {
  return `---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata:
  name: errors
  namespace: shop
spec:
  provider:
    type: prometheus
    address: http://prometheus:9090
  query: |
${indent(query, 4)}`;
}

/** A Rollout `web` whose one analysis runs the template `errors`; lines of the analysis, beside its templates. */
export function rolloutWith(analysis: string, canary = ''): string {
  return `---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: ${PINNED}
  strategy:
    canary:
      stableService: web-stable
      canaryService: web-canary
${indent(canary, 6)}      steps:
        - setWeight: 20
        - analysis:
            templates:
              - templateName: errors
${indent(analysis, 12)}`;
}

/** Path of the analysis in what `rolloutWith` makes. */
export const ANALYSIS = '/spec/strategy/canary/steps/1/analysis';
