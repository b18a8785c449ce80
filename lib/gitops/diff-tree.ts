// In what two pieces of plain data differ, by path.
import { canonicalJson } from '../plan/hash.ts';

/** One place where two trees differ. `undefined` on a side: it is not there. */
export interface Difference {
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The places where they differ, in the order of `after`. Maps are compared by key, lists of named things by name, other
 * lists of maps by position where they are of one length; all else as a whole. Nothing and null are the same.
 */
export function differences(before: unknown, after: unknown, path: readonly string[] = []): readonly Difference[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  const [one, other] = [keyed(before), keyed(after)];
  if (one === null || other === null || one.named !== other.named) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(other.map), ...Object.keys(one.map)])];
  const inside = keys.flatMap((key) => differences(own(one.map, key), own(other.map, key), [...path, key]));
  // The same names with the same content: then it is their order, which matters to pods.
  return inside.length > 0 || one.named !== NAMED ? inside : [{ path, before: Object.keys(one.map), after: Object.keys(other.map) }];
}

const NAMED = 'names';

type Fields = Readonly<Record<string, unknown>>;

const own = (map: Fields, key: string): unknown => (Object.hasOwn(map, key) ? map[key] : undefined);
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

function keyed(value: unknown): { readonly map: Fields; readonly named: string } | null {
  if (isFields(value)) return { map: value, named: 'map' };
  if (!Array.isArray(value) || !value.every(isFields)) return null;
  const names = value.map(({ name }) => name);
  const named = names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return named
    ? { map: Object.fromEntries(value.map((item) => [String(item.name), item])), named: NAMED }
    : { map: Object.fromEntries(value.entries()), named: `positions of ${value.length}` };
}
