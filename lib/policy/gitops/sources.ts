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

/**
 * Whether a source of `by` gives an object. A whole repository gives what it has, which is told from the others: where some
 * path leads to releases, theirs is the repository of that path.
 */
export function gives({ folders, repository }: Source, entry: Entry, by: Entry, set: ObjectSet): boolean {
  return folders.some((folder) => isIn(folder, entry, by) && (folder.length > 0 || repository === null || mayBeHome(repository, set)));
}

const HOMES = new WeakMap<ObjectSet, ReadonlySet<string>>();

function mayBeHome(repository: string, set: ObjectSet): boolean {
  let homes = HOMES.get(set);
  if (!homes) {
    const released = objectsOfReleases(set);
    const leads = (folder: Folder, by: Entry) => folder.length > 0 && released.some((entry) => isIn(folder, entry, by));
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
