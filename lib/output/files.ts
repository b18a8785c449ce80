// Writes what a run produced into the repository: all of it or nothing, only what changed, and never over a file that a person put there.
import { type Problem, ProblemError } from '../schema/problem.ts';
import { attempt } from './attempt.ts';
import { type EntryKind, type FileSystem, realFileSystem } from './file-system.ts';
import { Places, parentOf } from './places.ts';
import { formatRecord, parseRecord, RECORD } from './record.ts';
import { applyAll, type Change, isLeftover, removeEmpty } from './transaction.ts';

/** Texts by their paths. A text may be made each time it is asked for, so that a large output is never held as a whole. */
export type Texts = Pick<ReadonlyMap<string, string>, 'keys' | 'get'>;

/** Paths are relative to the root, with forward slashes. */
export interface Output {
  /** The repository. */
  readonly root: string;
  /** Text of each generated file. The folder of a file lists it in `.files`, as ours to change and to remove. */
  readonly files: Texts;
  /** Text of each file that is put in place after all others, such as locks. Not listed. */
  readonly last: Texts;
  /** Files that are taken away after all others, such as locks of releases that left. @default none */
  readonly gone?: readonly string[];
  /** Folders whose listed files are removed, at any depth, where `files` does not have them: `dist` for a full run. @default none */
  readonly sweep?: readonly string[];
}

/** How the repository differs from an output, and the way to make it so. All lists are sorted. */
export interface Writes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  /**
   * Writes and removes: all or nothing. Does nothing when nothing differs.
   * @throws ProblemError where a file cannot be written; everything is then as it was
   */
  commit(): Written;
}

export interface Written {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
}

/**
 * Compares an output with the repository. Writes nothing: `commit` of the result does.
 * @throws ProblemError with everything that forbids the writing: files that are not ours, links out of the repository,
 *   a file where a folder is needed, a `.files` that does not read
 */
export function planWrites(output: Output, fs: FileSystem = realFileSystem): Writes {
  const places = new Places(output.root, fs);
  const survey = new Survey(places, fs);
  survey.refuse(collidingPaths(output));
  for (const [folder, names] of byFolder(output.files)) survey.generated(folder, names, output.files);
  for (const folder of output.sweep ?? []) survey.swept(folder);
  for (const [folder, names] of byFolder(output.last)) survey.last(folder, names, output.last);
  for (const path of output.gone ?? []) survey.gone(path);
  if (survey.problems.length > 0) throw new ProblemError(survey.problems);

  const { added, changed, removed, unchanged } = survey;
  return {
    added: added.sort(),
    changed: changed.sort(),
    removed: removed.sort(),
    unchanged,
    commit() {
      for (const path of survey.leftovers) attempt('remove', path, () => fs.removeFile(places.absolute(path)));
      applyAll(survey.changes(), places, fs);
      for (const path of survey.leftovers) removeEmpty(parentOf(path), places, fs);
      return { written: [...added, ...changed].sort(), removed, unchanged };
    },
  };
}

/** Looks at the repository folder by folder, and collects what to change, in four waves, and what forbids it. */
class Survey {
  readonly problems: Problem[] = [];
  readonly added: string[] = [];
  readonly changed: string[] = [];
  readonly removed: string[] = [];
  readonly leftovers = new Set<string>();
  unchanged = 0;

  private readonly places: Places;
  private readonly fs: FileSystem;
  private readonly seen = new Set<string>();
  /**
   * Records first, with what is about to go: a run that is killed later has left no file that the next one takes for a
   * person's. Locks last: until they stand, the next run comes to the same result again.
   */
  private readonly waves: Readonly<Record<'records' | 'files' | 'finalRecords' | 'last', Change[]>> = {
    records: [],
    files: [],
    finalRecords: [],
    last: [],
  };

  constructor(places: Places, fs: FileSystem) {
    this.places = places;
    this.fs = fs;
  }

  changes(): readonly Change[] {
    return Object.values(this.waves).flat();
  }

  refuse(problems: readonly Problem[]): void {
    this.problems.push(...problems);
  }

  /** A folder of generated files: wanted by name, all others that it lists are to go. */
  generated(folder: string, names: ReadonlySet<string>, texts: Texts): void {
    this.seen.add(folder);
    this.collecting(() => {
      const entries = this.list(folder);
      const recordText = entries.has(RECORD) ? this.read(`${folder}/${RECORD}`) : null;
      const recorded = recordText === null ? new Set<string>() : parseRecord(recordText, `${folder}/${RECORD}`);
      for (const name of names) this.put(pathIn(folder, name), texts, entries.get(name), recorded.has(name), this.waves.files);

      const gone = [...recorded].filter((name) => !names.has(name) && ['file', 'link'].includes(entries.get(name) ?? ''));
      for (const name of gone) {
        this.removed.push(`${folder}/${name}`);
        this.waves.files.push({ path: `${folder}/${name}`, text: null, exists: true });
      }
      this.record(`${folder}/${RECORD}`, recordText, [...names], gone);
    });
  }

