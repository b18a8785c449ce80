import { ConditionError } from '../limits.ts';
import { type Call, type Code, type Form, type Holder, type Names, OPERATIONS, type Operation } from '../operations.ts';
import { PREDICATES } from '../predicates.ts';
import { RARER } from '../rarer.ts';
import { elementOf, fits, type Type } from '../types.ts';
import { listFrom, textFrom, truthOf, type Value } from '../values.ts';
import { Groups, keyOf, LISTS, sorted } from './lists.ts';
import { TEXTS } from './texts.ts';
import { TIMES } from './time.ts';

/** What a function finds out by looking at each element. */
interface Looking {
  readonly list: readonly Value[];
  readonly look: (item: Value) => Value;
  /** The argument after the predicate; null where there is none. */
  readonly third: Value;
}

/** A function of a list and a predicate. */
function looking(
  gives: (element: Type, found: Type) => Type,
  run: (what: Looking) => Value,
  { bool = true, third = false }: { readonly bool?: boolean; readonly third?: boolean } = {},
): Form {
  return (node, compiled, wrong) => {
    const { name, args } = node;
    const [first, second, last] = args;
    if (!first || !second || args.length > (third ? 3 : 2)) return wrong(node, `${name} takes a list and a predicate`);
    const list = compiled(first);
    if (!fits(list.type, 'list')) return wrong(first, `${name} looks at a list, not ${list.type}`);
    const held: Holder = { type: elementOf(list.type), value: null };
    const index: { readonly type: Type; value: bigint } = { type: 'int', value: 0n };
    // The others know no index there, either.
    const look = compiled(second, { '#': held, ...(name === 'map' ? { '#index': index } : {}) });
    if (look.type === 'nil' || (bool && !fits(look.type, 'bool'))) return wrong(node, `a predicate is true or false, not ${look.type}`);
    const order = last && compiled(last);
    const see = (item: Value) => {
      index.value++;
      held.value = item;
      return look.run();
    };
    const lookIn = (items: readonly Value[]): Value => {
      index.value = -1n;
      return run({ list: items, look: see, third: order?.run() ?? null });
    };
    return { type: gives(held.type, look.type), run: () => lookIn(listFrom(list.run(), name)) };
  };
}

const element = (type: Type): Type => type;
const found = (index: number): Value => (index < 0 ? null : BigInt(index));

function grouped({ list, look }: Looking): Value {
  const groups = new Groups();
  for (const item of list) {
    const kind = look(item);
    const key = keyOf(kind);
    groups.kinds.set(key, kind);
    groups.set(key, [...((groups.get(key) as readonly Value[] | undefined) ?? []), item]);
  }
  return groups;
}

/** `reduce(list, #acc + #, 0)`; without a beginning the first element is one. */
function reduce(node: Call, compiled: Parameters<Form>[1], wrong: Parameters<Form>[2]): Code {
  const [first, second, third] = node.args;
  if (!first || !second || node.args.length > 3) return wrong(node, 'reduce takes a list, a predicate, and what it begins with');
  const list = compiled(first);
  if (!fits(list.type, 'list')) return wrong(first, `reduce looks at a list, not ${list.type}`);
  const [item, acc, index]: [Holder, Holder, Holder] = [
    { type: elementOf(list.type), value: null },
    { type: 'any', value: null },
    { type: 'int', value: 0n },
  ];
  const look = compiled(second, { '#': item, '#acc': acc, '#index': index });
  if (look.type === 'nil') return wrong(node, 'reduce gives something');
  const begin = third && compiled(third);
  return {
    type: look.type,
    run: () => {
      const items = listFrom(list.run(), 'reduce');
      const from = begin ? 0 : 1;
      if (!begin && items.length === 0) throw new ConditionError('reduce has nothing to begin with');
      let total = begin ? begin.run() : (items[0] ?? null);
      for (const [place, value] of items.entries()) {
        if (place < from) continue;
        Object.assign(item, { value });
        Object.assign(index, { value: BigInt(place) });
        Object.assign(acc, { value: total });
        total = look.run();
      }
      return total;
    },
  };
}

/** `let x = a; b`. */
function variable(node: Call, compiled: Parameters<Form>[1], wrong: Parameters<Form>[2], names: Names): Code {
  const [named, value, rest] = node.args;
  if (named?.kind !== 'literal' || typeof named.value !== 'string' || !value || !rest) return wrong(node, 'a variable is let x = 1; x > 0');
  if (Object.hasOwn(names, named.value) || BUILT_IN.has(named.value)) return wrong(named, `there is a '${named.value}' already`);
  const given = compiled(value);
  const held: Holder = { type: given.type, value: null };
  const inside = compiled(rest, { [named.value]: held });
  return {
    type: inside.type,
    run: () => {
      held.value = given.run();
      return inside.run();
    },
  };
}

const ALL: readonly (readonly [string, Form])[] = [
  ['find', looking(element, ({ list, look }) => list.find((item) => truthOf(look(item))) ?? null)],
  [
    'findIndex',
    looking(
      () => 'int',
      ({ list, look }) => found(list.findIndex((item) => truthOf(look(item)))),
    ),
  ],
  ['findLast', looking(element, ({ list, look }) => list.findLast((item) => truthOf(look(item))) ?? null)],
  [
    'findLastIndex',
    looking(
      () => 'int',
      ({ list, look }) => found(list.findLastIndex((item) => truthOf(look(item)))),
    ),
  ],
  ['groupBy', looking(() => 'any', grouped, { bool: false })],
  [
    'sortBy',
    looking(
      (type) => `${type}[]`,
      ({ list, look, third }) => sorted(list, textFrom(third ?? 'asc', 'sortBy'), look),
      {
        bool: false,
        third: true,
      },
    ),
  ],
  [
    'map',
    looking(
      (_, found) => `${found}[]`,
      ({ list, look }) => list.map((item) => look(item)),
      { bool: false },
    ),
  ],
  ['reduce', reduce],
  ['let', variable],
];

/** What no variable may be called. */
const BUILT_IN: ReadonlySet<string> = new Set(
  [OPERATIONS, PREDICATES, RARER, TEXTS, LISTS, TIMES, new Map(ALL)].flatMap((names) => [...names.keys()]),
);

/** What a form has of an operation is never asked for. */
export const FORMS: ReadonlyMap<string, Operation> = new Map(
  ALL.map(([name, form]) => [name, { rule: () => null, mode: 'all', run: () => null, form }]),
);
