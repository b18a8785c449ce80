import type { KubeObject } from '../../../lib/schema/index.ts';
import {
  errorRatio,
  errorsAgainstStable,
  istio,
  latencyAgainstStable,
  minimumRequests,
  restarts,
  servedShare,
} from '../../../templates/index.ts';

export type RouterName = 'istio' | 'gateway-api';
export type GateChoice = 'flagship' | 'errors' | 'every 15s' | 'with a Job';

/** `tidegate.yaml` of teams that use either. */
export const TOOLS = {
  flux: 'targets: { production: {} }\ngitops: { tool: flux }\n',
  argocd: 'targets: { production: {} }\ngitops: { tool: argocd }\n',
} as const;

const source = istio({ scrapeInterval: '500ms' });
/** Windows and intervals of seconds where a release has minutes, so that a walk takes half a minute. */
const quick = { interval: '1s', count: 3, initialDelay: '1s' } as const;
const window = '3s';

const orders = {
  name: 'orders',
  description: 'Orders arrive.',
  scope: 'candidate',
  provider: { job: { image: `registry.example.com/check@sha256:${'c'.repeat(64)}` } },
  ...quick,
  count: 1,
  failureLimit: 0,
  inconclusiveLimit: 0,
} as const;

/** The gates of charts/web.ts. */
export function gatesOf(address: string, which: GateChoice) {
  const requests = { address, source, window, ...quick, timeout: '5s' } as const;
  const errors = errorRatio({ ...requests, max: 0.01 });
  const served = servedShare({ address, source, window: '1500ms', timeout: '5s' });
  if (which === 'every 15s') return { gates: [errorRatio({ ...requests, max: 0.01, interval: '15s', count: 1 })], served };
  if (which === 'with a Job') return { gates: [errors, orders], served };
  if (which === 'errors') return { gates: [errors], served };
  const gates = [
    errors,
    latencyAgainstStable({ ...requests, quantile: 0.95, tolerance: 0.2 }),
    errorsAgainstStable(requests),
    restarts({ address, scrapeInterval: '500ms', window, ...quick }),
    minimumRequests({ ...requests, min: 20 }),
  ];
  return { gates, served };
}

/** charts/web.ts as changes of the fixture: a canary with a person before the half is passed, on either router. */
export function intentOf(router: RouterName, { gates, served }: ReturnType<typeof gatesOf>): Readonly<Record<string, unknown>> {
  return {
    replicas: 2,
    'traffic.served': served,
    'traffic.router': router,
    ...(router === 'gateway-api' ? { 'traffic.retries': undefined } : {}),
    strategy: {
      kind: 'canary',
      weights: [{ weight: 20, watch: '3s' }, { weight: 50, watch: '3s' }, 100],
      gates,
      approval: { reason: 'Look at checkout conversion.' },
    },
  };
}

/** One level before the approval, for tests of what happens beside the steps. */
export const BRIEF = { changes: { 'strategy.weights': [{ weight: 50, watch: '1s' }, 100] }, approval: 4, last: 6 } as const;

/** Whether it is a Job that does this for a release. */
export const isJob = ({ kind, metadata }: KubeObject, component: 'smoke' | 'job'): boolean =>
  kind === 'Job' && metadata.labels?.['tidegate.dev/component'] === component;

/** Objects with other fields and pods that do something else, as an admission webhook could make them. */
export function otherwise(
  which: (object: KubeObject) => boolean,
  spec: object,
  annotations: Readonly<Record<string, string>> = {},
): (object: KubeObject) => KubeObject {
  return (object) => {
    if (!which(object)) return object;
    const before = object.spec as { readonly template: { readonly metadata: { readonly annotations?: object } } };
    const metadata = { ...before.template.metadata, annotations: { ...before.template.metadata.annotations, ...annotations } };
    return { ...object, spec: { ...before, ...spec, template: { ...before.template, metadata } } } as KubeObject;
  };
}

export const smokeAs = (spec: object, annotations: Readonly<Record<string, string>> = {}) =>
  otherwise((object) => isJob(object, 'smoke'), spec, annotations);
