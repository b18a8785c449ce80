import type { Duration } from '../../lib/intent/duration.ts';

/**
 * Where request metrics come from: all that a gate has to know about them. A further source is one file beside this
 * one and one line in `../index.ts`.
 *
 * Selectors name their revision exactly and use `{{args.x}}` where a name is known only to the release.
 */
export interface MetricSource {
  /** How often its targets are scraped; windows are measured in it. */
  readonly scrapeInterval: Duration;
  /** Selector of the request counter, all requests or those that failed. */
  requests(of: Subject, which: 'all' | 'failed'): string;
  readonly latency: {
    /** Unit of the bucket bounds. */
    readonly unit: 'ms' | 's';
    /** Selector of the histogram's buckets; `extra` narrows it further. */
    buckets(of: Subject, extra?: readonly Matcher[]): string;
  };
}

/** Whose requests: one revision's, or those of every revision of the release that Tidegate made. */
export type Subject = 'candidate' | 'stable' | 'revisions';

/** `label="value"`, or `!=`, `=~`, `!~`. */
export type Matcher = readonly [label: string, operator: '=' | '!=' | '=~' | '!~', value: string];

/** `metric{a="x",b=~"y"}`. */
export function selector(metric: string, matchers: readonly Matcher[]): string {
  return `${metric}{${matchers.map(([label, operator, value]) => `${label}${operator}${quote(value)}`).join(',')}}`;
}

/** A PromQL string. `{{args.x}}` passes through: what replaces it are names of Kubernetes objects. */
function quote(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}

/**
 * Matches the Deployments and Services that Tidegate names `<release>-<rev>`. A release's name is a DNS label, so
 * nothing in it means anything to a regular expression.
 */
export const REVISION_PATTERN = '{{args.release}}-[0-9a-f]{8}';

/** @throws RangeError when PromQL would not accept `name` as a label */
export function checkLabel(name: string, option: string): string {
  if (!/^[a-zA-Z_]\w*$/.test(name)) throw new RangeError(`${option} must be a label of letters, digits and '_', not '${name}'`);
  return name;
}

/** @throws RangeError when PromQL would not accept `name` as a metric */
export function checkMetric(name: string, option: string): string {
  if (!/^[a-zA-Z_:][\w:]*$/.test(name))
    throw new RangeError(`${option} must be a metric name of letters, digits, '_' and ':', not '${name}'`);
  return name;
}
