import { execFileSync, spawnSync } from 'node:child_process';
import { posix } from 'node:path';
import { decode } from '../policy/read/decode.ts';
import { isHidden, isManifest } from '../policy/read/files.ts';
import type { SourceText } from '../policy/read/objects.ts';
import { UsageError } from './command.ts';

const MOST_OUTPUT = 1024 * 1024 * 1024;

/**
 * The manifests at `paths` as they were where this change began: at the commit that it has in common with `ref`, or at
 * `ref` itself where the history is too short to tell. Read from git's objects; the working tree stays as it is.
 * @param paths files and folders relative to the working directory; one that was not there then has nothing
 * @throws UsageError where there is no repository or no such commit
 */
export const textsAt = (ref: string, paths: readonly string[], directory = process.cwd()): readonly SourceText[] =>
  textsOf(baseOf(ref, directory).commit, paths, directory);

/** The manifests at `paths` in a commit. */
export function textsOf(commit: string, paths: readonly string[], directory: string): readonly SourceText[] {
  const given = paths.map((path) => posix.normalize(path).replace(/(?<=.)\/$/, ''));
  const listed = git(['ls-tree', '-r', '-z', commit, '--', ...given], directory);
  const blobs = listed.split('\0').flatMap((line): [id: string, name: string][] => {
    const [, type, id, name] = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    if (type === undefined || id === undefined || name === undefined || type === LINK) return [];
    return given.includes(name) || (isManifest(name) && !below(name, given).some(isHidden)) ? [[id, name]] : [];
  });
  const contents = contentsOf(
    blobs.map(([id]) => id),
    directory,
  );
  return blobs.flatMap(([, name], index) => {
    const decoded = decode(contents[index] ?? Buffer.alloc(0));
    return 'text' in decoded ? [{ name, text: decoded.text }] : [];
  });
}

const LINK = '120000';

/** Names of what lies between a given folder and a file in it, the file included. */
function below(name: string, given: readonly string[]): readonly string[] {
  const folder = given.find((path) => name.startsWith(`${path}/`));
  return name.slice(folder === undefined ? 0 : folder.length + 1).split('/');
}

export interface Base {
  readonly commit: string;
  /** `shared`: what `ref` and this commit have in common. `itself`: the history here is too short to tell, or they share nothing. */
  readonly how: 'shared' | 'itself';
}

/** Where a change began that shall go into `ref`. @throws UsageError where there is no repository or no such commit */
export function baseOf(ref: string, directory: string): Base {
  const commit = tryGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], directory);
  if (commit === null)
    throw new UsageError(
      `--base ${ref}: git knows no such commit here; fetch it first, as in \`git fetch origin ${ref.replace(/^origin\//, '')}\` or with \`fetch-depth: 0\``,
    );
  const shared = tryGit(['merge-base', commit, 'HEAD'], directory);
  return shared === null ? { commit, how: 'itself' } : { commit: shared, how: 'shared' };
}

/**
 * What a change is compared with where nobody says: the branch that `origin` takes for its own, else the last commit.
 * @throws UsageError where there is no git, no repository or no commit
 */
export function defaultBase(directory: string): string {
  if (tryGit(['rev-parse', '--is-inside-work-tree'], directory) !== 'true')
    throw new UsageError('git is not installed, or this is no working tree of a repository: there is nothing to compare with');
  const origin = tryGit(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'], directory);
  const known = [...(origin === null ? [] : [origin]), 'origin/main', 'origin/master', 'HEAD'].find(
    (ref) => tryGit(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], directory) !== null,
  );
  if (known === undefined) throw new UsageError('nothing is committed here yet, so there is nothing to compare with');
  return known;
}

/** All at once: a process for each file would take longer than to lint it. */
function contentsOf(ids: readonly string[], cwd: string): readonly Buffer[] {
  if (ids.length === 0) return [];
  const { stdout, status, stderr } = spawnSync('git', ['cat-file', '--batch'], {
    cwd,
    input: `${ids.join('\n')}\n`,
    maxBuffer: MOST_OUTPUT,
  });
  if (status !== 0) throw new UsageError(`--base: git cat-file failed: ${stderr}`);
  let at = 0;
  return ids.map(() => {
    const end = stdout.indexOf('\n', at);
    const size = Number(stdout.subarray(at, end).toString('latin1').split(' ')[2]);
    const content = stdout.subarray(end + 1, end + 1 + size);
    at = end + 1 + size + 1;
    return content;
  });
}

function git(args: readonly string[], cwd: string): string {
  try {
    return execFileSync('git', args, { cwd, encoding: 'utf8', maxBuffer: MOST_OUTPUT, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new UsageError(`--base: git ${args[0]} failed${said === '' ? '; is git installed, and is this a repository?' : `: ${said}`}`);
  }
}

/** What git says, trimmed; null where it fails, or is not there. */
export function tryGit(args: readonly string[], cwd: string): string | null {
  const { status, stdout, error } = spawnSync('git', args, { cwd, encoding: 'utf8', maxBuffer: MOST_OUTPUT });
  return error || status !== 0 ? null : stdout.trim();
}
