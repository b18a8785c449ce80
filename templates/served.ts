import { Duration, type DurationLike } from '../lib/intent/duration.ts';
import type { PrometheusQuery } from '../lib/intent/gate.ts';
import type { ServedShare } from '../lib/intent/traffic.ts';
import { lines } from './promql.ts';
import type { MetricSource } from './sources/source.ts';

export interface ServedShareOptions extends Pick<PrometheusQuery, 'address' | 'headers' | 'auth' | 'tls' | 'timeout'> {
  /** Where request metrics come from: `istio()`, `httpRequests()`. */
  readonly source: MetricSource;
  /** Over which time: a level counts as served once it has passed. At least two scrapes. @default 1m */
  readonly window?: DurationLike;
}

/** A rate needs two samples. More, as gates have, would only delay the level. */
const SCRAPES = 2;

/**
 * The share of requests that the candidate truly gets, in percent, for `traffic.served`: the candidate's requests by the
 * candidate's and stable's. Without requests there is no answer; a candidate that nobody has asked yet has 0.
 * @throws RangeError for a window of fewer than two scrapes
 */
export function servedShare({ source, window: written = '1m', ...prometheus }: ServedShareOptions): ServedShare {
  const window = Duration.parse(written);
  const least = Duration.ofMilliseconds(SCRAPES * source.scrapeInterval.milliseconds);
  if (window.milliseconds < Math.max(1, least.milliseconds))
    throw new RangeError(
      `servedShare: window must span ${SCRAPES} scrapes of ${source.scrapeInterval}: at least ${least}, not ${window}. ` +
        "Widen it, or state the source's scrapeInterval",
    );
  const rate = (of: 'candidate' | 'stable') => `(sum(rate(${source.requests(of, 'all')}[${window}])) or vector(0))`;
  return {
    prometheus: {
      ...prometheus,
      query: lines(`100 * ${rate('candidate')}`, '/', `(${rate('candidate')} + ${rate('stable')} > 0)`),
    },
  };
}
