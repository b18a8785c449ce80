import { Duration, type DurationLike } from '../../lib/intent/duration.ts';
import { checkLabel, checkMetric, type Matcher, type MetricSource, REVISION_PATTERN, type Subject, selector } from './source.ts';

export interface HttpRequestsOptions {
  /** Counter of requests. @default http_requests_total */
  readonly requests?: string;
  /** Buckets of the latency histogram. @default http_request_duration_ms_bucket */
  readonly duration?: string;
  /** Unit of the buckets' bounds. @default `s` where the name of `duration` says seconds, else `ms` */
  readonly unit?: 'ms' | 's';
  /** Label that tells the revisions apart. @default service */
  readonly label?: string;
  /** What that label holds: the name of a revision's Service or of its Deployment. @default service */
  readonly holds?: 'service' | 'deployment';
  /** Label with the namespace; null where metrics carry none. @default namespace */
  readonly namespaceLabel?: string | null;
  /** Label with the status of the answer. @default status */
  readonly statusLabel?: string;
  /** Regular expression for the whole status of a failed request. @default 5.. */
  readonly failed?: string;
  /** Further labels and their exact values, such as `{ job: 'store-api' }`. @default none */
  readonly match?: Readonly<Record<string, string>>;
  /** How often Prometheus scrapes the pods. @default 15s */
  readonly scrapeInterval?: DurationLike;
}

/**
 * Metrics that the application exposes itself, scraped through the revisions' Services (Prometheus Operator's
 * ServiceMonitor sets `service` and `namespace`).
 * @throws RangeError for a name that PromQL would not accept, or a `unit` that contradicts the metric's name
 */
export function httpRequests(options: HttpRequestsOptions = {}): MetricSource {
  const requests = checkMetric(options.requests ?? 'http_requests_total', 'httpRequests: requests');
  const duration = checkMetric(options.duration ?? 'http_request_duration_ms_bucket', 'httpRequests: duration');
  const status = checkLabel(options.statusLabel ?? 'status', 'httpRequests: statusLabel');
  const matchers = matchersOf(options);
  return {
    scrapeInterval: Duration.parse(options.scrapeInterval ?? '15s'),
    requests: (of, which) =>
      selector(requests, [...matchers(of), ...(which === 'failed' ? [[status, '=~', options.failed ?? '5..'] as const] : [])]),
    latency: {
      unit: unitOf(duration, options.unit),
      buckets: (of, extra = []) => selector(duration, [...matchers(of), ...extra]),
    },
  };
}

function matchersOf({ label = 'service', holds = 'service', namespaceLabel = 'namespace', match = {} }: HttpRequestsOptions) {
  checkLabel(label, 'httpRequests: label');
  const argument = {
    candidate: holds === 'service' ? 'candidate-service' : 'candidate',
    stable: holds === 'service' ? 'stable-service' : 'stable',
  };
  const common: Matcher[] = [
    ...(namespaceLabel === null ? [] : [[checkLabel(namespaceLabel, 'httpRequests: namespaceLabel'), '=', '{{args.namespace}}'] as const]),
    ...Object.entries(match).map(([name, value]) => [checkLabel(name, 'httpRequests: match'), '=', value] as const),
  ];
  return (of: Subject): Matcher[] => [
    ...common,
    of === 'revisions' ? [label, '=~', REVISION_PATTERN] : [label, '=', `{{args.${argument[of]}}}`],
  ];
}

/** 0.4 read as milliseconds passes every bound, so a name that says its unit is believed. */
function unitOf(metric: string, written: 'ms' | 's' | undefined): 'ms' | 's' {
  const said = /_(?:ms|milliseconds)_bucket$/.test(metric) ? 'ms' : /_seconds_bucket$/.test(metric) ? 's' : undefined;
  if (said !== undefined && written !== undefined && said !== written)
    throw new RangeError(`httpRequests: unit is '${written}', but the name of ${metric} says '${said}'; leave unit out`);
  return written ?? said ?? 'ms';
}
