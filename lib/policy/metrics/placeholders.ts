/** `{{args.x}}`, `{{ target }}`: a place for a value that comes later. */
export interface Placeholder {
  /** As written, braces and all. */
  readonly text: string;
  /** What stands inside, without spaces around it: `args.x`. */
  readonly name: string;
}

const PLACEHOLDER = /\{\{(.*?)\}\}/gs;

export const placeholdersIn = (text: string): readonly Placeholder[] =>
  [...text.matchAll(PLACEHOLDER)].map(([whole, inside = '']) => ({ text: whole, name: inside.trim() }));

/** Puts in what is known; what is not stays. Values are not looked through again. */
export const fill = (text: string, values: ReadonlyMap<string, string>): string =>
  text.includes('{{') ? text.replace(PLACEHOLDER, (whole, inside: string) => values.get(inside.trim()) ?? whole) : text;

/** Every text in plain data, with its path. */
export function* textsIn(
  value: unknown,
  path: readonly string[] = [],
): Iterable<{ readonly text: string; readonly path: readonly string[] }> {
  if (typeof value === 'string') yield { text: value, path };
  else if (value !== null && typeof value === 'object')
    for (const [key, item] of Object.entries(value)) yield* textsIn(item, [...path, key]);
}
