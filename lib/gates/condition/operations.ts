import { type Budget, ConditionError } from './limits.ts';
import { patternOf } from './pattern.ts';
import { areComparable, commonOf, elementOf, fits, isList, listOf, type Type } from './types.ts';
import {
  fetch,
  intFrom,
  isEqual,
  isLess,
  isListValue,
  isMapValue,
  isNumeric,
  listFrom,
  numberFrom,
  refuse,
  show,
  textFrom,
  type Value,
} from './values.ts';

export interface Surroundings {
  readonly result: Value;
  readonly budget: Budget;
}

/**
 * A function or an operator that looks at values, all of which are computed before. Its signatures are such as
 * `number,number>float`; what it gives may be `common`, the type that stands for its arguments, or `element`, that of a
 * list's. One that begins with `...` takes any number of values, as one list; RULES knows what it gives.
 */
export interface Operation {
  readonly signatures: string;
  readonly run: (first: Value, second: Value, around: Surroundings, third: Value) => Value;
}

const op = (signatures: string, run: Operation['run']): Operation => ({ signatures, run });
const ordered = (run: (left: Value, right: Value) => boolean): Operation => op('number,number>bool string,string>bool', run);
const real = (name: string, run: (value: number) => number): Operation => op('number>float', (value) => run(numberFrom(value, name)));

/** Int with int stays int, in 64 bits that wrap round as Go's; a float makes both floats. */
const arithmetic = (
  name: string,
  signatures: string,
  whole: ((a: bigint, b: bigint) => bigint) | null,
  float: ((a: number, b: number) => number) | null,
): Operation =>
  op(signatures, (a, b) => {
    if (whole && typeof a === 'bigint' && typeof b === 'bigint') return BigInt.asIntN(64, whole(a, b));
    return float ? float(numberFrom(a, name), numberFrom(b, name)) : refuse(name, a, b);
  });

/** Nil holds nothing and is in nothing. */
const textual = (name: string, holds: (whole: string, part: string, budget: Budget) => boolean): Operation =>
  op('string,string>bool', (whole, part, { budget }) => {
    if (whole === null || part === null) return false;
    const text = textFrom(whole, name);
    budget.spend(text.length);
    return holds(text, textFrom(part, name), budget);
  });

/** Go passes no int where a float is wanted. */
const ofFloat = (name: string, run: (value: number) => boolean): Operation =>
  op('number>bool', (value) => (typeof value === 'number' ? run(value) : refuse(name, value)));

const minus = arithmetic(
  '-',
  'number,number>common',
  (a, b) => a - b,
  (a, b) => a - b,
);
const plus = arithmetic(
  '+',
  '',
  (a, b) => a + b,
  (a, b) => a + b,
);

