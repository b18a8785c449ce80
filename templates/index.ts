// Gates, smoke tests and the served share that releases share: `import { errorRatio, istio } from 'tidegate/templates'`.
export { type BurnRateOptions, burnRate } from './budget.ts';
export {
  type ErrorRatioOptions,
  type ErrorsAgainstStableOptions,
  errorRatio,
  errorsAgainstStable,
  type SuccessRatioOptions,
  successRatio,
} from './errors.ts';
export { type LatencyAgainstStableOptions, type LatencyOptions, latency, latencyAgainstStable } from './latency.ts';
export type { GateOptions, PodOptions, PrometheusOptions, RequestOptions } from './options.ts';
export { type ReadinessOptions, type RestartsOptions, readiness, restarts } from './pods.ts';
export { type ServedShareOptions, servedShare } from './served.ts';
export { healthEndpoints, httpSmoke, type Reported, versionReported } from './smoke.ts';
export { type HttpRequestsOptions, httpRequests } from './sources/http-requests.ts';
export { type IstioOptions, istio } from './sources/istio.ts';
export type { Matcher, MetricSource, Subject } from './sources/source.ts';
export { type JobCheckOptions, jobCheck, type WebCheckOptions, webCheck } from './synthetic.ts';
export { type MinimumRequestsOptions, minimumRequests } from './volume.ts';
