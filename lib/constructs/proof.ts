import { stableName } from '../lock/change.ts';
import { isExternal, type Lock, type Revision } from '../lock/lock.ts';
import { provenRevisions } from '../lock/proven.ts';
import { type PodImage, podImages } from '../lock/revision.ts';
import type { Problem } from '../schema/index.ts';

export interface Unproven extends Problem {
  readonly image: string;
}

/**
 * Why a release may not have this lock where `provenOn` asks for another target's proof; empty when it may. Every image of
 * the pods counts, by its digest. A lock, of either target, proves all images of the revisions that it names as proven, as
 * far as it still holds them; of those that it has dropped only the released image is known. A first entry where neither
 * has a lock is nobody's release.
 * @param first name of the target that goes first
 * @param proof its lock; null where there is none
 */
export function unprovenImages(lock: Lock, first: string, proof: Lock | null): readonly Unproven[] {
  const initial = lock.inFlight === null && lock.attempts === 0;
  const wanted = lock.inFlight?.candidate ?? (initial && proof && !isExternal(lock.stable) ? lock.stable : null);
  const proving = [...(proof ? [proof] : []), ...(initial ? [] : [lock])];
  // A revision has the same name on every target, and the name stands for all that is in it.
  if (wanted === null || proving.some(({ history }) => history.some(({ revision }) => revision === wanted.name))) return [];
  const proven = new Set(proving.flatMap(provenBy));
  const where = `is not proven on target '${first}'${proof ? `, where ${stableName(proof)} is stable` : ', which has no lock of this release'}.`;
  return podImages(wanted)
    .filter(({ image }) => !proven.has(digestOf(image)))
    .map(({ of, image }) => ({
      image,
      message: `'${image}'${of === null ? '' : ` of '${of}'`} ${where}`,
      path: placeOf(lock, of),
      help: `Release it there first and record it: \`provenOn\` of target '${lock.target}' in tidegate.yaml asks for it.`,
    }));
}

function provenBy(lock: Lock): readonly string[] {
  const { stable, history } = lock;
  const held: readonly Revision[] = [...(isExternal(stable) ? [] : [stable]), ...provenRevisions(lock)];
  const images = held.flatMap(podImages).map(({ image }) => image);
  return [stable.image, ...history.map(({ image }) => image), ...images].map(digestOf);
}

/** Where the intent says it. */
function placeOf({ resolved }: Lock, of: PodImage['of']): string {
  if (of === null) return 'image';
  return resolved.workload.sidecars.some(({ name }) => name === of) ? `sidecars.${of}.image` : 'podTemplate';
}

const digestOf = (image: string): string => image.slice(image.indexOf('@') + 1);
