import { at, listAt, textAt, textsAt } from './shape.ts';

export type Labels = Readonly<Record<string, string>>;

/** Which pods an object means: all of these hold. */
export interface Selector {
  readonly labels: Labels;
  readonly expressions: readonly Expression[];
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly unknown[];
}

/** A LabelSelector; null where there is none, which is something else than an empty one. */
export function labelSelector(value: unknown): Selector | null {
  if (value === null || typeof value !== 'object') return null;
  const expressions = listAt(value, 'matchExpressions').map((expression) => ({
    key: textAt(expression, 'key') ?? '',
    operator: textAt(expression, 'operator') ?? '',
    values: listAt(expression, 'values'),
  }));
  return { labels: textsAt(value, 'matchLabels'), expressions };
}

/** The selector of a Service, which is plain labels; null where it selects nothing by itself. */
export function serviceSelector(service: unknown): Selector | null {
  const labels = textsAt(service, 'spec', 'selector');
  return Object.keys(labels).length === 0 || at(service, 'spec', 'type') === 'ExternalName' ? null : { labels, expressions: [] };
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function selects({ labels, expressions }: Selector, pod: Labels): boolean {
  for (const key of Object.keys(labels)) if (labelOf(pod, key) !== labels[key]) return false;
  return expressions.every((expression) => holds(expression, labelOf(pod, expression.key)));
}

function holds({ operator, values }: Expression, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

const labelOf = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
