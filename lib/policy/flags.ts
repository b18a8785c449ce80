export { dayOf } from '../intent/day.ts';

import type { Entry } from './read/objects.ts';
import { at, fieldsAt, isFields, textAt } from './shape.ts';

/** Kinds that hold feature flags in flagd's format, whoever wrote them. */
export const FLAG_KINDS = ['ConfigMap', 'core.openfeature.dev/FeatureFlag'] as const;

export interface FoundFlag {
  readonly name: string;
  /** Of the flag in the object; of one that stands in a text, that text. */
  readonly path: readonly string[];
  /** Whether somebody may get it. */
  readonly active: boolean;
  readonly owner: string | null;
  readonly created: string | null;
  readonly expires: string | null;
}

const known = new WeakMap<Entry, readonly FoundFlag[]>();

/**
 * The flags of an object; none where it holds none.
 * @see https://flagd.dev/schema/v0/flags.json
 */
export function flagsOf(entry: Entry): readonly FoundFlag[] {
  let flags = known.get(entry);
  if (!flags) {
    flags = [...read(entry)];
    known.set(entry, flags);
  }
  return flags;
}

function* read({ kind, value }: Entry): Iterable<FoundFlag> {
  if (kind !== 'ConfigMap') {
    const path = ['spec', 'flagSpec', 'flags'];
    for (const [name, flag] of named(at(value, ...path))) yield found(name, flag, [...path, name]);
    return;
  }
  // other files have flags as well, but no variants
  for (const [key, text] of Object.entries(fieldsAt(value, 'data')))
    for (const [name, flag] of named(at(parse(text), 'flags'))) if (isFields(at(flag, 'variants'))) yield found(name, flag, ['data', key]);
}

/** flagd takes a map by name, and a list in which each has its `key`. */
function* named(flags: unknown): Iterable<readonly [name: string, flag: unknown]> {
  if (Array.isArray(flags)) for (const flag of flags) yield [textAt(flag, 'key') ?? '', flag];
  else if (isFields(flags)) yield* Object.entries(flags);
}

function found(name: string, flag: unknown, path: readonly string[]): FoundFlag {
  const said = (field: string) => textAt(flag, 'metadata', field);
  return { name, path, active: at(flag, 'state') !== 'DISABLED', owner: said('owner'), created: said('created'), expires: said('expires') };
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string' || !text.includes('"variants"')) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
