import type { Project } from '../constructs/project.ts';
import { unprovenProblem } from '../constructs/proof.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { lockPath, readLock } from '../lock/read.ts';
import type { UnprovenImage } from '../policy/proven.ts';

/** What the charts would start on a target before the one that `provenOn` names has proven it; with the line of its chart. */
export function unprovenImages({ releases, sources }: Synthesis, project: Project): readonly UnprovenImage[] {
  return releases.flatMap(({ release, target, lock }) => {
    const first = project.config.targets[target]?.provenOn ?? null;
    if (first === null) return [];
    // It may be in another namespace there, and this run about other targets.
    const key = project.keysOf(release).find((one) => one.target === first);
    const text = key === undefined ? null : project.lockText(key);
    const problem = unprovenProblem(lock, first, key === undefined || text === null ? null : readLock(text, key));
    if (problem === null) return [];
    const source = sources.find((one) => one.release === release && one.target === target && one.source !== null)?.source ?? null;
    const { message, help = '' } = problem;
    return [{ file: lockPath(lock), release, image: lock.inFlight?.candidate.image ?? lock.stable.image, message, help, source }];
  });
}
