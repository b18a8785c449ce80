import { posix } from 'node:path';
import { Git } from '../gitops/git.ts';
import { decode } from '../policy/read/decode.ts';
import { isHidden, isManifest } from '../policy/read/files.ts';
import type { SourceText } from '../policy/read/objects.ts';
import { UsageError } from './command.ts';

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
  const git = gitAt(directory);
  const given = paths.map((path) => posix.normalize(path).replace(/(?<=.)\/$/, ''));
  const wanted = (name: string) => given.includes(name) || (isManifest(name) && !below(name, given).some(isHidden));
  const files = git.filesAt(commit, given)?.filter(({ name }) => wanted(name));
  const contents = files && git.contents(files.map(({ id }) => id));
  if (!files || !contents)
    throw new UsageError(`--base: git cannot read commit ${commit.slice(0, 12)}; \`git fsck\` tells whether all of it is here`);
  return files.flatMap(({ name }, index) => {
    const decoded = decode(contents[index] ?? Buffer.alloc(0));
    return 'text' in decoded ? [{ name, text: decoded.text }] : [];
  });
}

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
  const git = gitAt(directory);
  const commit = git.commit(ref);
  if (commit === null)
    throw new UsageError(
      `--base ${ref}: git knows no such commit here; fetch it first, as in \`git fetch origin ${ref.replace(/^origin\//, '')}\` or with \`fetch-depth: 0\``,
    );
  const shared = git.try('merge-base', commit, 'HEAD');
  return shared === null ? { commit, how: 'itself' } : { commit: shared, how: 'shared' };
}

/**
 * What a change is compared with where nobody says: the branch that `origin` takes for its own, else the last commit.
 * @throws UsageError where there is no git, no repository or no commit
 */
export function defaultBase(directory: string): string {
  const git = gitAt(directory);
  const origin = git.try('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD');
  const known = [...(origin === null ? [] : [origin]), 'origin/main', 'origin/master', 'HEAD'].find((ref) => git.commit(ref) !== null);
  if (known === undefined) throw new UsageError('nothing is committed here yet, so there is nothing to compare with');
  return known;
}

function gitAt(directory: string): Git {
  const git = Git.at(directory);
  if (git === null)
    throw new UsageError('git is not installed, or this is no working tree of a repository: there is nothing to compare with');
  return git;
}