/** Text joins text; all else are numbers. */
export function add(left: Value, right: Value, around: Surroundings): Value {
  if (typeof left !== 'string' || typeof right !== 'string') return plus.run(left, right, around, null);
  around.budget.spend(left.length + right.length);
  return left + right;
}

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    '==': op('', (left, right, { budget }) => isEqual(left, right, budget)),
    '!=': op('', (left, right, { budget }) => !isEqual(left, right, budget)),
    '<': ordered((left, right) => isLess(left, right, false)),
    '>': ordered((left, right) => isLess(right, left, false)),
    '<=': ordered((left, right) => isLess(left, right, true)),
    '>=': ordered((left, right) => isLess(right, left, true)),
    '+': op('number,number>common string,string>common', add),
    '-': minus,
    '*': arithmetic(
      '*',
      'number,number>common',
      (a, b) => a * b,
      (a, b) => a * b,
    ),
    '/': arithmetic('/', 'number,number>float', null, (a, b) => a / b),
    '%': arithmetic('%', 'int,int>int', remainder, null),
    '**': arithmetic('**', 'number,number>float', null, power),
    '..': op('int,int>int[]', range),
    // The signs, and not.
    '0-': op('number>common', (value) => (typeof value === 'bigint' ? BigInt.asIntN(64, -value) : -numberFrom(value, '-'))),
    '0+': op('number>common', (value) => value),
    in: op('', isIn),
    matches: textual('matches', (text, source, budget) => patternOf(source)(text, budget)),
    contains: textual('contains', (text, part) => text.includes(part)),
    startsWith: textual('startsWith', (text, part) => text.startsWith(part)),
    endsWith: textual('endsWith', (text, part) => text.endsWith(part)),
    '[]': op('map,string>any list,int>element', fetch),
    '[:]': op('list,int,int>list string,int,int>string', slice),
    '[,]': op('...', (items) => items),
    '{}': op('...', mapOf),
    len: op('list>int string>int map>int', (value) =>
      BigInt(isMapValue(value) ? value.size : isListValue(value) ? value.length : [...textFrom(value, 'len')].length),
    ),
    abs: op('number>common', (value, _, around) => (numberFrom(value, 'abs') < 0 ? minus.run(0n, value, around, null) : value)),
    ceil: real('ceil', Math.ceil),
    floor: real('floor', Math.floor),
    round: real('round', round),
    int: op('number>int string>int', toInt),
    float: op('number>float string>float', toFloat),
    string: op('any>string', (value, _, { budget }) => show(value, budget)),
    first: op('list>element', (value) => (isListValue(value) ? (value[0] ?? null) : null)),
    last: op('list>element', (value) => (isListValue(value) ? (value.at(-1) ?? null) : null)),
    min: op('...', (list, _, { budget }) => extreme(list, budget, (winner, value) => isLess(value, winner, false))),
    max: op('...', (list, _, { budget }) => extreme(list, budget, (winner, value) => isLess(winner, value, false))),
    mean: op('...', (list, _, { budget }) => mean(flat(list, budget))),
    median: op('...', (list, _, { budget }) => median(flat(list, budget))),
    // Argo Rollouts adds these. The last two look at the result, whatever they are given.
    asInt: op('any>int', toInt),
    asFloat: op('any>float', toFloat),
    isNaN: ofFloat('isNaN', Number.isNaN),
    isInf: ofFloat('isInf', (value) => Math.abs(value) === Number.POSITIVE_INFINITY),
    isNil: op('any>bool', (_, __, { result }) => result === null),
    default: op('any,any>any', (_, otherwise, { result }) => result ?? otherwise),
  }),
);

/** What an operation gives for arguments of these types; null where it cannot work on them. */
export function typeOfOperation(name: string, { signatures }: Operation, types: readonly Type[]): Type | null {
  const rule = RULES[name];
  if (rule !== undefined) return rule(types);
  const [base = 'any'] = types;
  // Of a value of which nothing is known, any part may be asked for.
  if (base === 'any' && name.startsWith('[')) return 'any';
  for (const signature of signatures.split(' ')) {
    const [wanted = '', gives = ''] = signature.split('>');
    const wants = wanted.split(',');
    if (wants.length !== types.length || !wants.every((want, index) => fits(types[index] ?? 'any', want))) continue;
    if (gives === 'common') return commonOf(types);
    return gives === 'element' ? elementOf(base) : gives === 'list' ? base : gives;
  }
  return null;
}

const comparison = ([left = '', right = '']: readonly Type[]): Type | null => (areComparable(left, right) ? 'bool' : null);

/** Numbers, lists of them, lists of lists; where one is no number nothing is known of what is given. */
function aggregate(types: readonly Type[]): Type | null {
  if (types.length === 0 || !types.every((type) => fits(type, 'number') || isList(type))) return null;
  return types.every((type) => type !== 'any' && !isList(type)) ? (types[0] ?? null) : 'any';
}

function holding([item = '', holder = '']: readonly Type[]): Type | null {
  if (isList(holder)) return comparison([item, elementOf(holder)]);
  return fits(holder, 'string')
    ? holder === 'any' || item === 'any'
      ? 'bool'
      : null
    : holder === 'map' && fits(item, 'string')
      ? 'bool'
      : null;
}

