import { dottedPath } from '../schema/explain.ts';
import type { Problem } from '../schema/index.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A key may be any word, `constructor` too, which every object inherits. */
export const ownOf = (map: Fields, key: string): unknown => (Object.hasOwn(map, key) ? map[key] : undefined);

/** What laying one intent over another tells. */
export interface Laying {
  /** Where null leaves out what is not there. */
  readonly problems: Problem[];
  /** Where the upper one stands, such as `['targets', 'staging']`. */
  readonly above: readonly string[];
  /** Called with each place at which the value of the upper one stands now, whole. */
  taken?(place: readonly string[]): void;
  /** Called with each map that has something of both, before what is in it. */
  shared?(place: readonly string[], below: Fields): void;
}

/** `base` with `change` laid over it: maps are merged by key, lists and the strategy are replaced, null leaves out what is there. */
export const layOver = (base: Fields, change: Fields, laying: Laying): Fields => lay(base, change, [], laying);

function lay(base: Fields, change: Fields, place: readonly string[], laying: Laying): Fields {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const at = [...place, key];
    const before = ownOf(merged, key);
    if (value === null && !isOfTarget(at)) {
      if (before === undefined)
        laying.problems.push({ message: `there is no '${key}' to leave out.`, path: dottedPath([...laying.above, ...at]) });
      delete merged[key];
    } else if (isMap(before) && isMap(value) && !isWhole(at)) {
      laying.shared?.(at, before);
      merged[key] = lay(before, value, at, laying);
    } else {
      // Null within it leaves out nothing either.
      merged[key] = isMap(value) ? lay({}, value, at, { problems: laying.problems, above: laying.above }) : value;
      laying.taken?.(at);
    }
  }
  return merged;
}

/** What differs on a target is no value yet: there null is a word, for the time when it is laid over the intent. */
const isOfTarget = (place: readonly string[]): boolean => place.length > 2 && place[0] === 'targets';

/** A strategy is one of a kind: what is left of another one beside it would mean nothing. */
const isWhole = (place: readonly string[]): boolean =>
  place.at(-1) === 'strategy' && (place.length === 1 || (place.length === 3 && isOfTarget(place)));