  private record(path: string, before: string | null, names: readonly string[], gone: readonly string[]): void {
    const after = names.length > 0 ? formatRecord(names) : null;
    if (before === after) return;
    if (before === null) this.added.push(path);
    else if (after === null) this.removed.push(path);
    else this.changed.push(path);

    const meanwhile = formatRecord([...names, ...gone]);
    const needed = after !== null && before !== meanwhile;
    if (needed) this.waves.records.push({ path, text: () => meanwhile, exists: before !== null });
    if (after !== (needed ? meanwhile : before))
      this.waves.finalRecords.push({ path, text: after === null ? null : () => after, exists: true });
  }

  /** A folder and all below it, where files of ours may lie that nobody wants any more. */
  swept(folder: string): void {
    this.collecting(() => {
      if (!this.seen.has(folder)) {
        const listed = this.list(folder).get(RECORD) === 'file';
        if (listed) this.generated(folder, NO_NAMES, NO_TEXTS);
      }
      for (const [name, kind] of this.list(folder)) if (kind === 'folder') this.swept(`${folder}/${name}`);
    });
  }

  last(folder: string, names: ReadonlySet<string>, texts: Texts): void {
    this.collecting(() => {
      const entries = this.list(folder);
      for (const name of names) this.put(pathIn(folder, name), texts, entries.get(name), true, this.waves.last);
    });
  }

  gone(path: string): void {
    this.collecting(() => {
      if (!this.list(parentOf(path)).has(path.slice(path.lastIndexOf('/') + 1))) return;
      this.removed.push(path);
      this.waves.last.push({ path, text: null, exists: true });
    });
  }

  private put(path: string, texts: Texts, kind: EntryKind | undefined, ours: boolean, wave: Change[]): void {
    const text = () => {
      const wanted = texts.get(path);
      if (wanted === undefined) throw new Error(`nobody has the text of ${path}`);
      return wanted;
    };
    if (kind === undefined) {
      this.added.push(path);
      wave.push({ path, text, exists: false });
    } else if (kind !== 'file') {
      this.refuse([
        {
          message: `${path} is ${KINDS[kind]}, where a file is to be written.`,
          help: 'Move it away and run again.',
        },
      ]);
    } else if (this.read(path) === text()) {
      this.unchanged++;
    } else if (ours) {
      this.changed.push(path);
      wave.push({ path, text, exists: true });
    } else {
      this.refuse([
        {
          message: `${path} is to be written, but a file stands there that ${parentOf(path)}/${RECORD} does not list as tidegate's.`,
          help: 'Move it elsewhere, or delete it if its content is not needed, and run again.',
        },
      ]);
    }
  }

  private readonly listings = new Map<string, ReadonlyMap<string, EntryKind>>();

  private list(folder: string): ReadonlyMap<string, EntryKind> {
    const known = this.listings.get(folder);
    if (known) return known;
    const entries = this.places.folderExists(folder) ? attempt('read', folder, () => this.fs.list(this.places.absolute(folder))) : [];
    const listing = new Map<string, EntryKind>();
    for (const { name, kind } of entries) {
      if (kind === 'file' && isLeftover(name)) this.leftovers.add(pathIn(folder, name));
      else listing.set(name, kind);
    }
    this.listings.set(folder, listing);
    return listing;
  }

  private read(path: string): string {
    return attempt('read', path, () => this.fs.read(this.places.absolute(path)));
  }

  /** So that one folder's problem does not hide those of the others. */
  private collecting(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const known = new Set(this.problems.map(({ message }) => message));
      this.refuse(error.problems.filter(({ message }) => !known.has(message)));
    }
  }
}

const KINDS: Readonly<Record<Exclude<EntryKind, 'file'>, string>> = {
  folder: 'a folder',
  link: 'a symbolic link',
  other: 'something else',
};

const pathIn = (folder: string, name: string): string => (folder === '.' ? name : `${folder}/${name}`);

const NO_NAMES: ReadonlySet<string> = new Set();
const NO_TEXTS: Texts = new Map();

function byFolder(texts: Texts): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  for (const path of texts.keys()) {
    const folder = folders.get(parentOf(path)) ?? new Set<string>();
    folders.set(parentOf(path), folder.add(path.slice(path.lastIndexOf('/') + 1)));
  }
  return folders;
}

/** Paths that lead elsewhere, and those that are one file where the file system does not tell upper from lower case. */
function collidingPaths({ files, last }: Output): readonly Problem[] {
  const problems: Problem[] = [];
  const folded = new Map<string, string>();
  for (const path of [...files.keys(), ...last.keys()]) {
    if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || part === RECORD || isLeftover(part)))
      throw new RangeError(`'${path}' is no path for output`);
    const other = folded.get(path.toLowerCase());
    if (other !== undefined)
      problems.push({ message: `${other} and ${path} are one file on systems that ignore case.`, help: 'Rename one of the two objects.' });
    folded.set(path.toLowerCase(), path);
  }
  return problems;
}
