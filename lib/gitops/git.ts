import { spawnSync } from 'node:child_process';

const MOST_OUTPUT = 256 * 1024 * 1024;

/** A repository of git as a folder in it is seen; reads alone. */
export class Git {
  /** Null where there is no git, or the folder is in no repository of it. */
  static at(directory: string): Git | null {
    const git = new Git(directory);
    return git.try('rev-parse', '--is-inside-work-tree') === 'true' ? git : null;
  }

  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** What a command says, without the last line's end; null where it fails. */
  try(...args: readonly string[]): string | null {
    const options = { cwd: this.#directory, encoding: 'utf8', maxBuffer: MOST_OUTPUT } as const;
    const { status, stdout, error } = spawnSync('git', args, options);
    return error || status !== 0 ? null : stdout.replace(/\n$/, '');
  }

  /** Tracked files below the folder that are not as the last commit has them, relative to it. */
  changed(): readonly string[] {
    return namesOf(this.try('diff', '--name-only', '--relative', '-z', 'HEAD', '--', '.'));
  }

  /** Files below the folder that differ between a commit and the working tree, those that are not tracked included. */
  changedSince(commit: string): readonly string[] {
    const tracked = namesOf(this.try('diff', '--name-only', '--no-renames', '--relative', '-z', commit, '--', '.'));
    const untracked = namesOf(this.try('ls-files', '--others', '--exclude-standard', '-z', '--', '.'));
    return [...new Set([...tracked, ...untracked])].sort();
  }

  /** Text of a file of the folder in a commit; null where it is not there. */
  textAt(commit: string, path: string): string | null {
    const options = { cwd: this.#directory, encoding: 'utf8', maxBuffer: MOST_OUTPUT } as const;
    const { status, stdout, error } = spawnSync('git', ['show', `${commit}:./${path}`], options);
    return error || status !== 0 ? null : stdout;
  }

  /** The commit that a name stands for; null where git knows none. */
  commit(ref: string): string | null {
    return this.try('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  }

  isShallow(): boolean {
    return this.try('rev-parse', '--is-shallow-repository') === 'true';
  }
}

const namesOf = (listed: string | null): readonly string[] => (listed ?? '').split('\0').filter((name) => name !== '');
