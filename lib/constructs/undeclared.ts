import { isExternal, type Lock } from '../lock/lock.ts';
import { type LockKey, lockPath, readLock } from '../lock/read.ts';
import { type Problem, ProblemError } from '../schema/index.ts';
import type { Collected, Manifest } from './collect.ts';
import { compileLeaving } from './compile.ts';
import type { Project } from './project.ts';
import type { ReleaseOnTarget } from './release.ts';

/** Locks without a chart: what stays of those that leave, and why the others stop the run. */
export interface Undeclared {
  readonly leaving: readonly ReleaseOnTarget[];
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * A release that went from the charts while its lock stays. By accident or on purpose, its objects would be pruned under
 * whatever traffic they serve: only one that somebody has taken out of service is let go, and that from its lock alone.
 */
export function undeclared({ releases }: Collected, project: Project): Undeclared {
  const declared = new Set(
    releases.flatMap(({ release }) =>
      project.targets.map((target) => lockPath({ target, namespace: release.namespaceOn(target), release: release.name })),
    ),
  );
  const found = project
    .lockKeys()
    .filter((key) => !declared.has(lockPath(key)))
    .map((key) => leavingOf(key, project));
  return {
    leaving: found.flatMap(({ leaving }) => leaving),
    manifests: found.flatMap(({ manifests }) => manifests),
    problems: found.flatMap(({ problems }) => problems),
  };
}

function leavingOf(key: LockKey, project: Project): Undeclared {
  const { target, release } = key;
  const stays = (problems: readonly Problem[]): Undeclared => ({ leaving: [], manifests: [], problems });
  if (!project.targets.includes(target))
    return stays([
      {
        message: `${lockPath(key)} is a lock of target '${target}', which tidegate.yaml does not declare.`,
        help: 'Restore what was removed; or, if its objects shall be pruned while they may serve, delete the lock file and run again.',
      },
    ]);
  try {
    const lock = readLock(project.lockText(key) ?? '', key);
    if (!lock.leaving) return stays([orphanProblem(lock)]);
    const { objects } = compileLeaving(lock, { target, project: project.config, code: project.code });
    const manifests = objects.map((object) => ({ target, owner: release, release, object, source: null }));
    return { leaving: [{ target, before: lock, lock }], manifests, problems: [] };
  } catch (error) {
    if (error instanceof ProblemError) return stays(error.problems);
    throw error;
  }
}

function orphanProblem(lock: Lock): Problem {
  const { release, stable, inFlight } = lock;
  const message = `${lockPath(lock)} is the lock of release '${release}', which no chart declares`;
  if (inFlight)
    return {
      message: `${message}, while a release of it is in flight.`,
      help: `Restore what was removed, and end the release first: \`tidegate abort ${release}\`, then \`tidegate record ${release}\`.`,
    };
  if (isExternal(stable))
    return {
      message: `${message}.`,
      help: 'Restore what was removed; or delete the lock file and run again: the workload, its Service and its route, which were there before, are not pruned.',
    };
  return {
    message: `${message}.`,
    help: `Restore what was removed; or take it out of service with \`tidegate record ${release} --remove\`, which keeps its pods until its route is gone. To prune all of it at once, while it may serve, delete the lock file and run again.`,
  };
}
