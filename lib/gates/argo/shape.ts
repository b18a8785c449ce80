import type { Problem } from '../../schema/index.ts';

/** A part of a template, with the path and the place of each of its parts. */
export interface Part {
  readonly value: unknown;
  /** The problem with a part of it, or with all of it. */
  readonly problem: (path: readonly string[], message: string, help?: string) => Problem;
}

/** The value at a path of plain data of any shape; undefined where there is none. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) current = isFields(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  return current;
}

export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : null;
}

export function fieldsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  const found = at(value, ...path);
  return isFields(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
