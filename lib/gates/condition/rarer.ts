import type { Language } from './condition.ts';
import { type Budget, ConditionError } from './limits.ts';
import { type Operation, op, part, reals, type Surroundings, textual } from './operations.ts';
import { patternOf } from './pattern.ts';
import { fits, isList, type Type } from './types.ts';
import { intFrom, isListValue, isNumeric, listFrom, numberFrom, refuse, textFrom, type Value } from './values.ts';

/** What every gate may use and few conditions do: it stands beside the runner's program, which has the rest. */
export const RARER: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    '**': reals(power),
    '..': op('int,int>int[]', range, 'lenient'),
    '[:]': op(part('list,int,int>list string,int,int>string'), slice, 'lenient'),
    '{}': op(maps, mapOf, 'all'),
    matches: {
      ...textual('matches', (text, source, budget) => patternOf(source)(text, budget)),
      reads: patternOf,
    },
    min: op(aggregate, (list, _, { budget }) => extreme(list, budget, (winner, value) => value < winner), 'all'),
    max: op(aggregate, (list, _, { budget }) => extreme(list, budget, (winner, value) => value > winner), 'all'),
    mean: op(aggregate, (list, _, { budget }) => mean(flat(list, budget)), 'all'),
    median: op(aggregate, (list, _, { budget }) => median(flat(list, budget)), 'all'),
  }),
);

/** The language of the conditions of every gate: the part of expr-lang that Argo Rollouts' conditions use most. */
export const NATIVE: Language = { more: RARER };

/** Numbers, lists of them, lists of lists; where one is no number nothing is known of what is given. */
function aggregate(types: readonly Type[]): Type | null {
  if (types.length === 0 || !types.every((type) => fits(type, 'number') || isList(type))) return null;
  return types.every((type) => type !== 'any' && !isList(type)) ? (types[0] ?? null) : 'any';
}

function maps(types: readonly Type[]): Type | null {
  return types.every((type, index) => index % 2 === 1 || fits(type, 'string')) ? 'map' : null;
}

/** IEEE 754 and Go say 1 where JavaScript says NaN. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

/** Costs ten times its length, so that memory is bounded as well. */
function range(from: Value, to: Value, { budget }: Surroundings): Value {
  const first = intFrom(from, '..');
  const length = Math.max(0, Number(intFrom(to, '..') - first) + 1);
  budget.spend(length * 10);
  return Array.from({ length }, (_, index) => first + BigInt(index));
}

/** Of a text Go counts bytes. */
function slice(base: Value, from: Value, { budget }: Surroundings, to: Value): Value {
  const whole = typeof base === 'string' ? new TextEncoder().encode(base) : listFrom(base, 'a slice');
  budget.spend(whole.length);
  const part = whole.slice(Number(intFrom(from, 'a slice')), Number(intFrom(to, 'a slice')));
  if (!(part instanceof Uint8Array)) return part;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part);
  } catch {
    throw new ConditionError('a slice counts bytes, and this one cuts a character in two');
  }
}

function mapOf(items: Value): Value {
  const list = listFrom(items, 'a map');
  return new Map(list.flatMap((key, index) => (index % 2 === 0 ? [[textFrom(key, 'the key of a map'), list[index + 1] ?? null]] : [])));
}

/**
 * Which one wins depends on the order where one is NaN, as in Argo: the first stays unless it is seen to lose. A list
 * has a winner of its own before that is compared with the rest.
 */
function extreme(items: Value, budget: Budget, loses: (winner: number, value: number) => boolean, inside = false): Value {
  let winner: Value = null;
  const list = listFrom(items, 'min or max');
  for (const value of list) {
    budget.spend(1);
    if (!isNumeric(value) && !isListValue(value) && (inside || list.length > 1)) refuse('min or max', value);
    const entrant = isListValue(value) ? extreme(value, budget, loses, true) : value;
    if (winner === null || (entrant !== null && loses(winner as number, entrant as number))) winner = entrant;
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
