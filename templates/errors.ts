import type { DurationLike } from '../lib/intent/duration.ts';
import type { Gate } from '../lib/intent/gate.ts';
import { checkBetween, checkNumber, checkRatio, checkWindow } from './checks.ts';
import { atLeast, atMost, below } from './conditions.ts';
import type { RequestOptions } from './options.ts';
import { failedShare, group, lines, percent, prometheusGate, tidy } from './promql.ts';

export interface ErrorRatioOptions extends RequestOptions {
  /** The candidate's share of failed requests must stay below this; 1 % is 0.01. @default 0.01 */
  readonly max?: number;
  /** Over which time. At least four scrapes. @default 2m */
  readonly window?: DurationLike;
}

/**
 * Passes while the candidate fails (5xx) fewer than `max` of its requests. Gate `error-ratio`.
 * @throws RangeError for a share outside 0..1 or a window of fewer than four scrapes
 */
export function errorRatio(options: ErrorRatioOptions): Gate {
  const max = checkRatio(options.max ?? 0.01, 'errorRatio: max');
  const window = checkWindow(options.window ?? '2m', options.source.scrapeInterval, 'errorRatio: window');
  return prometheusGate(options, {
    name: 'error-ratio',
    description: `Fewer than ${percent(max)} of the candidate's requests fail, over ${window}.`,
    scope: 'candidate',
    query: failedShare(options.source, 'candidate', window),
    conditions: below(max),
  });
}

export interface SuccessRatioOptions extends RequestOptions {
  /** The candidate's share of requests that do not fail must be at least this; 99 % is 0.99. @default 0.99 */
  readonly min?: number;
  /** Over which time. At least four scrapes. @default 2m */
  readonly window?: DurationLike;
}

/**
 * Passes while the candidate serves at least `min` of its requests without failing (5xx). Gate `success-ratio`.
 * @throws RangeError for a share outside 0..1 or a window of fewer than four scrapes
 */
export function successRatio(options: SuccessRatioOptions): Gate {
  const min = checkRatio(options.min ?? 0.99, 'successRatio: min');
  const window = checkWindow(options.window ?? '2m', options.source.scrapeInterval, 'successRatio: window');
  return prometheusGate(options, {
    name: 'success-ratio',
    description: `At least ${percent(min)} of the candidate's requests succeed, over ${window}.`,
    scope: 'candidate',
    query: lines('1 -', group(failedShare(options.source, 'candidate', window))),
    conditions: atLeast(min),
  });
}

export interface ErrorsAgainstStableOptions extends RequestOptions {
  /** The candidate's share of failed requests may be this many times stable's. @default 2 */
  readonly factor?: number;
  /** And it may exceed stable's by this much, whatever the factor; half a percent is 0.005. @default 0.005 */
  readonly difference?: number;
  /** Over which time. At least four scrapes. @default 2m */
  readonly window?: DurationLike;
}

/**
 * Fails only when the candidate's share of failed requests exceeds both `factor` times stable's and stable's plus
 * `difference`: an incident that hits both is no reason to abort, nor are three errors where stable has one. Gate
 * `errors-against-stable`.
 *
 * Exceeding both is exceeding the larger: with c and s for the shares, c > max(factor·s, s + difference), which is
 * c - s - max((factor - 1)·s, difference) > 0. The answer is that excess. When either has no requests there is none.
 * @throws RangeError for a factor below 1, a difference outside 0..1 or a window of fewer than four scrapes
 */
export function errorsAgainstStable(options: ErrorsAgainstStableOptions): Gate {
  const { source } = options;
  const factor = checkNumber(options.factor ?? 2, 1, 'errorsAgainstStable: factor');
  const difference = checkBetween(options.difference ?? 0.005, 'errorsAgainstStable: difference', 'half a percent is 0.005');
  const window = checkWindow(options.window ?? '2m', source.scrapeInterval, 'errorsAgainstStable: window');
  const stable = group(failedShare(source, 'stable', window));
  return prometheusGate(options, {
    name: 'errors-against-stable',
    description: `The candidate's share of failed requests is at most ${factor} times stable's or ${percent(difference)} above it, over ${window}.`,
    scope: 'comparison',
    query: lines(
      group(failedShare(source, 'candidate', window)),
      '-',
      stable,
      '-',
      `clamp_min(${tidy(factor - 1)} * ${stable}, ${difference})`,
    ),
    conditions: atMost(0),
  });
}
