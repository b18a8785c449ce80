import { type Budget, ConditionError } from './limits.ts';

/** Go's int is bigint here and its float64 number, so that a value knows which of the two it is. */
export type Value = null | boolean | bigint | number | string | readonly Value[] | ReadonlyMap<string, Value>;

const DEEPEST = 100;

/** @throws ConditionError for what is no JSON, or is nested too deep */
export function valueOfJson(json: unknown, budget: Budget, depth = 0): Value {
  budget.spend(1);
  if (depth > DEEPEST) throw new ConditionError('the result is nested too deep');
  if (Array.isArray(json)) return json.map((item) => valueOfJson(item, budget, depth + 1));
  if (typeof json === 'object' && json !== null)
    return new Map(Object.entries(json).map(([key, item]) => [key, valueOfJson(item, budget, depth + 1)]));
  // What is left of JSON; nobody who parsed some can have anything else.
  return json as null | boolean | number | string;
}

const NAMES: Readonly<Record<string, string>> = { boolean: 'bool', bigint: 'int', number: 'float', object: 'nil' };

export function typeOfValue(value: Value): string {
  if (value instanceof Map) return 'map';
  return isListValue(value) ? 'any[]' : (NAMES[typeof value] ?? typeof value);
}

export const isListValue = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isMapValue = (value: Value): value is ReadonlyMap<string, Value> => value instanceof Map;
export const isNumeric = (value: Value): value is bigint | number => typeof value === 'bigint' || typeof value === 'number';

/** @throws ConditionError always */
export function refuse(what: string, ...values: readonly Value[]): never {
  throw new ConditionError(`${what} does not work on ${values.map(typeOfValue).join(' and ')}`);
}

export const numberFrom = (value: Value, what: string): number => (isNumeric(value) ? Number(value) : refuse(what, value));
export const textFrom = (value: Value, what: string): string => (typeof value === 'string' ? value : refuse(what, value));
export const truthOf = (value: Value): boolean => (typeof value === 'boolean' ? value : refuse('a decision', value));
export const listFrom = (value: Value, what: string): readonly Value[] => (isListValue(value) ? value : refuse(what, value));

/** Towards zero; what no int holds becomes the smallest, as on amd64. */
export function intFrom(value: Value, what: string): bigint {
  if (typeof value === 'bigint') return value;
  const number = Math.trunc(numberFrom(value, what));
  return Math.abs(number) < 2 ** 63 ? BigInt(number) : -(2n ** 63n);
}

/** Numbers are compared as numbers and lists element by element; inside maps an int is no float. Never fails. */
export function isEqual(left: Value, right: Value, budget: Budget, exact = false): boolean {
  budget.spend(1);
  if (isNumeric(left) && isNumeric(right)) return exact ? left === right : isSame(left, right);
  if (isListValue(left) && isListValue(right))
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index] ?? null, budget, exact));
  if (isMapValue(left) && isMapValue(right))
    return (
      left.size === right.size && [...left].every(([key, item]) => right.has(key) && isEqual(item, right.get(key) ?? null, budget, true))
    );
  return left === right;
}

/** JavaScript compares bigint and number exactly; neither is below the other, and neither is NaN. */
const isSame = (left: bigint | number, right: bigint | number): boolean => left <= right && left >= right;

/** `list[key]` and `map[key]`; a negative index counts from the end. */
export function fetch(base: Value, key: Value): Value {
  if (isMapValue(base)) return base.get(textFrom(key ?? '', 'the key of a map')) ?? null;
  const list = listFrom(base, 'an index');
  const item = list.at(Number(intFrom(key, 'an index')));
  if (item === undefined) throw new ConditionError(`index ${key} is out of range: there are ${list.length} elements`);
  return item;
}

/** As Go prints it with %v. */
export function show(value: Value, budget: Budget): string {
  budget.spend(typeof value === 'string' ? value.length : 1);
  if (value === null) return '<nil>';
  if (isListValue(value)) return `[${value.map((item) => show(item, budget)).join(' ')}]`;
  if (isMapValue(value))
    return `map[${[...value]
      .sort()
      .map(([key, item]) => `${key}:${show(item, budget)}`)
      .join(' ')}]`;
  if (typeof value !== 'number' || Number.isNaN(value)) return String(value);
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  const text = value !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential() : String(value);
  return Object.is(value, -0) ? '-0' : text.replace(/e([+-])(\d)$/, 'e$10$2');
}
