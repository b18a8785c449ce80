import { type Expression, everything, isComparison, type Selector, selectorsOf } from '../promql/expression.ts';
import { isParsed, parsePromql } from '../promql/parse.ts';
import { conditionsOf, outcomeOf } from './conditions.ts';
import type { Metric } from './metric.ts';

/** The query of a metric, read; null where it is no PromQL, or cannot be read. */
export function promqlOf({ query, providers }: Metric): Expression | null {
  const read = query && providers[0] === 'prometheus' ? parsePromql(query.text) : null;
  return read && isParsed(read) ? read : null;
}

/** What counts requests, by the names that meshes, proxies and libraries give it. */
const REQUESTS = /request|http|grpc|rpc|_rq(?:_|$)|response|call|message/i;

/**
 * Whether a metric only asks whether there was enough traffic: it says so in its plan, or it wants a count of requests
 * that is large, and holds up what is small.
 */
export function isVolume(metric: Metric): boolean {
  if (metric.scope !== null) return metric.scope === 'volume';
  const expression = promqlOf(metric);
  if (!expression || !countsRequests(expression)) return false;
  if (metric.bounds) return metric.bounds.min !== null && metric.bounds.min > 0 && metric.bounds.max === null;
  const conditions = conditionsOf(metric);
  if (!conditions) return false;
  const of = (value: number) => outcomeOf(conditions, { kind: 'numbers', values: [value] });
  return of(MANY) === 'pass' && of(0) !== 'pass';
}

const MANY = 1e12;

/** A sum of requests, not a share of them. */
function countsRequests(expression: Expression): boolean {
  const parts = [...everything(expression)];
  const divides = parts.some((part) => part.kind === 'binary' && part.operator === '/');
  const isQuantile = parts.some((part) => part.kind === 'call' && part.name === 'histogram_quantile');
  const selectors = selectorsOf(expression);
  return !divides && !isQuantile && selectors.length > 0 && selectors.every(({ metric }) => REQUESTS.test(metric ?? ''));
}

/** Whether a query by itself has no answer where there was too little traffic: `a / b and sum(increase(c)) > 100`. */
export function holdsVolume(expression: Expression): boolean {
  return [...everything(expression)].some((part) => {
    if (part.kind !== 'binary' || !['and', 'unless'].includes(part.operator)) return false;
    return [...everything(part.right)].some(
      (limit) => limit.kind === 'binary' && isComparison(limit.operator) && [limit.left, limit.right].some(countsRequests),
    );
  });
}

/** Whether a volume guard looks at the same requests as another metric, or at more of them. */
export function guards(guard: Metric, metric: Metric): boolean {
  if (!isVolume(guard)) return false;
  const seen = promqlOf(guard);
  const asked = promqlOf(metric);
  if (!seen || !asked) return false;
  const guarded = selectorsOf(seen);
  return selectorsOf(asked).every((selector) => guarded.some((other) => covers(other, selector)));
}

const covers = (wide: Selector, narrow: Selector): boolean =>
  wide.metric === narrow.metric &&
  wide.matchers.every(({ label, operator, value }) =>
    narrow.matchers.some((matcher) => matcher.label === label && matcher.operator === operator && matcher.value === value),
  );
