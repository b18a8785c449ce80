import type { Project } from '../constructs/project.ts';
import { unprovenImages } from '../constructs/proof.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { lockPath, readLock } from '../lock/read.ts';
import type { UnprovenImage } from '../policy/proven.ts';

/** What the charts would start on a target before the one that `provenOn` names has proven it; with the line of its chart. */
export function unprovenStarts({ releases, sources }: Synthesis, project: Project): readonly UnprovenImage[] {
  return releases.flatMap(({ release, target, lock }) => {
    const first = project.config.targets[target]?.provenOn ?? null;
    if (first === null) return [];
    // It may be in another namespace there, and this run about other targets.
    const key = project.keysOf(release).find((one) => one.target === first);
    const text = key === undefined ? null : project.lockText(key);
    const unproven = unprovenImages(lock, first, key === undefined || text === null ? null : readLock(text, key));
    if (unproven.length === 0) return [];
    const source = sources.find((one) => one.release === release && one.target === target && one.source !== null)?.source ?? null;
    return unproven.map(({ image, message, help = '' }) => ({ file: lockPath(lock), release, image, message, help, source }));
  });
}
