/** A JSON patch's operation (RFC 6902), of the kinds that are used. */
export interface Operation {
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

/** The patched value, or null: a test failed, or a place is not there. Shares what it did not change. */
export function jsonPatch(value: unknown, operations: readonly Operation[]): unknown {
  let current = value;
  for (const operation of operations) {
    const keys = operation.path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (operation.op === 'test') {
      if (JSON.stringify(at(current, keys)) !== JSON.stringify(operation.value)) return null;
    } else {
      current = changed(current, keys, operation);
      if (current === undefined) return null;
    }
  }
  return current;
}

/** A JSON merge patch (RFC 7396). Shares what it did not change. */
export function mergePatch(value: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(value) ? { ...value } : {};
  for (const [key, item] of Object.entries(patch)) {
    if (item === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], item);
  }
  return merged;
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const at = (value: unknown, keys: readonly string[]): unknown =>
  keys.reduce<unknown>(
    (part, key) => (part === null || typeof part !== 'object' ? undefined : (part as Record<string, unknown>)[key]),
    value,
  );

function changed(value: unknown, [key, ...rest]: readonly string[], operation: Operation): unknown {
  if (key === undefined) return operation.value;
  if (value === null || typeof value !== 'object') return undefined;
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [...value] : { ...value };
  const present = (copy as Record<string, unknown>)[key];
  if (rest.length > 0) {
    const inner = changed(present, rest, operation);
    if (inner === undefined) return undefined;
    (copy as Record<string, unknown>)[key] = inner;
    return copy;
  }
  if (operation.op !== 'add' && present === undefined) return undefined;
  if (Array.isArray(copy)) {
    const index = key === '-' ? copy.length : Number(key);
    if (!(index >= 0 && index <= copy.length)) return undefined;
    if (operation.op === 'replace') copy[index] = operation.value;
    else if (operation.op === 'add') copy.splice(index, 0, operation.value);
    else copy.splice(index, 1);
  } else if (operation.op === 'remove') delete copy[key];
  else copy[key] = operation.value;
  return copy;
}
