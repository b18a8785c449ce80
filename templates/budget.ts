import { Duration, type DurationLike } from '../lib/intent/duration.ts';
import type { Gate } from '../lib/intent/gate.ts';
import { checkBetween, checkPositive, checkWindow } from './checks.ts';
import { below } from './conditions.ts';
import type { RequestOptions } from './options.ts';
import { group, lines, percent, prometheusGate, tidy } from './promql.ts';
import type { MetricSource } from './sources/source.ts';

export interface BurnRateOptions extends RequestOptions {
  /** The service's objective: the share of requests that must not fail; 99.9 % is 0.999. */
  readonly objective: number;
  /** How many times faster than the objective allows the error budget may burn. @default 2 */
  readonly max?: number;
  /** The budget must burn over this long for the gate to fail. @default 1h */
  readonly longWindow?: DurationLike;
  /** And still burn over this long, so that an incident that is over blocks nothing. At least four scrapes. @default 5m */
  readonly shortWindow?: DurationLike;
}

/**
 * Passes while the error budget of the service as a whole, all revisions together, burns less than `max` times as
 * fast as its objective allows, in one of the two windows at least: an incident is no time to release into. Gate
 * `error-budget`. The answer is the slower of the two rates.
 * @throws RangeError for an objective outside 0..1, windows in the wrong order or of fewer than four scrapes
 * @see https://sre.google/workbook/alerting-on-slos/
 */
export function burnRate(options: BurnRateOptions): Gate {
  const { source } = options;
  const objective = checkBetween(options.objective, 'burnRate: objective', '99.9 % is 0.999');
  const max = checkPositive(options.max ?? 2, 'burnRate: max');
  const long = checkWindow(options.longWindow ?? '1h', source.scrapeInterval, 'burnRate: longWindow');
  const short = checkWindow(options.shortWindow ?? '5m', source.scrapeInterval, 'burnRate: shortWindow');
  if (Duration.parse(short).milliseconds >= Duration.parse(long).milliseconds)
    throw new RangeError(`burnRate: shortWindow (${short}) must be shorter than longWindow (${long})`);
  // A label each, or the two would count as one series and `or` would drop the second.
  const labelled = (window: string) => `label_replace(${group(serviceFailedShare(source, window))}, "window", "${window}", "", "")`;
  return prometheusGate(options, {
    name: 'error-budget',
    description: `The error budget of ${percent(1 - objective)} burns less than ${max} times as fast as it may, over ${long} or over ${short}.`,
    scope: 'service',
    query: lines(`min${group(lines(labelled(short), 'or', labelled(long)))}`, '/', String(tidy(1 - objective))),
    conditions: below(max),
  });
}

/** As `failedShare`, of every revision; `or` counts stable once, whether or not its name is one that Tidegate gave. */
function serviceFailedShare(source: MetricSource, window: string): string {
  const rate = (which: 'all' | 'failed') =>
    `sum(rate(${source.requests('revisions', which)}[${window}]) or rate(${source.requests('stable', which)}[${window}]))`;
  return lines(`(${rate('failed')} or vector(0))`, '/', `(${rate('all')} > 0)`);
}
