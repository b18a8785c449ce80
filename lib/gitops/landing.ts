import type { Lock } from '../lock/lock.ts';
import { lockPath } from '../lock/read.ts';
import type { Git } from './git.ts';

/** The commit that brought a release into its lock. */
export interface Landing {
  readonly commit: string;
  /** Milliseconds since 1970, by the clock of who committed. */
  readonly at: number;
  /** The history of this clone begins with it, so the release may have come earlier. */
  readonly isEdge: boolean;
}

/**
 * How the release in flight came into Git: by the newest commit that did so, since one that was taken back and lands again
 * begins anew.
 * @param from commit to look back from
 * @returns null where nothing is in flight, or no commit has it
 */
export function landingOf(git: Git, lock: Lock, from = 'HEAD'): Landing | null {
  if (lock.inFlight === null) return null;
  // What changed this line last. Of merges only those count that have it from neither side.
  const line = ['--pickaxe-regex', `-S^ +hash: "?${lock.inFlight.hash}"?$`];
  const said =
    git.try('log', '-1', '-c', '--no-patch', '--no-show-signature', '--format=%H %ct', ...line, from, '--', lockPath(lock)) ?? '';
  const [commit, seconds] = said.split(' ');
  if (!commit || seconds === undefined) return null;
  return { commit, at: Number(seconds) * 1_000, isEdge: git.isEdge(commit) };
}
