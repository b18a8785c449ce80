// How additions join a pod template: maps by key, lists of named things by name, other lists appended; what is set stays.
import { isSameEntry as isSameOf, mergeKey } from '../../intent/merge-key.ts';
import { describeSchema, describeValue } from '../../schema/describe.ts';
import type { Problem } from '../../schema/index.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The intent's own word for what people most often put into `podTemplate`. */
const WORDS: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\.terminationGracePeriodSeconds$/, 'shutdown.grace'],
  [/\.lifecycle\b/, 'shutdown.preStop'],
  [/\.serviceAccountName$/, 'serviceAccount'],
  [/\.automountServiceAccountToken$/, 'mountToken'],
  [/\.securityContext\b/, 'security'],
  [/\.(startup|readiness|liveness)Probe\b/, 'probes'],
  [/\.containers\[[^\]]*\]\.(image|command|args|env|resources|ports)\b/, '$1'],
];

/** `base` with `addition`; what would be lost is reported under its place, and `base` stays as it is there. */
export function merge(base: unknown, addition: unknown, path: string, problems: Problem[]): unknown {
  if (addition === undefined) return base;
  if (addition === null) {
    problems.push({ path, message: 'null adds nothing and removes nothing.', help: 'Leave the field out.' });
    return base;
  }
  if (base === undefined) return addition;
  if (isFields(base) && isFields(addition)) return mergeFields(base, addition, path, problems);
  if (Array.isArray(base) && Array.isArray(addition)) return mergeLists(base, addition, path, problems);
  problems.push(isScalar(base) && isScalar(addition) ? taken(base, addition, path) : mistyped(base, addition, path));
  return base;
}

function mergeFields(base: Fields, addition: Fields, path: string, problems: Problem[]): Fields {
  const added = Object.entries(addition).map(([key, value]): [string, unknown] => [
    key,
    merge(Object.hasOwn(base, key) ? base[key] : undefined, value, childPath(path, key), problems),
  ]);
  return Object.fromEntries([...Object.entries(base), ...added].filter(([, value]) => value !== undefined));
}

function mergeLists(base: readonly unknown[], addition: readonly unknown[], path: string, problems: Problem[]): readonly unknown[] {
  const merged: unknown[] = [...base];
  for (const [index, item] of addition.entries()) {
    const known = base.findIndex((other) => isSameEntry(other, item, path));
    if (known < 0) merged.push(item);
    else {
      const { [mergeKeyAt(path)]: _, ...rest } = item as Fields;
      merged[known] = merge(merged[known], rest, entryPath(path, item, index), problems);
    }
  }
  return merged;
}

/** Whether two entries of the list at `path` are one thing. */
export const isSameEntry = (one: unknown, other: unknown, path: string): boolean => isSameOf(one, other, listOf(path));

/** `podTemplate.spec.containers[web]`, or the index of an entry that nothing tells apart. */
export function entryPath(path: string, item: unknown, index: number): string {
  const name = isFields(item) ? item[mergeKeyAt(path)] : undefined;
  return `${path}[${typeof name === 'string' ? name : index}]`;
}

export const childPath = (path: string, key: string): string => (/^[A-Za-z]\w*$/.test(key) ? `${path}.${key}` : `${path}['${key}']`);

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
const mergeKeyAt = (path: string): string => mergeKey(listOf(path));
const isScalar = (value: unknown): boolean => typeof value !== 'object';

function taken(base: unknown, addition: unknown, path: string): Problem {
  return {
    path,
    message: `the pod template has ${describeValue(base)} here already, so ${describeValue(addition)} would be lost.`,
    help: remedy(path),
  };
}

function mistyped(base: unknown, addition: unknown, path: string): Problem {
  const expected = describeSchema({ type: Array.isArray(base) ? 'array' : typeof base });
  return { path, message: `found ${describeValue(addition)}, expected ${expected}.`, help: remedy(path) };
}

function remedy(path: string): string {
  for (const [pattern, word] of WORDS) {
    const match = pattern.exec(path);
    if (match) return `Remove it, or set it with the intent's \`${word.replace('$1', match[1] ?? '')}\`.`;
  }
  return 'Remove it from podTemplate.';
}
