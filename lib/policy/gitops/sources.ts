import { dirname } from 'node:path';
import type { Entry } from '../read/objects.ts';
import { objectsOfReleases } from '../releases.ts';
import type { ObjectSet } from '../set.ts';
import { at, indexed, listAt, textAt } from '../shape.ts';
import { type Folder, filledIn, folderAt, isIn } from './folders.ts';

export const APPLICATION = 'argoproj.io/Application';
export const APPLICATION_SET = 'argoproj.io/ApplicationSet';
/** Of Flux; the file `kustomization.yaml` is another kind. */
export const KUSTOMIZATION = 'kustomize.toolkit.fluxcd.io/Kustomization';

/** From where manifests are applied. */
export interface Source {
  readonly value: unknown;
  /** Path of `value`. */
  readonly at: readonly string[];
  /** Null where it is not written, or by a template. */
  readonly repository: string | null;
  readonly folders: readonly Folder[];
}

/** Path of what an Application is in it, which an ApplicationSet has as a template. */
export const placeOf = ({ kind }: Entry): readonly string[] => (kind === APPLICATION_SET ? ['spec', 'template', 'spec'] : ['spec']);

export const generatorsOf = ({ kind, value }: Entry): readonly unknown[] =>
  kind === APPLICATION_SET ? listAt(value, 'spec', 'generators') : [];

/** The sources of an Application, an ApplicationSet or a Kustomization of Flux. */
export function sourcesOf(entry: Entry): readonly Source[] {
  const spec = at(entry.value, ...placeOf(entry));
  if (entry.kind === KUSTOMIZATION) {
    const [kind, name] = ['kind', 'name'].map((field) => textAt(spec, 'sourceRef', field));
    const repository = `${kind} ${textAt(spec, 'sourceRef', 'namespace') ?? entry.id.namespace}/${name}`;
    return [{ value: spec, at: ['spec'], repository, folders: [folderAt(textAt(spec, 'path') ?? '')] }];
  }
  return writtenIn(spec).map(([field, source]) => ({
    value: source,
    at: [...placeOf(entry), ...field],
    repository: repositoryAt(textAt(source, 'repoURL')),
    folders: foldersOf(source, generatorsOf(entry)),
  }));
}

/** Which of these objects an Application, an ApplicationSet or a Kustomization applies from its sources, or from some of them. */
export function appliedBy(by: Entry, entries: readonly Entry[], set: ObjectSet, sources = sourcesOf(by)): readonly Entry[] {
  const applied: Entry[] = [];
  for (const [file, inFolder] of byFolder(entries))
    if (sources.some((source) => gives(source, file, by, set))) for (const entry of inFolder) applied.push(entry);
  return applied;
}

const BY_FOLDER = new WeakMap<readonly Entry[], ReadonlyMap<string, readonly Entry[]>>();

/** There are far fewer folders than objects, and every Application is asked. */
function byFolder(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const known = BY_FOLDER.get(entries);
  if (known) return known;
  const folders = new Map<string, Entry[]>();
  for (const entry of entries) {
    const folder = folderOf(entry);
    const others = folders.get(folder);
    if (others) others.push(entry);
    else folders.set(folder, [entry]);
  }
  BY_FOLDER.set(entries, folders);
  return folders;
}

/**
 * Whether a source of `by` gives what lies in a folder. A whole repository gives what it has, which is told from the
 * others: where some path leads to releases, theirs is the repository of that path.
 */
function gives({ folders, repository }: Source, file: string, by: Entry, set: ObjectSet): boolean {
  return folders.some(
    (folder) => isIn(folder, file, folderOf(by)) && (folder.length > 0 || repository === null || mayBeHome(repository, set)),
  );
}

const folderOf = (entry: Entry): string => dirname(entry.place.text.name);

const HOMES = new WeakMap<ObjectSet, ReadonlySet<string>>();

function mayBeHome(repository: string, set: ObjectSet): boolean {
  let homes = HOMES.get(set);
  if (!homes) {
    const released = [...byFolder(objectsOfReleases(set)).keys()];
    const leads = (folder: Folder, by: Entry) => folder.length > 0 && released.some((file) => isIn(folder, file, folderOf(by)));
    homes = new Set(
      [APPLICATION, APPLICATION_SET, KUSTOMIZATION]
        .flatMap((kind) => set.ofKind(kind))
        .flatMap((by) => sourcesOf(by).filter(({ folders }) => folders.some((folder) => leads(folder, by))))
        .flatMap((source) => source.repository ?? []),
    );
    HOMES.set(set, homes);
  }
  return homes.size === 0 || homes.has(repository);
}

/** With their fields. One that is not written may be anything. */
function writtenIn(spec: unknown): readonly (readonly [field: readonly string[], source: unknown])[] {
  const many = listAt(spec, 'sources');
  if (many.length > 0) return indexed(many).map(([index, source]) => [['sources', String(index)], source]);
  const hydrated = at(spec, 'sourceHydrator', 'drySource');
  return hydrated === undefined ? [[['source'], at(spec, 'source')]] : [[['sourceHydrator', 'drySource'], hydrated]];
}

/** What it gives to apply; a chart of a registry and a source of values are no folders. */
function foldersOf(source: unknown, generators: readonly unknown[]): readonly Folder[] {
  const path = textAt(source, 'path');
  if (textAt(source, 'chart') !== null || (path === null && textAt(source, 'ref') !== null)) return [];
  return filledIn(path ?? '', generators).map(folderAt);
}

/** `shop/releases` of every address by which a repository is reached. */
const repositoryAt = (address: string | null): string | null =>
  address === null || address.includes('{{')
    ? null
    : address
        .toLowerCase()
        .replace(/(?:\.git)?\/?$/, '')
        .split(/[:/]/)
        .slice(-2)
        .join('/');
