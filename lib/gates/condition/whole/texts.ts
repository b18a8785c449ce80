import { ConditionError } from '../limits.ts';
import { type Operation, op, type Surroundings } from '../operations.ts';
import { isListValue, isMapValue, refuse, textFrom, type Value, valueOfJson } from '../values.ts';
import { DateTime, Named, nameOf, Span } from './time.ts';

type Text = (args: readonly Value[], around: Surroundings) => Value;

/** A function of texts, as signatures say; what it makes costs its length. */
const text = (rule: string, run: Text): Operation => {
  const { rule: fits } = op(rule, () => null);
  return {
    rule: fits,
    mode: 'all',
    run: (given, _, around) => {
      const args = given as readonly Value[];
      const made = run(args, around);
      around.budget.spend(typeof made === 'string' ? made.length : isListValue(made) ? made.length * 10 : 1);
      return made;
    },
  };
};

const string = (args: readonly Value[], index: number): string => textFrom(args[index] ?? null, 'a function of texts');
const whole = (args: readonly Value[], index: number): number => {
  const value = args[index] ?? null;
  return typeof value === 'bigint' ? Number(value) : refuse('a function of texts', value);
};

const trimmed =
  (how: (text: string, part: string) => string): Text =>
  (args) =>
    how(string(args, 0), args.length > 1 ? string(args, 1) : ' ');

/** As Go's strings.Split and SplitN: at most so many parts, the last of which is the rest. */
function split(whole: string, by: string, most: number, kept: boolean): string[] {
  if (most === 0) return [];
  const parts = by === '' ? [...whole] : whole.split(by);
  const all = most > 0 && parts.length > most ? [...parts.slice(0, most - 1), parts.slice(most - 1).join(by)] : parts;
  return kept ? all.map((part, index) => (index < all.length - 1 ? part + by : part)) : all;
}

const splitting =
  (kept: boolean): Text =>
  (args) =>
    split(string(args, 0), string(args, 1), args.length > 2 ? whole(args, 2) : -1, kept);

/** As Go, which has one character for one: `ß` stays. */
const mapped = (text: string, change: 'toUpperCase' | 'toLowerCase'): string => Array.from(text, (one) => single(one, change)).join('');

function single(one: string, change: 'toUpperCase' | 'toLowerCase'): string {
  const made = one[change]();
  if ([...made].length === 1) return made;
  if (one === 'İ') return 'i';
  const code = one.charCodeAt(0);
  // Greek letters whose iota JavaScript writes beside them.
  if (/[\u1f80-\u1faf]/.test(one)) return String.fromCharCode(code | 8);
  return /[\u1fb3\u1fc3\u1ff3]/.test(one) ? String.fromCharCode(code + 9) : one;
}

/** Go counts bytes. */
const bytesBefore = (text: string, index: number): bigint =>
  index < 0 ? -1n : BigInt(new TextEncoder().encode(text.slice(0, index)).length);

const LONGEST = 1_000_000;

function repeated(args: readonly Value[], { budget }: Surroundings): string {
  const [part, times] = [string(args, 0), whole(args, 1)];
  if (times < 0 || part.length * times > LONGEST) throw new ConditionError(`a text cannot be repeated ${times} times here`);
  budget.spend(part.length * times);
  return part.repeat(times);
}

function replaced(args: readonly Value[]): string {
  const [whole_, from, to] = [string(args, 0), string(args, 1), string(args, 2)];
  const most = args.length > 3 ? whole(args, 3) : -1;
  if (most < 0) return whole_.replaceAll(from, () => to);
  return split(whole_, from, most + 1, false).join(to);
}

function joined(args: readonly Value[]): string {
  const [list = null] = args;
  if (!isListValue(list)) return refuse('join', list);
  return list.map((item) => textFrom(item, 'join')).join(args.length > 1 ? string(args, 1) : '');
}

