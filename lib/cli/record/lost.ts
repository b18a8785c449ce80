import { Git } from '../../gitops/git.ts';
import { UsageError } from '../command.ts';

/** A lock that the last commit has was lost: a first entry would make stable what nothing has proven, and prune what serves. */
export function refuseLost(paths: readonly string[], directory: string): void {
  const git = Git.at(directory);
  const lost = paths.filter((path) => git !== null && git.textAt('HEAD', path) !== null);
  if (lost.length > 0)
    throw new UsageError(
      `the last commit has ${lost.join(' and ')}, so this is no first entry: restore it with \`git checkout HEAD -- ${lost.join(' ')}\``,
    );
}
