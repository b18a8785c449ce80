import { type Expression, isComparison, OPEN, partsOf } from './expression.ts';

/** Divisions whose denominator may be 0 in an answer that is seen: without requests they say NaN, or infinity. */
export function unguardedDivisions(expression: Expression): readonly Extract<Expression, { readonly kind: 'binary' }>[] {
  if (expression.kind !== 'binary') return partsOf(expression).flatMap(unguardedDivisions);
  const { operator, isFilter, left, right } = expression;
  // NaN is above, below and equal to nothing, so a comparison leaves it out.
  if (isComparison(operator) && isFilter && operator !== '!=') return [];
  if (operator === 'and' && filters(right)) return unguardedDivisions(right);
  const inside = [...unguardedDivisions(left), ...unguardedDivisions(right)];
  return (operator === '/' || operator === '%') && !isNeverZero(right) ? [...inside, expression] : inside;
}

/** Whether an expression gives only what passes a comparison. */
function filters(expression: Expression): boolean {
  if (expression.kind === 'binary')
    return (
      (isComparison(expression.operator) && expression.isFilter) || (expression.operator === 'and' && partsOf(expression).some(filters))
    );
  return expression.kind === 'aggregate' && expression.args.some(filters);
}

/** Functions that keep what is above 0 above 0. */
const KEEPING: ReadonlySet<string> = new Set([
  'label_replace',
  'label_join',
  'sort',
  'sort_desc',
  'ceil',
  'abs',
  'avg_over_time',
  'max_over_time',
  'min_over_time',
  'sum_over_time',
  'last_over_time',
]);

function isNeverZero(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
      return expression.value !== 0;
    case 'string':
      return false;
    case 'selector':
      // Whoever supplies it knows what it is.
      return expression.metric === OPEN;
    case 'subquery':
      return isNeverZero(expression.of);
    case 'aggregate':
      return expression.name === 'count' || expression.args.some(isNeverZero);
    case 'call': {
      const [first, second] = expression.args;
      if (expression.name === 'clamp_min' || expression.name === 'clamp') return second?.kind !== 'number' || (second.value ?? 1) > 0;
      if (expression.name === 'vector' || KEEPING.has(expression.name)) return first !== undefined && isNeverZero(first);
      return expression.name === 'time' || expression.name === 'pi';
    }
    case 'binary':
      return isNeverZeroBinary(expression);
  }
}

function isNeverZeroBinary({ operator, isFilter, left, right }: Extract<Expression, { readonly kind: 'binary' }>): boolean {
  const limit = right.kind === 'number' ? right.value : null;
  switch (operator) {
    case '>':
    case '!=':
      return isFilter && (limit ?? 0) >= 0;
    case '>=':
    case '==':
      return isFilter && limit !== 0;
    case '<':
    case '<=':
      return isFilter && left.kind === 'number' && left.value !== null && (operator === '<' ? left.value >= 0 : left.value > 0);
    case '+':
      return isAbove(left) || isAbove(right);
    case '*':
    case '/':
    case 'or':
      return isNeverZero(left) && isNeverZero(right);
    case 'and':
      return isNeverZero(left) || isNeverZero(right);
    case 'unless':
      return isNeverZero(left);
    default:
      return false;
  }
}

const isAbove = (expression: Expression): boolean => expression.kind === 'number' && (expression.value ?? 0) > 0;

/** Functions of counters and of how many there are, which are never NaN. */
const COUNTING: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets', 'changes', 'count_over_time', 'present_over_time']);
const NAMING: ReadonlySet<string> = new Set([
  'label_replace',
  'label_join',
  'sort',
  'sort_desc',
  'abs',
  'ceil',
  'floor',
  'round',
  'vector',
]);
/** Exporters that count things and never say NaN. */
const COUNTED = /^(?:kube|container|node|up$)/;

/** Whether an answer may be NaN, as far as the query tells; a gauge may be whatever its program makes of it. */
export function mayBeNaN(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return false;
    case 'selector':
      return !(COUNTED.test(expression.metric ?? '') || /_(?:total|count|bucket)$/.test(expression.metric ?? ''));
    case 'subquery':
      return mayBeNaN(expression.of);
    case 'aggregate':
      return expression.name !== 'count' && expression.args.some(mayBeNaN);
    case 'call': {
      const { name, args } = expression;
      if (COUNTING.has(name) || name === 'absent' || name === 'time') return false;
      return NAMING.has(name) || name.startsWith('clamp') || name.endsWith('_over_time') ? args.some(mayBeNaN) : true;
    }
    case 'binary': {
      const { operator, isFilter, left, right } = expression;
      if (isComparison(operator)) return !isFilter ? false : operator === '!=' && mayBeNaN(left);
      if (operator === 'and') return mayBeNaN(left) && !filters(right);
      if (operator === 'unless') return mayBeNaN(left);
      const divides = operator === '/' || operator === '%';
      return mayBeNaN(left) || mayBeNaN(right) || (divides && !isNeverZero(right)) || operator === '^';
    }
  }
}
