import type { PodTemplateAddition } from '../../intent/release.ts';
import { isOwnKey } from '../../lock/labels.ts';
import type { Problem } from '../../schema/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Lists whose items are told apart by another field than `name`. */
const MERGE_KEYS: Readonly<Record<string, string>> = { volumeMounts: 'mountPath', volumeDevices: 'devicePath' };

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

/**
 * Puts what the intent has no word for into its pod template: maps by key, lists of named things by name, other
 * lists appended. What is set already stays and is reported, so that nothing is lost in silence.
 */
export function addToTemplate(template: Fields, addition: PodTemplateAddition, problems: Problem[]): Fields {
  reportOwnKeys(addition, problems);
  return merge(template, addition as Fields, 'podTemplate', problems) as Fields;
}

function reportOwnKeys({ metadata }: PodTemplateAddition, problems: Problem[]): void {
  for (const part of ['labels', 'annotations'] as const)
    for (const key of Object.keys(metadata?.[part] ?? {}))
      if (isOwnKey(key))
        problems.push({
          path: `podTemplate.metadata.${part}['${key}']`,
          message: `'${key}' is written by Tidegate alone: Services and policies select pods by it.`,
          help: 'Choose another key.',
        });
}

function merge(base: unknown, addition: unknown, path: string, problems: Problem[]): unknown {
  if (addition === undefined) return base;
  if (addition === null) {
    problems.push({ path, message: 'null adds nothing and removes nothing.', help: 'Leave the field out.' });
    return base;
  }
  if (base === undefined) return addition;
  if (isFields(base) && isFields(addition)) return mergeFields(base, addition, path, problems);
  if (Array.isArray(base) && Array.isArray(addition)) return mergeLists(base, addition, path, problems);
  problems.push({
    path,
    message: `the pod template has ${brief(base)} here already, so ${brief(addition)} would be lost.`,
    help: remedy(path),
  });
  return base;
}

function mergeFields(base: Fields, addition: Fields, path: string, problems: Problem[]): Fields {
  const added = Object.entries(addition).map(([key, value]): [string, unknown] => [
    key,
    merge(Object.hasOwn(base, key) ? base[key] : undefined, value, child(path, key), problems),
  ]);
  return Object.fromEntries([...Object.entries(base), ...added].filter(([, value]) => value !== undefined));
}

function mergeLists(base: readonly unknown[], addition: readonly unknown[], path: string, problems: Problem[]): readonly unknown[] {
  const key = MERGE_KEYS[path.slice(path.lastIndexOf('.') + 1)] ?? 'name';
  const keyed = (item: unknown): item is Fields => isFields(item) && typeof item[key] === 'string';
  if (![...base, ...addition].every(keyed)) return [...base, ...addition];
  const merged: unknown[] = [...base];
  for (const item of addition) {
    const index = base.findIndex((other) => keyed(other) && keyed(item) && other[key] === item[key]);
    if (index < 0) merged.push(item);
    else {
      const { [key]: name, ...rest } = item as Fields;
      merged[index] = merge(merged[index], rest, `${path}[${String(name)}]`, problems);
    }
  }
  return merged;
}

function remedy(path: string): string {
  for (const [pattern, word] of WORDS) {
    const match = pattern.exec(path);
    if (match) return `Remove it, or set it with the intent's \`${word.replace('$1', match[1] ?? '')}\`.`;
  }
  return 'Remove it from podTemplate.';
}

const child = (path: string, key: string): string => (/^[A-Za-z]\w*$/.test(key) ? `${path}.${key}` : `${path}['${key}']`);

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