const RULES: Readonly<Record<string, (types: readonly Type[]) => Type | null>> = {
  ...{ '==': comparison, '!=': comparison, in: holding, min: aggregate, max: aggregate, mean: aggregate, median: aggregate },
  '[,]': listOf,
  '{}': (types) => (types.every((type, index) => index % 2 === 1 || fits(type, 'string')) ? 'map' : null),
};

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new ConditionError('% divides by zero');
  return a % b;
}

/** IEEE 754 and Go say 1 where JavaScript says NaN. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

/** Half away from zero. */
function round(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

/** Costs ten times its length, so that memory is bounded as well. */
function range(from: Value, to: Value, { budget }: Surroundings): Value {
  const first = intFrom(from, '..');
  const length = Math.max(0, Number(intFrom(to, '..') - first) + 1);
  budget.spend(length * 10);
  return Array.from({ length }, (_, index) => first + BigInt(index));
}

function isIn(item: Value, holder: Value, { budget }: Surroundings): boolean {
  if (isListValue(holder)) return holder.some((other) => isEqual(other, item, budget));
  if (isMapValue(holder)) return holder.has(textFrom(item ?? '', 'in'));
  return holder === null ? false : refuse('in', item, holder);
}

function slice(base: Value, from: Value, { budget }: Surroundings, to: Value): Value {
  const whole = typeof base === 'string' ? base : listFrom(base, 'a slice');
  budget.spend(whole.length);
  return whole.slice(Number(intFrom(from, 'a slice')), Number(intFrom(to, 'a slice')));
}

function mapOf(items: Value): Value {
  const list = listFrom(items, 'a map');
  return new Map(list.flatMap((key, index) => (index % 2 === 0 ? [[textFrom(key, 'the key of a map'), list[index + 1] ?? null]] : [])));
}

function toInt(value: Value): bigint {
  if (typeof value !== 'string') return intFrom(value, 'int');
  const whole = /^[+-]?\d{1,19}$/.test(value) ? BigInt(value.replace('+', '')) : null;
  if (whole === null || whole !== BigInt.asIntN(64, whole)) throw new ConditionError(`'${value.slice(0, 40)}' is no int`);
  return whole;
}

const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ...['inf', '+inf', 'infinity', '+infinity'].map((text) => [text, Number.POSITIVE_INFINITY] as const),
  ...['-inf', '-infinity'].map((text) => [text, Number.NEGATIVE_INFINITY] as const),
]);

function toFloat(value: Value): number {
  if (typeof value !== 'string') return numberFrom(value, 'float');
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  const special = NOT_FINITE.get(value.toLowerCase());
  if (special === undefined) throw new ConditionError(`'${value.slice(0, 40)}' is no number`);
  return special;
}

/**
 * Which one wins depends on the order where one is NaN, as in Argo: the first stays unless it is seen to lose. A list
 * has a winner of its own before that is compared with the rest.
 */
function extreme(items: Value, budget: Budget, loses: (winner: Value, value: Value) => boolean, inside = false): Value {
  let winner: Value = null;
  const list = listFrom(items, 'min or max');
  for (const value of list) {
    budget.spend(1);
    if (!isNumeric(value) && !isListValue(value) && (inside || list.length > 1)) refuse('min or max', value);
    const entrant = isListValue(value) ? extreme(value, budget, loses, true) : value;
    if (winner === null || (entrant !== null && loses(winner, entrant))) winner = entrant;
  }
  return winner;
}

function flat(items: Value, budget: Budget): number[] {
  const list = listFrom(items, 'mean or median');
  budget.spend(list.length * 10);
  return list.flatMap((value) => (isListValue(value) ? flat(value, budget) : [numberFrom(value, 'mean or median')]));
}

const mean = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0) / (list.length || 1);

/** NaN comes first. */
function median(list: readonly number[]): number {
  const sorted = [...list].sort((left, right) => (left < right || Number.isNaN(left) ? -1 : 1));
  const half = (sorted.length - 1) / 2;
  return sorted.length === 0 ? 0 : ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}
