import { hash } from 'node:crypto';
import { ProblemError } from '../schema/problem.ts';
import { type EntryKind, type FileSystem, realFileSystem } from './file-system.ts';
import { Places, parentOf } from './places.ts';
import { formatRecord, parseRecord, RECORD } from './record.ts';
import { isLeftover } from './transaction.ts';

/** Hashes of files by their paths, relative to the repository. */
export type Hashes = ReadonlyMap<string, string>;

export const hashOf = (text: string | Uint8Array): string => hash('sha256', text);

/** One hash of all generated files of an output, and of the records of their folders. */
export function digestOf(generated: Hashes): string {
  const names = new Map<string, string[]>();
  for (const path of generated.keys()) {
    const folder = parentOf(path);
    const others = names.get(folder);
    const name = path.slice(folder.length + 1);
    if (others) others.push(name);
    else names.set(folder, [name]);
  }
  const records = [...names].map(([folder, of]) => [`${folder}/${RECORD}`, hashOf(formatRecord(of))] as const);
  return combined([...generated, ...records]);
}

/**
 * The same of what is on disk: of all that records below some folders list.
 * @param others files that are to be there as files, and whose content is known, such as locks
 * @returns null where anything stands there that a run would have to look at: something else than a file, what a run that was
 *   killed has left, a folder that leads elsewhere
 */
export function digestOnDisk(root: string, folders: readonly string[], others: Iterable<string>, fs = realFileSystem): string | null {
  const looked = new Look(root, fs);
  try {
    for (const folder of folders) looked.below(folder);
    for (const path of others) looked.requireFile(path);
  } catch (error) {
    if (error instanceof ProblemError || error instanceof Unexpected || (error instanceof Error && 'code' in error)) return null;
    throw error;
  }
  return combined(looked.hashes);
}

const combined = (hashes: Iterable<readonly [path: string, hash: string]>): string =>
  hashOf(JSON.stringify([...hashes].sort(([a], [b]) => (a < b ? -1 : 1))));

class Unexpected extends Error {}

class Look {
  readonly hashes = new Map<string, string>();
  readonly #places: Places;
  readonly #fs: FileSystem;
  readonly #listings = new Map<string, ReadonlyMap<string, EntryKind>>();

  constructor(root: string, fs: FileSystem) {
    this.#places = new Places(root, fs);
    this.#fs = fs;
  }

  below(folder: string): void {
    const entries = this.#list(folder);
    const kind = entries.get(RECORD);
    if (kind === 'file') {
      const path = `${folder}/${RECORD}`;
      const text = this.#fs.read(this.#places.absolute(path));
      this.hashes.set(path, hashOf(text));
      for (const name of parseRecord(text, path)) {
        this.requireFile(`${folder}/${name}`);
        this.hashes.set(`${folder}/${name}`, hashOf(this.#fs.readBytes(this.#places.absolute(`${folder}/${name}`))));
      }
    } else if (kind !== undefined) throw new Unexpected();
    for (const [name, kind] of entries) if (kind === 'folder') this.below(`${folder}/${name}`);
  }

  requireFile(path: string): void {
    if (this.#list(parentOf(path)).get(path.slice(path.lastIndexOf('/') + 1)) !== 'file') throw new Unexpected();
  }

  #list(folder: string): ReadonlyMap<string, EntryKind> {
    let entries = this.#listings.get(folder);
    if (!entries) {
      const listed = this.#places.folderExists(folder) ? this.#fs.list(this.#places.absolute(folder)) : [];
      entries = new Map(listed.map(({ name, kind }) => [name, kind]));
      if ([...entries].some(([name, kind]) => kind === 'file' && isLeftover(name))) throw new Unexpected();
      this.#listings.set(folder, entries);
    }
    return entries;
  }
}
