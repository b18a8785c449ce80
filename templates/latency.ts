import type { DurationLike } from '../lib/intent/duration.ts';
import type { Gate } from '../lib/intent/gate.ts';
import { checkBetween, checkPositive, checkWindow } from './checks.ts';
import { atMost, below } from './conditions.ts';
import type { RequestOptions } from './options.ts';
import { group, latencyQuantile, lines, percent, prometheusGate, quantileName, tidy } from './promql.ts';

export interface LatencyOptions extends RequestOptions {
  /** The candidate's latency must stay below this, in milliseconds. Below the last bound of the histogram, or there is no answer. */
  readonly maxMs: number;
  /** Which latency: p50 is 0.5, p95 is 0.95, p99 is 0.99. @default 0.95 */
  readonly quantile?: number;
  /** Over which time. At least four scrapes. @default 2m */
  readonly window?: DurationLike;
}

/**
 * Passes while a quantile of the candidate's latency is below `maxMs`. Gate `latency-p95`, after the quantile.
 * Prometheus interpolates within a bucket, so a bound between two of the histogram's is only about right.
 * @throws RangeError for a quantile outside 0..1, a bound that is not positive or a window of fewer than four scrapes
 */
export function latency(options: LatencyOptions): Gate {
  const { source } = options;
  const maxMs = checkPositive(options.maxMs, 'latency: maxMs');
  const quantile = checkBetween(options.quantile ?? 0.95, 'latency: quantile', 'p95 is 0.95');
  const window = checkWindow(options.window ?? '2m', source.scrapeInterval, 'latency: window');
  const query = latencyQuantile(source, 'candidate', quantile, window);
  return prometheusGate(options, {
    name: `latency-${quantileName(quantile)}`,
    description: `The candidate's ${quantileName(quantile)} latency is below ${maxMs} ms, over ${window}.`,
    scope: 'candidate',
    query: source.latency.unit === 's' ? `1000 * ${group(query)}` : query,
    conditions: below(maxMs),
  });
}

export interface LatencyAgainstStableOptions extends RequestOptions {
  /** How much slower than stable the candidate may be; 20 % is 0.2. @default 0.2 */
  readonly tolerance?: number;
  /** Which latency: p50 is 0.5, p95 is 0.95, p99 is 0.99. @default 0.95 */
  readonly quantile?: number;
  /** Over which time. At least four scrapes. @default 2m */
  readonly window?: DurationLike;
}

/**
 * Passes while a quantile of the candidate's latency is at most `tolerance` above stable's in the same window. Gate
 * `latency-p95-against-stable`, after the quantile. The answer is candidate by stable; when either has no requests
 * there is none.
 * @throws RangeError for a quantile outside 0..1, a tolerance that is not positive or a window of fewer than four scrapes
 */
export function latencyAgainstStable(options: LatencyAgainstStableOptions): Gate {
  const { source } = options;
  const tolerance = checkPositive(options.tolerance ?? 0.2, 'latencyAgainstStable: tolerance');
  const quantile = checkBetween(options.quantile ?? 0.95, 'latencyAgainstStable: quantile', 'p95 is 0.95');
  const window = checkWindow(options.window ?? '2m', source.scrapeInterval, 'latencyAgainstStable: window');
  return prometheusGate(options, {
    name: `latency-${quantileName(quantile)}-against-stable`,
    description: `The candidate's ${quantileName(quantile)} latency is at most ${percent(tolerance)} above stable's, over ${window}.`,
    scope: 'comparison',
    query: lines(
      group(latencyQuantile(source, 'candidate', quantile, window)),
      '/',
      group(latencyQuantile(source, 'stable', quantile, window)),
    ),
    conditions: atMost(tidy(1 + tolerance)),
  });
}
