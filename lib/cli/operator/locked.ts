import { Project } from '../../constructs/project.ts';
import type { Lock } from '../../lock/lock.ts';
import { type LockKey, readLock } from '../../lock/read.ts';
import { UsageError } from '../command.ts';

/** What a command line says of where a release is; null: nothing. */
export interface Where {
  readonly release: string;
  readonly target: string | null;
  readonly namespace: string | null;
}

/** Locks of a release in the working directory, as far as the command line narrows them down; none outside of a repository. */
export function lockKeys({ release, target, namespace }: Where): readonly LockKey[] {
  return new Project()
    .lockKeys()
    .filter(
      (key) => key.release === release && (target === null || key.target === target) && (namespace === null || key.namespace === namespace),
    );
}

/** The one lock that is meant. @throws UsageError where none, or more than one, can be */
export function lockOf(where: Where): Lock {
  const project = new Project();
  const [key, ...others] = lockKeys(where);
  if (key === undefined)
    throw new UsageError(
      `there is no lock of release '${where.release}' here: lock/<target>/<namespace>/ of its repository holds it, and \`tidegate record ${where.release} --initial\` makes the first one`,
    );
  if (others.length > 0) {
    const places = [key, ...others].map(({ target, namespace }) => `--target ${target} --namespace ${namespace}`);
    throw new UsageError(`release '${where.release}' has several locks; choose one with ${places.join(', or ')}`);
  }
  return readLock(project.lockText(key) ?? '', key);
}
