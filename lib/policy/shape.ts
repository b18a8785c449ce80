// Looks into values of which nothing is known: what is linted may have any shape, and no rule may stumble over it.

export type Fields = Readonly<Record<string, unknown>>;

/** The value at a path, undefined where it leads nowhere. Inherited names such as `constructor` are no fields. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined;
    here = (here as Readonly<Record<string | number, unknown>>)[step];
  }
  return here;
}

export const isFields = (value: unknown): value is Fields => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The fields of an object; none where it is none. */
export const fieldsAt = (value: unknown, ...path: readonly (string | number)[]): Fields => {
  const found = at(value, ...path);
  return isFields(found) ? found : {};
};

/** The items of a list; none where it is none. */
export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** A text that is there and not empty. */
export const textAt = (value: unknown, ...path: readonly (string | number)[]): string | null => {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : null;
};

/** A finite number. */
export const numberAt = (value: unknown, ...path: readonly (string | number)[]): number | null => {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
};

/** Fields whose values are texts, such as labels; others are left out. */
export const textsAt = (value: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fieldsAt(value, ...path)).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));

/** Every item of a list with its index. */
export const indexed = (items: readonly unknown[]): readonly (readonly [index: number, item: unknown])[] =>
  items.map((item, index) => [index, item] as const);
