/** The value at a path of keys and indexes inside parsed JSON; undefined where something on the way is missing. */
export function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** The version of an object of the cluster; '' where it has none. */
export const versionOf = (object: unknown): string => textOr(member(object, 'metadata', 'resourceVersion'), '');
/** Counts the changes of what an object asks for; null where nobody counts. */
export const generationOf = (object: unknown): number | null => numberOr(member(object, 'metadata', 'generation'), null);
/** What tells an object from another one of the same name; '' where it has none. */
export const uidOf = (object: unknown): string => textOr(member(object, 'metadata', 'uid'), '');

/** The keys of a JSON pointer (RFC 6901). */
export function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value that a JSON pointer names. */
export const pointed = (value: unknown, pointer: string): unknown => member(value, ...pointerKeys(pointer));

export const textOr = <T>(value: unknown, otherwise: T): string | T => (typeof value === 'string' ? value : otherwise);
export const numberOr = <T>(value: unknown, otherwise: T): number | T => (typeof value === 'number' ? value : otherwise);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
