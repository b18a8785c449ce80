import { type Budget, ConditionError } from './limits.ts';
import type { Node } from './node.ts';
import { areComparable, commonOf, elementOf, fits, isList, listOf, type Type } from './types.ts';
import { fetch, intFrom, isEqual, isListValue, isMapValue, isNumeric, numberFrom, refuse, show, textFrom, type Value } from './values.ts';

export interface Surroundings {
  readonly result: Value;
  readonly budget: Budget;
  /** What a larger language has by name, more than this one or instead. */
  readonly more?: ReadonlyMap<string, Operation> | undefined;
}

/** Something called by name that looks at its arguments itself; null leaves them to its operation. */
export type Form = (
  call: Call,
  /** Compiles an argument, with further names in it. */
  compiled: (node: Node, names?: Names) => Code,
  /** Says what is wrong with a part. */
  wrong: (node: Node, message: string) => Code,
  /** What has a name where it is called. */
  names: Names,
  around: Surroundings,
) => Code | null;

export interface Code {
  readonly type: Type;
  readonly run: () => Value;
}

/** What `#`, or the `?` of `?.`, stands for while it is looked at. */
export interface Holder {
  readonly type: Type;
  value: Value;
}

/** By their names; `result` is always there. */
export type Names = Readonly<Record<string, Holder>>;
export type Call = Extract<Node, { readonly kind: 'call' }>;

/** What an operation gives for arguments of these types; null where it cannot work on them. */
type Rule = (types: readonly Type[]) => Type | null;

/** A function or an operator that looks at values, all of which are computed before. */
export interface Operation {
  readonly rule: Rule;
  /**
   * `strict` is the rule for the values' own types, too. `lenient` knows more than its rule once it has the values.
   * `all`: so does this one, and it takes any number of them as one list.
   */
  readonly mode: 'strict' | 'lenient' | 'all';
  readonly run: Run;
  /** Reads a text that stands in a condition as its second argument. Throws a ConditionError for what it is not. */
  readonly reads?: (text: string) => unknown;
  /** Before all this: looks at its arguments itself. */
  readonly form?: Form;
}
type Run = (first: Value, second: Value, around: Surroundings, third: Value) => Value;

export const op = (rule: string | Rule, run: Run, mode: Operation['mode'] = 'strict'): Operation => ({
  rule: typeof rule === 'string' ? signed(rule) : rule,
  mode,
  run,
});

const ordered = (run: (left: number, right: number) => boolean): Operation => op('number,number>bool string,string>bool', run as Run);
const real = (run: (value: number) => number): Operation => op('number>float', (value) => run(Number(value)));
export const reals = (run: (a: number, b: number) => number): Operation => op('number,number>float', (a, b) => run(Number(a), Number(b)));

/** Int with int stays int, in 64 bits that wrap round as Go's; a float makes both floats. JavaScript's signs serve both. */
const arithmetic =
  (run: (a: number, b: number) => number): Run =>
  (a, b) =>
    typeof a === 'bigint' && typeof b === 'bigint'
      ? BigInt.asIntN(64, (run as unknown as (a: bigint, b: bigint) => bigint)(a, b))
      : run(Number(a), Number(b));

/** Nil holds nothing and is in nothing. */
export const textual = (name: string, holds: (whole: string, part: string, budget: Budget) => boolean): Operation =>
  op(
    'string,string>bool',
    (whole, part, { budget }) => {
      if (whole === null || part === null) return false;
      const text = textFrom(whole, name);
      budget.spend(text.length);
      return holds(text, textFrom(part, name), budget);
    },
    'lenient',
  );

/** Go passes no int where a float is wanted. */
const ofFloat = (run: (value: number) => boolean): Operation => op('float>bool', run as Run);

const plus = arithmetic((a, b) => a + b);
const minus = arithmetic((a, b) => a - b);
const NUMBERS = 'number,number>common';

