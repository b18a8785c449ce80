/** Keys and indexes on the way to a value. */
export type JsonPath = readonly (string | number)[];

/** What of Kubernetes' JSONPath names exactly one place: keys and indexes. The rest (`*`, `..`, `?()`, slices) names many. */
const STEP = /\.([^\s.,:?*@$|()[\]{}'"\\]+)|\[(-?\d+)\]|\['([^'\\]*)'\]|\["([^"\\]*)"\]/y;

/** `{$.a[0]['b']}` -> `['a', 0, 'b']`, `{$}` -> `[]`; null for what is not such a path. */
export function parseJsonPath(text: string): JsonPath | null {
  const inside = /^\s*\{\s*(?:\$|(?=\.))(.*?)\s*\}\s*$/s.exec(text)?.[1];
  if (inside === undefined) return null;
  const path: (string | number)[] = [];
  for (let at = 0; at < inside.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const step = STEP.exec(inside);
    if (step === null) return null;
    path.push(step[2] === undefined ? (step[1] ?? step[3] ?? step[4] ?? '') : Number(step[2]));
  }
  return path;
}

/** The value at the path, or undefined: JSON has no such value. A negative index counts from the end. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let current = value;
  for (const key of path) {
    if (Array.isArray(current)) current = typeof key === 'number' ? current.at(key) : undefined;
    else if (current === null || typeof current !== 'object' || typeof key === 'number' || !Object.hasOwn(current, key)) return undefined;
    else current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return current;
}
