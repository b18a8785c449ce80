import { type Expression, everything, partsOf, type Selector } from './expression.ts';

/** Names that the conventions of Prometheus keep for what only grows. */
const COUNTER = /_(?:total|count|sum|bucket)$/;
/** A new pod begins at 0, so what it counted is of the release. */
const OF_A_POD = /^kube_pod_/;
/** What is asked of a counter without looking at how far it has come. */
const PRESENCE: ReadonlySet<string> = new Set(['absent', 'count', 'group', 'timestamp']);

/** Counters that are looked at as they stand: they hold all since their process began, not what happens now. */
export function rawCounters(expression: Expression): readonly Selector[] {
  if (expression.kind === 'selector') {
    const { metric, range } = expression;
    return range === null && metric !== null && COUNTER.test(metric) && !OF_A_POD.test(metric) ? [expression] : [];
  }
  if (expression.kind === 'subquery') return [];
  if ((expression.kind === 'call' || expression.kind === 'aggregate') && PRESENCE.has(expression.name)) return [];
  return partsOf(expression).flatMap(rawCounters);
}

/** Every range that a query looks back over, as written; what pods counted is of their release, however far it looks back. */
export function rangesOf(expression: Expression): readonly string[] {
  return [...everything(expression)].flatMap((part) => {
    if (part.kind !== 'selector' && part.kind !== 'subquery') return [];
    const ofPods = part.kind === 'selector' && part.metric !== null && OF_A_POD.test(part.metric);
    return part.range === null || ofPods ? [] : [part.range];
  });
}

/** Whether a query answers with one number by itself; all others answer with a list. */
export function isScalar(expression: Expression): boolean {
  if (expression.kind === 'number') return true;
  if (expression.kind === 'call') return ['scalar', 'time', 'pi'].includes(expression.name);
  return expression.kind === 'binary' && isScalar(expression.left) && isScalar(expression.right);
}