/** Text joins text; all else are numbers. */
export function add(left: Value, right: Value, around: Surroundings): Value {
  if (typeof left !== 'string' || typeof right !== 'string')
    return isNumeric(left) && isNumeric(right) ? plus(left, right, around, null) : refuse('+', left, right);
  around.budget.spend(left.length + right.length);
  return left + right;
}

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    '==': op(comparison, (left, right, { budget }) => isEqual(left, right, budget), 'lenient'),
    '!=': op(comparison, (left, right, { budget }) => !isEqual(left, right, budget), 'lenient'),
    '<': ordered((left, right) => left < right),
    '>': ordered((left, right) => left > right),
    '<=': ordered((left, right) => left <= right),
    '>=': ordered((left, right) => left >= right),
    '+': op(`${NUMBERS} string,string>common`, add),
    '-': op(NUMBERS, minus),
    '*': op(
      NUMBERS,
      arithmetic((a, b) => a * b),
    ),
    '/': reals((a, b) => a / b),
    '%': op('int,int>int', remainder),
    // The signs, and not.
    '0-': op('number>common', (value) => (typeof value === 'bigint' ? BigInt.asIntN(64, -value) : -Number(value))),
    '0+': op('number>common', (value) => value, 'lenient'),
    in: op(holding, isIn, 'lenient'),
    contains: textual('contains', (text, part) => text.includes(part)),
    startsWith: textual('startsWith', (text, part) => text.startsWith(part)),
    endsWith: textual('endsWith', (text, part) => text.endsWith(part)),
    '[]': op(part('map,string>any list,int>element'), fetch, 'lenient'),
    '[,]': op(listOf, (items) => items, 'all'),
    len: op('list>int string>int map>int', (value) =>
      BigInt(isMapValue(value) ? value.size : [...(value as string | readonly Value[])].length),
    ),
    abs: op('number>common', (value, _, around) => (Number(value) < 0 ? minus(0n, value, around, null) : value)),
    ceil: real(Math.ceil),
    floor: real(Math.floor),
    round: real(round),
    int: op('number>int string>int', toInt),
    float: op('number>float string>float', toFloat),
    string: op('any>string', (value, _, { budget }) => show(value, budget)),
    first: op('list>element', (value) => (isListValue(value) ? (value[0] ?? null) : null), 'lenient'),
    last: op('list>element', (value) => (isListValue(value) ? (value.at(-1) ?? null) : null), 'lenient'),
    // Argo Rollouts adds these. The last two look at the result, whatever they are given.
    asInt: op('any>int', toInt),
    asFloat: op('any>float', toFloat),
    isNaN: ofFloat(Number.isNaN),
    isInf: ofFloat((value) => Math.abs(value) === Number.POSITIVE_INFINITY),
    isNil: op('any>bool', (_, __, { result }) => result === null),
    default: op('any,any>any', (_, otherwise, { result }) => result ?? otherwise),
  }),
);

/**
 * The rule that signatures such as `number,number>float` say. What they give may be `common`, the type that stands for
 * the arguments, `element`, that of a list's, or `list`, the list's own.
 */
function signed(signatures: string): Rule {
  const all = signatures.split(' ').map((signature) => signature.split(/[,>]/));
  return (types) => {
    const [base = 'any'] = types;
    const fitting = all.find((wants) => wants.length === types.length + 1 && types.every((type, index) => fits(type, wants[index] ?? '')));
    switch (fitting?.at(-1)) {
      case 'common':
        return commonOf(types);
      case 'element':
        return elementOf(base);
      case 'list':
        return base;
      default:
        return fitting?.at(-1) ?? null;
    }
  };
}

/** Of a value of which nothing is known, any part may be asked for. */
export function part(signatures: string): Rule {
  const rule = signed(signatures);
  return (types) => (types[0] === 'any' ? 'any' : rule(types));
}

function comparison([left = '', right = '']: readonly Type[]): Type | null {
  return areComparable(left, right) ? 'bool' : null;
}

function holding([item = '', holder = '']: readonly Type[]): Type | null {
  if (isList(holder)) return comparison([item, elementOf(holder)]);
  return holder === 'any' || (fits(holder, 'string') && item === 'any') || (holder === 'map' && fits(item, 'string')) ? 'bool' : null;
}

function remainder(a: Value, b: Value): Value {
  if (b === 0n) throw new ConditionError('% divides by zero');
  return BigInt.asIntN(64, (a as bigint) % (b as bigint));
}

/** Half away from zero. */
function round(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

function isIn(item: Value, holder: Value, { budget }: Surroundings): boolean {
  if (isListValue(holder)) return holder.some((other) => isEqual(other, item, budget));
  if (isMapValue(holder)) return holder.has(textFrom(item ?? '', 'in'));
  return holder === null ? false : refuse('in', item, holder);
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
