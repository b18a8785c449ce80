import type { DurationLike } from '../lib/intent/duration.ts';
import type { Gate } from '../lib/intent/gate.ts';
import { checkWhole, checkWindow } from './checks.ts';
import { enough } from './conditions.ts';
import type { RequestOptions } from './options.ts';
import { prometheusGate } from './promql.ts';

export interface MinimumRequestsOptions extends RequestOptions {
  /** Requests that the candidate must have seen. @default 100 */
  readonly min?: number;
  /** Over which time; take the window of the gates that this one guards. At least four scrapes. @default 2m */
  readonly window?: DurationLike;
}

/**
 * Passes once the candidate has seen `min` requests, and gives no verdict before: a ratio of five requests proves
 * nothing either way. Never fails. Gate `minimum-requests`.
 * @throws RangeError for a `min` that is no whole number above 0 or a window of fewer than four scrapes
 */
export function minimumRequests(options: MinimumRequestsOptions): Gate {
  const { source } = options;
  const min = checkWhole(options.min ?? 100, 1, 'minimumRequests: min');
  const window = checkWindow(options.window ?? '2m', source.scrapeInterval, 'minimumRequests: window');
  return prometheusGate(options, {
    name: 'minimum-requests',
    description: `The candidate has seen at least ${min} requests in ${window}.`,
    scope: 'volume',
    query: `sum(increase(${source.requests('candidate', 'all')}[${window}]))`,
    conditions: enough(min),
  });
}
