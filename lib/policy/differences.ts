import type { KubeObject, Problem } from '../schema/index.ts';
import { checkObject, hasSchema } from '../schema/validate.ts';
import type { Entry } from './read/objects.ts';
import { at, isFields } from './shape.ts';

/** In what an object differs from the strict schema of its kind; nothing where there is no schema. */
export function differencesOf({ id, value, differences }: Entry): readonly Problem[] {
  return differences ?? (hasSchema(id.apiVersion, id.kind) ? checkObject(asApplied(value)) : []);
}

/** What the API server looks at: it ignores the status, takes null for nothing and makes a name from `generateName`. */
function asApplied({ status: _, ...fields }: Entry['value']): KubeObject {
  const applied = withoutNulls(fields) as Record<string, unknown>;
  const { metadata } = applied;
  if (isFields(metadata) && metadata.name === undefined && typeof metadata.generateName === 'string')
    applied.metadata = { ...metadata, name: `${metadata.generateName}x` };
  return applied as unknown as KubeObject;
}

/** The same value where there is no null in it, so that only the rare ones are copied. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutNulls);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isFields(value)) return value;
  const keys = Object.keys(value);
  let copy: Record<string, unknown> | null = null;
  for (const key of keys) {
    const before = at(value, key);
    const after = before === null ? undefined : withoutNulls(before);
    if (after === before) continue;
    copy ??= { ...value };
    if (after === undefined) delete copy[key];
    else copy[key] = after;
  }
  return copy ?? value;
}
