import type { Schema } from './schema.ts';

/**
 * Moves every object schema that occurs more than once into `definitions`, named after the field it stands under, and sorts
 * all keys: small files in which a change shows where it is.
 */
export function hoistRepeated(root: Schema): Schema {
  const counts = new Map<string, number>();
  count(root, counts);
  const names = new Map<string, string>();
  const definitions: Record<string, Schema> = {};

  const rewrite = (value: unknown, field: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => rewrite(item, field));
    if (value === null || typeof value !== 'object') return value;
    const text = isObjectSchema(value) ? canonical(value) : '';
    const known = names.get(text);
    if (known !== undefined) return { $ref: `#/definitions/${known}` };
    const inside = isObjectSchema(value) ? value : null;
    const rewritten = Object.fromEntries(
      sortedEntries(value).map(([key, item]) => [key, rewrite(item, inside || STRUCTURE.has(key) ? field : key)]),
    );
    if (text === '' || (counts.get(text) ?? 0) < 2) return rewritten;
    const name = freeName(field, definitions);
    names.set(text, name);
    definitions[name] = rewritten;
    return { $ref: `#/definitions/${name}` };
  };
  const schema = rewrite(root, 'root') as Schema;
  if (Object.keys(definitions).length === 0) return schema;
  return Object.fromEntries(sortedEntries({ ...schema, definitions: Object.fromEntries(sortedEntries(definitions)) }));
}

const STRUCTURE = new Set(['properties', 'items', 'additionalProperties', 'oneOf', 'anyOf', 'allOf', 'not', 'propertyNames']);

function count(value: unknown, counts: Map<string, number>): void {
  if (value === null || typeof value !== 'object') return;
  if (isObjectSchema(value)) {
    const text = canonical(value);
    const seen = counts.get(text) ?? 0;
    counts.set(text, seen + 1);
    // What is inside a repeated part is not repeated on its own.
    if (seen > 0) return;
  }
  for (const item of Object.values(value)) count(item, counts);
}

const isObjectSchema = (value: object): boolean => (value as Schema).type === 'object' && typeof (value as Schema).properties === 'object';
const sortedEntries = (value: object): [string, unknown][] => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item) ? Object.fromEntries(sortedEntries(item)) : item,
  );

function freeName(field: string, taken: Readonly<Record<string, unknown>>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? field : `${field}${number}`;
    if (!(name in taken)) return name;
  }
}
