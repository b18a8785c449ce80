/** A query as rules look at it: parentheses, offsets and signs are gone. `at` is where it begins in the text, from 0. */
export type Expression =
  /** Null where it is a duration. */
  | { readonly kind: 'number'; readonly at: number; readonly value: number | null }
  | { readonly kind: 'string'; readonly at: number }
  /** `range` is what stands between brackets, such as `5m`; null for the values of now. */
  | {
      readonly kind: 'selector';
      readonly at: number;
      readonly metric: string | null;
      readonly matchers: readonly Matcher[];
      readonly range: string | null;
    }
  | { readonly kind: 'subquery'; readonly at: number; readonly of: Expression; readonly range: string }
  | { readonly kind: 'call' | 'aggregate'; readonly at: number; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: string;
      /** Of a comparison: leaves out what does not hold; with `bool` it says 0 or 1. */
      readonly isFilter: boolean;
      readonly left: Expression;
      readonly right: Expression;
    };

export type Selector = Extract<Expression, { readonly kind: 'selector' }>;

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** What an expression is made of. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'subquery':
      return [expression.of];
    case 'call':
    case 'aggregate':
      return expression.args;
    case 'binary':
      return [expression.left, expression.right];
  }
}

/** An expression and all that it is made of, from the outside in. */
export function* everything(expression: Expression): Iterable<Expression> {
  yield expression;
  for (const part of partsOf(expression)) yield* everything(part);
}

export function selectorsOf(expression: Expression): readonly Selector[] {
  return [...everything(expression)].filter((part): part is Selector => part.kind === 'selector');
}

export const isComparison = (operator: string): boolean => /^(?:[<>]=?|[!=]=)$/.test(operator);

/** The name of whatever a placeholder outside of quotes stands for. */
export const OPEN = 'open_placeholder';
