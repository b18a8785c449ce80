import { ProblemError } from '../schema/problem.ts';
import { attempt } from './attempt.ts';
import type { FileSystem } from './file-system.ts';
import { type Places, parentOf } from './places.ts';

/** One file to be put in place (`text`) or taken away (null). */
export interface Change {
  readonly path: string;
  readonly text: (() => string) | null;
  /** Whether a file stands there when the change's turn comes. */
  readonly exists: boolean;
}

/** Files that a run makes and takes away again. What is left of them was left by a run that was killed. */
export const isLeftover = (name: string): boolean => /^\.tidegate-\d+\.(new|old)$/.test(name);

interface Undo {
  /** The file that stays as it must not when this fails; null where only a file or folder of no meaning stays. */
  readonly place: string | null;
  readonly run: () => void;
}

/**
 * Makes all changes in their order, or none. Texts are first written beside their places, which is what can fail; then
 * follow only renames. Whatever fails, what was replaced is put back.
 * @throws ProblemError with the place and the remedy
 */
export function applyAll(changes: readonly Change[], places: Places, fs: FileSystem): void {
  const undo: Undo[] = [];
  try {
    const staged = changes.map((change, number) => stage(change, number, places, fs, undo));
    for (const put of staged) put();
  } catch (error) {
    throw withWhatIsStuck(error, rollBack(undo));
  }
  // Done. What cannot be tidied up now, the next run tidies up.
  tidyUp(changes, places, fs);
}

/** Writes the new text beside its place; what is returned puts it there. */
function stage({ path, text, exists }: Change, number: number, places: Places, fs: FileSystem, undo: Undo[]): () => void {
  const folder = parentOf(path);
  const place = places.absolute(path);
  const fresh = places.absolute(`${folder}/.tidegate-${number}.new`);
  const old = places.absolute(`${folder}/.tidegate-${number}.old`);
  if (text !== null) {
    makeFolders(folder, places, fs, undo);
    // Noted first: a write that fails half-way leaves a file as well.
    undo.push({ place: null, run: () => removeIfThere(fresh, fs) });
    attempt('write', path, () => fs.create(fresh, text()));
  }
  return () => {
    if (text === null) {
      attempt('remove', path, () => fs.rename(place, old));
      undo.push({ place: path, run: () => fs.rename(old, place) });
    } else if (exists) {
      undo.push({ place: null, run: () => removeIfThere(old, fs) });
      attempt('write', path, () => fs.copy(place, old));
      attempt('write', path, () => fs.rename(fresh, place));
      undo.push({ place: path, run: () => fs.rename(old, place) });
    } else {
      attempt('write', path, () => fs.rename(fresh, place));
      undo.push({ place: path, run: () => fs.removeFile(place) });
    }
  };
}

function makeFolders(folder: string, places: Places, fs: FileSystem, undo: Undo[]): void {
  const path = places.absolute(folder);
  if (folder === '.' || attempt('read', folder, () => fs.kind(path)) !== null) return;
  makeFolders(parentOf(folder), places, fs, undo);
  attempt('write', folder, () => fs.makeFolder(path));
  undo.push({ place: null, run: () => fs.removeFolder(path) });
}

function removeIfThere(path: string, fs: FileSystem): void {
  if (fs.kind(path) !== null) fs.removeFile(path);
}

/** Last first. One that fails does not stop the others; their places are returned. */
function rollBack(undo: readonly Undo[]): readonly string[] {
  const stuck = new Set<string>();
  for (const { place, run } of undo.toReversed()) {
    try {
      run();
    } catch {
      if (place !== null) stuck.add(place);
    }
  }
  return [...stuck];
}

function withWhatIsStuck(error: unknown, stuck: readonly string[]): unknown {
  if (stuck.length === 0 || !(error instanceof ProblemError)) return error;
  return new ProblemError([
    ...error.problems.map(({ help: _, ...problem }) => problem),
    {
      message: `${stuck.join(', ')} could not be put back as ${stuck.length === 1 ? 'it was' : 'they were'}.`,
      help: 'Mend the cause and run again, which completes the change; `git status` shows what differs until then.',
    },
  ]);
}

function tidyUp(changes: readonly Change[], places: Places, fs: FileSystem): void {
  for (const [number, { path, text, exists }] of changes.entries()) {
    if (text === null || exists) quietly(() => fs.removeFile(places.absolute(`${parentOf(path)}/.tidegate-${number}.old`)));
  }
  for (const folder of new Set(changes.filter(({ text }) => text === null).map(({ path }) => parentOf(path))))
    removeEmpty(folder, places, fs);
}

/** Removes a folder if it is empty, then the one above it. */
export function removeEmpty(folder: string, places: Places, fs: FileSystem): void {
  if (folder === '.') return;
  const path = places.absolute(folder);
  const removed = quietly(() => {
    if (fs.kind(path) !== 'folder' || fs.list(path).length > 0) return false;
    fs.removeFolder(path);
    return true;
  });
  if (removed) removeEmpty(parentOf(folder), places, fs);
}

function quietly<T>(operation: () => T): T | null {
  try {
    return operation();
  } catch {
    return null;
  }
}
