import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { lockPath } from '../lock/read.ts';
import type { Queued } from '../policy/order.ts';

/** The releases of a run as they wait for one another, with the lines of their charts. */
export const queuedReleases = ({ releases, sources }: Synthesis, project: Project): readonly Queued[] =>
  releases.map(({ lock, release, target }) => ({
    file: lockPath(lock),
    lock,
    recorded: project.recordedAttempts(lock),
    source: sources.find((one) => one.release === release && one.target === target && one.source !== null)?.source ?? null,
  }));
