// What a change does to the objects that Git carries: which come, go and change, and what follows for pods.
import { COMPONENT_LABEL, REVISION_LABEL } from '../lock/labels.ts';
import { canonicalJson } from '../plan/hash.ts';
import { PARTS } from '../plan/uses.ts';
import type { KubeObject } from '../schema/index.ts';
import { unifiedDiff } from './diff-lines.ts';
import { differences } from './diff-tree.ts';

/** One manifest as it lies in the output folder. */
export interface ManifestFile {
  /** Path in the repository. */
  readonly file: string;
  readonly text: string;
  /** Null where the text is no object. */
  readonly object: KubeObject | null;
}

export interface ObjectChange {
  readonly file: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** `Deployment web-1a2b3c4d`; the file's name where it is no object. */
  readonly name: string;
  readonly before: ManifestFile | null;
  readonly after: ManifestFile | null;
}

/** Files that differ, in the order of their paths. */
export function objectChanges(before: readonly ManifestFile[], after: readonly ManifestFile[]): readonly ObjectChange[] {
  const [old, young] = [byFile(before), byFile(after)];
  return [...new Set([...old.keys(), ...young.keys()])].sort().flatMap((file): ObjectChange[] => {
    const [one, other] = [old.get(file) ?? null, young.get(file) ?? null];
    if (one?.text === other?.text) return [];
    const change = one === null ? 'added' : other === null ? 'removed' : 'changed';
    return [{ file, change, name: nameOf((other ?? one)?.object ?? null, file), before: one, after: other }];
  });
}

/** The change as a unified diff; programs that Tidegate ships are named, not shown. */
export const objectDiff = ({ file, before, after }: ObjectChange): string => unifiedDiff(file, shown(before), shown(after));

/** What a change does to pods. */
export interface PodEffects {
  /** Workloads whose pods are replaced in place. The runner serves nobody and is not among them. */
  readonly restarting: readonly string[];
  readonly starting: readonly string[];
  readonly ending: readonly string[];
  /** Those whose declared number of pods differs. */
  readonly scaled: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

export function podEffects(changes: readonly ObjectChange[]): PodEffects {
  const pods = changes.filter(({ before, after }) => {
    const object = after?.object ?? before?.object;
    return object && WORKLOADS.includes(object.kind) && !isRunner(object);
  });
  const names = (some: readonly ObjectChange[]) => some.map(({ name }) => name);
  return {
    restarting: names(pods.filter(({ before, after }) => before && after && templateOf(before) !== templateOf(after))),
    starting: names(pods.filter(({ change }) => change === 'added')),
    ending: names(pods.filter(({ change }) => change === 'removed')),
    scaled: pods.flatMap(({ name, before, after }) => {
      const [from, to] = [before, after].map((file) => Object(file?.object?.spec).replicas);
      return typeof from === 'number' && typeof to === 'number' && from !== to ? [{ name, from, to }] : [];
    }),
  };
}

/**
 * Objects whose selector now means other pods.
 * @param roles revisions between which Tidegate moves Services by role: that is how a release is carried, and no news
 */
export function selectorChanges(changes: readonly ObjectChange[], roles: readonly string[]): readonly string[] {
  return changes.flatMap(({ name, before, after }) => {
    if (!before?.object || !after?.object) return [];
    const found = differences(selectorsOf(before), selectorsOf(after));
    const expected = found.every(({ path, after: value }) => path.at(-1) === REVISION_LABEL && roles.includes(String(value)));
    return found.length > 0 && !expected ? [name] : [];
  });
}

const selectorsOf = ({ object }: ManifestFile): unknown => SELECTORS.map((key) => ({ name: key, value: Object(object?.spec)[key] }));
const SELECTORS = ['selector', 'podSelector'];
const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];
const SHIPPED = ['runner', 'smoke', 'notify', ...PARTS].map((name) => `${name}.mjs`);

const byFile = (files: readonly ManifestFile[]) => new Map(files.map((file) => [file.file, file]));
const nameOf = (object: KubeObject | null, file: string): string => (object ? `${object.kind} ${object.metadata.name}` : file);
const isRunner = ({ metadata }: KubeObject): boolean => metadata.labels?.[COMPONENT_LABEL] === 'runner';
const templateOf = ({ object }: ManifestFile): string => canonicalJson(Object(object?.spec).template ?? null);

/** A hundred thousand characters of program tell a reviewer of a release nothing. */
function shown(file: ManifestFile | null): string | null {
  if (file === null) return null;
  const programs = SHIPPED.filter((name) => typeof Object(file.object?.data)[name] === 'string');
  if (programs.length === 0) return file.text;
  const hidden = new RegExp(`^( +)(${programs.map((name) => name.replace('.', '\\.')).join('|')}): .*\\n(?:(?:\\1 .*)?\\n)*`, 'gm');
  return file.text.replace(hidden, (whole, indent, name) => `${indent}${name}: (${whole.length} characters of Tidegate's own)\n`);
}
