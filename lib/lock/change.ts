import { planRevision } from './advance.ts';
import type { Lock } from './lock.ts';

/** How a lock differs from the one before it, in words for a table: what a reader of the run wants to know. */
export function describeChange(before: Lock | null, after: Lock): string {
  if (!before) return `first entry: ${stableName(after)}`;
  if (after.leaving) return 'leaves: it has no route any more';
  const was = before.inFlight;
  const is = after.inFlight;
  if (is?.rollback && was?.hash !== is.hash) return `rollback started: ${stableName(after)} -> ${is.candidate.name}`;
  if (is && !was) return `release started: ${stableName(after)} -> ${is.candidate.name}`;
  if (was && !is) return `abandoned: ${was.candidate.name} retires`;
  if (was && is && was.hash !== is.hash)
    return was.candidate.rev === is.candidate.rev
      ? `new attempt ${is.plan.attempt} of ${is.candidate.name}`
      : `${is.candidate.name} supersedes ${was.candidate.name}`;
  if (before.leaving) return 'in service again';
  if (after.formerTraffic && before.resolved.traffic.router !== after.resolved.traffic.router)
    return `router changed; the ${after.formerTraffic.router} route stays until it is retired`;
  if (before.intent !== after.intent)
    return after.declined && !is ? `settings changed; ${after.declined.revision} stays given up` : 'settings changed';
  return before === after ? 'unchanged' : 'refreshed';
}

/** `web-1a2b3c4d`, or the Deployment's own name where stable is not Tidegate's. */
export const stableName = ({ stable }: Lock): string => planRevision(stable).revision;