/** As Go's json.MarshalIndent: keys in order, and nothing that HTML would take for its own. */
function jsonOf(value: Value, indent: string, { budget }: Surroundings): string {
  budget.spend(1);
  const deeper = `${indent}  `;
  const around = { budget } as Surroundings;
  if (isListValue(value))
    return value.length === 0 ? '[]' : `[\n${value.map((item) => deeper + jsonOf(item, deeper, around)).join(',\n')}\n${indent}]`;
  if (value instanceof DateTime) return `"${value.text}"`;
  if (value instanceof Span || value instanceof Named) return String(value instanceof Span ? value.nanoseconds : value.number);
  if (isMapValue(value)) {
    const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0
      ? '{}'
      : `{\n${entries.map(([key, item]) => `${deeper}${quoted(key)}: ${jsonOf(item, deeper, around)}`).join(',\n')}\n${indent}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new ConditionError(`JSON has no ${value}`);
  return typeof value === 'string' ? quoted(value) : String(value);
}

const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

function parsed(text: string, { budget }: Surroundings): Value {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ConditionError(`'${text.slice(0, 40)}' is no JSON`);
  }
  return valueOfJson(json, budget);
}

function decoded(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text.replace(/[\r\n]/g, '')) throw new ConditionError(`'${text.slice(0, 40)}' is no Base64`);
  return bytes.toString();
}

/** What every language says of a value's type. */
function named(value: Value): string {
  const time = nameOf(value);
  if (time !== null) return time;
  if (value === null) return 'nil';
  if (isListValue(value)) return 'array';
  if (isMapValue(value)) return 'map';
  return { boolean: 'bool', bigint: 'int', number: 'float', string: 'string' }[typeof value as 'boolean' | 'bigint' | 'number' | 'string'];
}

/** 64 bits, as Go's int. */
const bits = (run: (a: bigint, b: bigint) => bigint): Operation =>
  op('int,int>int', (a, b) => BigInt.asIntN(64, run(a as bigint, b as bigint)));

const shift = (run: (a: bigint, by: bigint) => bigint): Operation =>
  bits((a, by) => {
    if (by < 0n) throw new ConditionError(`a negative shift, ${by}`);
    return by > 63n ? run(run(a, 63n), 1n) : run(a, by);
  });

const ONE_OR_TWO = 'string>string string,string>string';
const PARTS = 'string,string>string[] string,string,int>string[]';

export const TEXTS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    trim: text(ONE_OR_TWO, (args) => {
      const [all, chars] = [string(args, 0), args.length > 1 ? new Set(string(args, 1)) : null];
      if (chars === null) return all.trim();
      const characters = [...all];
      const from = characters.findIndex((character) => !chars.has(character));
      const to = characters.findLastIndex((character) => !chars.has(character));
      return from < 0 ? '' : characters.slice(from, to + 1).join('');
    }),
    trimPrefix: text(
      ONE_OR_TWO,
      trimmed((all, part) => (all.startsWith(part) ? all.slice(part.length) : all)),
    ),
    trimSuffix: text(
      ONE_OR_TWO,
      trimmed((all, part) => (all.endsWith(part) ? all.slice(0, all.length - part.length) : all)),
    ),
    upper: text('string>string', (args) => mapped(string(args, 0), 'toUpperCase')),
    lower: text('string>string', (args) => mapped(string(args, 0), 'toLowerCase')),
    split: text(PARTS, splitting(false)),
    splitAfter: text(PARTS, splitting(true)),
    replace: text('string,string,string>string string,string,string,int>string', replaced),
    repeat: text('string,int>string', repeated),
    join: text('list>string list,string>string', joined),
    indexOf: text('string,string>int', (args) => bytesBefore(string(args, 0), string(args, 0).indexOf(string(args, 1)))),
    lastIndexOf: text('string,string>int', (args) => bytesBefore(string(args, 0), string(args, 0).lastIndexOf(string(args, 1)))),
    hasPrefix: text('string,string>bool', (args) => string(args, 0).startsWith(string(args, 1))),
    hasSuffix: text('string,string>bool', (args) => string(args, 0).endsWith(string(args, 1))),
    toJSON: text('any>string', ([value = null], around) => jsonOf(value, '', around)),
    fromJSON: text('string>any', (args, around) => parsed(string(args, 0), around)),
    toBase64: text('string>string', (args) => Buffer.from(string(args, 0)).toString('base64')),
    fromBase64: text('string>string', (args) => decoded(string(args, 0))),
    type: op('any>string', named),
    bitand: bits((a, b) => a & b),
    bitor: bits((a, b) => a | b),
    bitxor: bits((a, b) => a ^ b),
    bitnand: bits((a, b) => a & ~b),
    bitshl: shift((a, by) => a << by),
    bitshr: shift((a, by) => a >> by),
    bitushr: shift((a, by) => BigInt.asUintN(64, a) >> by),
    bitnot: op('int>int', (a) => ~(a as bigint)),
  }),
);
