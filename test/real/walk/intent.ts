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
export type GateChoice = 'flagship' | 'errors' | 'every 30s';

/** `tidegate.yaml` of a team that uses Flux. */
export const FLUX = 'targets: { production: {} }\ngitops: { tool: flux }\n';

const source = istio({ scrapeInterval: '500ms' });
/** Windows and intervals of seconds where a release has minutes, so that a walk takes half a minute. */
const quick = { interval: '1s', count: 3, initialDelay: '1s' } as const;
const window = '3s';

/** The gates of charts/web.ts. */
export function gatesOf(address: string, which: GateChoice) {
  const requests = { address, source, window, ...quick, timeout: '5s' } as const;
  const errors = errorRatio({ ...requests, max: 0.01 });
  const served = servedShare({ address, source, window: '1500ms', timeout: '5s' });
  if (which === 'every 30s') return { gates: [errorRatio({ ...requests, max: 0.01, interval: '30s', count: 1 })], served };
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
