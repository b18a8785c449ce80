import { join, sep } from 'node:path';
import { type Problem, ProblemError } from '../schema/problem.ts';
import { attempt } from './attempt.ts';
import type { FileSystem } from './file-system.ts';

/** Tells which folders of a repository may be written to: those that are, or can become, folders inside it. */
export class Places {
  private readonly root: string;
  private readonly fs: FileSystem;
  private readonly known = new Map<string, boolean>();
  private realRoot: string | null = null;

  constructor(root: string, fs: FileSystem) {
    this.root = root;
    this.fs = fs;
  }

  absolute(path: string): string {
    return join(this.root, path);
  }

  /**
   * Whether a folder, named relative to the repository, is there; false where it can be made.
   * @throws ProblemError where it or a folder above it is something else, or leads out of the repository
   */
  folderExists(folder: string): boolean {
    if (folder === '.' || folder === '') return true;
    const known = this.known.get(folder);
    if (known !== undefined) return known;
    const exists = this.folderExists(parentOf(folder)) && this.check(folder);
    this.known.set(folder, exists);
    return exists;
  }

  private check(folder: string): boolean {
    const path = this.absolute(folder);
    const kind = attempt('read', folder, () => this.fs.kind(path));
    if (kind === null) return false;
    if (kind === 'folder') return true;
    if (kind !== 'link') throw refused({ message: `${folder} is a file, where a folder is needed.`, help: 'Move it away and run again.' });

    const read = <T>(operation: () => T): T => attempt('read', `${folder}, a symbolic link`, operation);
    this.realRoot ??= read(() => this.fs.realPath(this.root));
    const target = read(() => this.fs.realPath(path));
    if (target !== this.realRoot && !target.startsWith(this.realRoot + sep))
      throw refused({
        message: `${folder} is a symbolic link that leads out of the repository, to ${target}.`,
        help: 'Put a folder in its place and run again; nothing was written.',
      });
    if (read(() => this.fs.kind(target)) !== 'folder')
      throw refused({ message: `${folder} is a symbolic link to a file, where a folder is needed.`, help: 'Move it away and run again.' });
    return true;
  }
}

/** The folder of a path with forward slashes; '.' at the top. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '.' : path.slice(0, end);
}

const refused = (problem: Problem): ProblemError => new ProblemError([problem]);
