import { add, type Surroundings } from './operations.ts';
import { truthOf, type Value } from './values.ts';

/** A function that looks at each element of a list. */
export interface Predicate {
  /** `found` is what the predicate gives, `list` a list like the one that was given. */
  readonly gives: string;
  /** Whether it may stand without its predicate. */
  readonly alone: boolean;
  readonly run: (list: readonly Value[], look: (item: Value) => Value, around: Surroundings) => Value;
}

const predicate = (gives: string, alone: boolean, run: Predicate['run']): Predicate => ({ gives, alone, run });

/** They stop at the first that decides, as Argo's do. */
export const PREDICATES: ReadonlyMap<string, Predicate> = new Map(
  Object.entries({
    all: predicate('bool', false, (list, look) => list.every((item) => truthOf(look(item)))),
    any: predicate('bool', false, (list, look) => list.some((item) => truthOf(look(item)))),
    none: predicate('bool', false, (list, look) => !list.some((item) => truthOf(look(item)))),
    one: predicate('bool', false, (list, look) => matching(list, look).length === 1),
    count: predicate('int', true, (list, look) => BigInt(matching(list, look).length)),
    filter: predicate('list', false, matching),
    map: predicate('found[]', false, (list, look) => list.map((item) => look(item))),
    sum: predicate('found', true, (list, look, around) => list.reduce<Value>((total, item) => add(total, look(item), around), 0n)),
  }),
);

function matching(list: readonly Value[], look: (item: Value) => Value): readonly Value[] {
  return list.filter((item) => truthOf(look(item)));
}
