import { Duration, type DurationLike } from '../../lib/intent/duration.ts';
import { type Matcher, type MetricSource, REVISION_PATTERN, type Subject, selector } from './source.ts';

export interface IstioOptions {
  /**
   * Whose proxy reports. `destination`: the candidate's own sidecar, which sees all callers but not the requests that
   * never reach it. `source`: the callers' proxies and the gateway. `waypoint`: ambient mode. @default destination
   */
  readonly reporter?: 'destination' | 'source' | 'waypoint';
  /** How often Prometheus scrapes the proxies. @default 15s */
  readonly scrapeInterval?: DurationLike;
}

/**
 * Istio's standard metrics: `istio_requests_total` and `istio_request_duration_milliseconds_bucket`. A request has
 * failed when its `response_code` is 5xx.
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */
export function istio({ reporter = 'destination', scrapeInterval = '15s' }: IstioOptions = {}): MetricSource {
  const matchers = (of: Subject): Matcher[] => [
    ['reporter', '=', reporter],
    ['destination_workload_namespace', '=', '{{args.namespace}}'],
    of === 'revisions' ? ['destination_workload', '=~', REVISION_PATTERN] : ['destination_workload', '=', `{{args.${of}}}`],
  ];
  return {
    scrapeInterval: Duration.parse(scrapeInterval),
    requests: (of, which) =>
      selector('istio_requests_total', [...matchers(of), ...(which === 'failed' ? [['response_code', '=~', '5..'] as const] : [])]),
    latency: {
      unit: 'ms',
      buckets: (of, extra = []) => selector('istio_request_duration_milliseconds_bucket', [...matchers(of), ...extra]),
    },
  };
}
