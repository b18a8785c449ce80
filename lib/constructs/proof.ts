import { stableName } from '../lock/change.ts';
import { isExternal, type Lock } from '../lock/lock.ts';
import type { Problem } from '../schema/index.ts';

/**
 * Why a release may not have this lock where `provenOn` asks for another target's proof, or null when it may. A digest is
 * proven where a lock has it as stable or in its history, of either target. A first entry where neither has a lock is
 * nobody's release.
 * @param first name of the target that goes first
 * @param proof its lock; null where there is none
 */
export function unprovenProblem(lock: Lock, first: string, proof: Lock | null): Problem | null {
  const initial = lock.inFlight === null && lock.attempts === 0;
  const wanted = lock.inFlight?.candidate.image ?? (initial && proof && !isExternal(lock.stable) ? lock.stable.image : null);
  if (wanted === null || provenBy(proof).includes(digestOf(wanted)) || (!initial && provenBy(lock).includes(digestOf(wanted)))) return null;
  return {
    message: `'${wanted}' is not proven on target '${first}'${proof ? `, where ${stableName(proof)} is stable` : ', which has no lock of this release'}.`,
    path: 'image',
    help: `Release it there first and record it: \`provenOn\` of target '${lock.target}' in tidegate.yaml asks for it.`,
  };
}

function provenBy(lock: Lock | null): readonly string[] {
  return lock ? [lock.stable.image, ...lock.history.map(({ image }) => image)].map(digestOf) : [];
}

const digestOf = (image: string): string => image.slice(image.indexOf('@') + 1);
