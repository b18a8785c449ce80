import { spawnSync } from 'node:child_process';

const MOST_OUTPUT = 1024 * 1024 * 1024;
/** Mode of a symbolic link. */
const LINK = '120000';

/** A repository of git as a folder in it is seen; reads alone. */
export class Git {
  /** Null where there is no git, or the folder is in no working tree of a repository. */
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
    return this.#say(args)?.toString().replace(/\n$/, '') ?? null;
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

  /** What differs outside of the folder, as the repository's root sees it. */
  changedElsewhere(commit: string): readonly string[] {
    const prefix = this.try('rev-parse', '--show-prefix') ?? '';
    const tracked = namesOf(this.try('diff', '--name-only', '--no-renames', '-z', commit, '--', ':/'));
    const untracked = namesOf(this.try('ls-files', '--others', '--exclude-standard', '--full-name', '-z', '--', ':/'));
    return [...new Set([...tracked, ...untracked])].filter((path) => !path.startsWith(prefix)).sort();
  }

  /** Text of a file of the folder in a commit; null where it is not there. */
  textAt(commit: string, path: string): string | null {
    return this.#say(['show', `${commit}:./${path}`])?.toString() ?? null;
  }

  /** Files of the folder in a commit at and below `paths`, symbolic links left out; null where git fails. */
  filesAt(commit: string, paths: readonly string[]): readonly { readonly name: string; readonly id: string }[] | null {
    const listed = this.try('ls-tree', '-r', '-z', commit, '--', ...paths);
    if (listed === null) return null;
    return namesOf(listed).flatMap((line) => {
      const [, mode, id, name] = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return mode === undefined || id === undefined || name === undefined || mode === LINK ? [] : [{ name, id }];
    });
  }

  /** Contents by id, all at once, since a process for each would take longer than to read them; null where git fails. */
  contents(ids: readonly string[]): readonly Buffer[] | null {
    if (ids.length === 0) return [];
    const said = this.#say(['cat-file', '--batch'], `${ids.join('\n')}\n`);
    if (said === null) return null;
    let at = 0;
    return ids.map(() => {
      const end = said.indexOf('\n', at);
      const size = Number(said.subarray(at, end).toString('latin1').split(' ')[2]);
      const content = said.subarray(end + 1, end + 1 + size);
      at = end + 1 + size + 1;
      return content;
    });
  }

  /** The commit that a name stands for; null where git knows none. */
  commit(ref: string): string | null {
    return this.try('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  }

  isShallow(): boolean {
    return this.try('rev-parse', '--is-shallow-repository') === 'true';
  }

  /** Whether the history of a shallow clone ends here: nobody knows what this commit changed. */
  isEdge(commit: string): boolean {
    return this.isShallow() && (this.try('rev-list', '--parents', '-1', commit) ?? '') === commit;
  }

  #say(args: readonly string[], input = ''): Buffer | null {
    const { status, stdout, error } = spawnSync('git', args, { cwd: this.#directory, input, maxBuffer: MOST_OUTPUT });
    return error || status !== 0 ? null : stdout;
  }
}

const namesOf = (listed: string | null): readonly string[] => (listed ?? '').split('\0').filter((name) => name !== '');
