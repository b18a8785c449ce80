import { ConditionError } from '../limits.ts';
import { type Operation, op } from '../operations.ts';
import { elementOf, fits, isList } from '../types.ts';
import { fetch, isEqual, isListValue, isMapValue, isNumeric, listFrom, refuse, textFrom, type Value } from '../values.ts';
import { DateTime, method, Span } from './time.ts';

/** What `groupBy` gives: its keys are values of any kind. */
export class Groups extends Map<string, Value> {
  readonly kinds = new Map<string, Value>();
}

/** One text for equal keys. */
export const keyOf = (key: Value): string => (key === null ? 'nil' : `${typeof key}:${isMapValue(key) ? [...key] : key}`);

/** How two values are ordered that have an order. */
export function compare(left: Value, right: Value): number {
  const [a, b] = [left, right].map((value) => (value instanceof DateTime || value instanceof Span ? value.nanoseconds : value));
  const areOrdered = (isNumeric(a ?? null) && isNumeric(b ?? null)) || (typeof a === 'string' && typeof b === 'string');
  if (!areOrdered) return refuse('an order', left, right);
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

/** By what `key` gives for each; equal ones keep their order. */
export function sorted(list: readonly Value[], order: Value, key: (item: Value) => Value): readonly Value[] {
  if (order !== 'asc' && order !== 'desc') throw new ConditionError("an order is 'asc' or 'desc'");
  const keyed = list.map((item) => ({ item, by: key(item) }));
  const sign = order === 'asc' ? 1 : -1;
  return keyed.sort((a, b) => sign * compare(a.by, b.by)).map(({ item }) => item);
}

function flat(list: readonly Value[]): Value[] {
  return list.flatMap((item) => (isListValue(item) ? flat(item) : [item]));
}

function pairs(list: readonly Value[]): Value {
  return new Map(
    list.map((pair) => {
      const [key = null, value = null, more] = listFrom(pair, 'fromPairs');
      if (more !== undefined) throw new ConditionError('a pair has a key and a value');
      return [textFrom(key, 'fromPairs'), value];
    }),
  );
}

const list = (value: Value): readonly Value[] => listFrom(value, 'a function of lists');
const entries = (value: Value): readonly (readonly [string, Value])[] =>
  isMapValue(value) ? [...value] : refuse('a function of maps', value);

export const LISTS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    get: op(
      (types) => {
        const [base = 'any', key = 'any'] = types;
        if (types.length !== 2) return null;
        if (isList(base)) return fits(key, 'int') ? elementOf(base) : null;
        return fits(base, 'map') && (base === 'any' || fits(key, 'string')) ? 'any' : null;
      },
      (base, key) => {
        if (base instanceof Groups) return base.get(keyOf(key)) ?? null;
        if (isMapValue(base)) return typeof key === 'string' ? (base.get(key) ?? null) : null;
        return isListValue(base) && typeof key === 'bigint'
          ? (base.at(Number(key)) ?? null)
          : base === null
            ? null
            : refuse('get', base, key);
      },
      'lenient',
    ),
    '[]': {
      ...op(
        ([base = 'any', key = 'any', ...more]) => {
          if (more.length > 0) return null;
          if (base === 'any') return 'any';
          if (isList(base)) return fits(key, 'int') ? elementOf(base) : null;
          return base === 'map' && fits(key, 'string') ? 'any' : null;
        },
        (base, key) => (base instanceof Groups ? (base.get(keyOf(key)) ?? base.get(`string:${key}`) ?? null) : fetch(base, key)),
        'lenient',
      ),
      form: method,
    },
    take: op('list,int>list', (value, many) => {
      if ((many as bigint) < 0n) throw new ConditionError(`cannot take ${many} elements`);
      return list(value).slice(0, Number(many));
    }),
    keys: op('map>any[]', (value) => (value instanceof Groups ? [...value.kinds.values()] : entries(value).map(([key]) => key))),
    values: op('map>any[]', (value) => entries(value).map(([, item]) => item)),
    toPairs: op('map>any[]', (value) => entries(value).map(([key, item]) => [key, item])),
    fromPairs: op('list>map', (value) => pairs(list(value))),
    reverse: op('list>list', (value) => [...list(value)].reverse()),
    uniq: op('list>any[]', (value, _, { budget }) =>
      list(value).filter((item, index, all) => all.findIndex((other) => isEqual(other, item, budget)) === index),
    ),
    concat: op(
      (types) => (types.length > 0 && types.every((type) => fits(type, 'list')) ? 'any[]' : null),
      (all, _, { budget }) => {
        const joined = list(all).flatMap((one) => [...list(one)]);
        budget.spend(joined.length * 10);
        return joined;
      },
      'all',
    ),
    flatten: op('list>any[]', (value, _, { budget }) => {
      budget.spend(list(value).length * 10);
      return flat(list(value));
    }),
    sort: op('list>list list,string>list', (value, order, { budget }) => {
      budget.spend(list(value).length * 10);
      return sorted(list(value), order ?? 'asc', (item) => item);
    }),
  }),
);
