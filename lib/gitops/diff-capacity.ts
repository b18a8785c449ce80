// What a change does to the pods that users reach, where no plan stands between.
import { stableName } from '../lock/change.ts';
import { isExternal, type Lock, type Revision } from '../lock/lock.ts';
import { provenRevisions } from '../lock/proven.ts';
import { canonicalJson } from '../plan/hash.ts';
import { count } from '../plan/words.ts';

/** What a reviewer must know where another revision is stable that was not the candidate in flight. */
export function movedAtOnce(before: Lock, after: Lock): readonly string[] {
  const name = stableName(after);
  return [
    `${name} becomes stable though it was not the candidate in flight: all requests go there as soon as this is applied, and no plan, smoke test, gate or approval comes before.`,
    podsBefore(before, after),
    ...podsLost(before, after),
    wayThere(before, after),
  ];
}

function podsBefore(before: Lock, after: Lock): string {
  const name = stableName(after);
  if (isExternal(after.stable)) return `${name} is not Tidegate's: Git does not say whether it has pods.`;
  const pods = declaredPods(before, after.stable);
  if (pods === null)
    return `Git did not declare how many pods ${name} has: there may be none, and then requests fail until some are ready.`;
  if (pods === 0) return `Git declared 0 pods for ${name}: requests go to pods that have yet to start, and fail until they are ready.`;
  return `Git declared ${count(pods, 'pod')} for ${name} before.`;
}

/** What served until now, where Git keeps no pods of it for the requests on their way. */
function podsLost({ stable }: Lock, after: Lock): readonly string[] {
  if (isExternal(stable) || declaredPods(after, stable) !== 0) return [];
  return [`${stable.name}, which serves now, loses its pods in the same moment, whatever requests they still have.`];
}

function wayThere(before: Lock, after: Lock): string {
  const name = stableName(after);
  const recorded = after.history.length > before.history.length && after.history[0]?.revision === name;
  if (recorded) return `Read the record that proves ${name}, and apply the commit that releases it before the one that records it.`;
  if (before.inFlight) return `Where ${name} shall come back, end what is in flight first: \`tidegate abort ${before.release}\`.`;
  const held = provenRevisions(before).some((revision) => revision.name === name);
  if (held) return `The way back by a plan: \`tidegate rollback ${before.release} --to ${name}\`.`;
  return 'The way there by a plan: release its image again.';
}

/** How many pods Git declares for a revision, at least; 0 where it has none of it, null where that is left to the cluster. */
function declaredPods({ stable, inFlight, retiring }: Lock, { rev }: Revision): number | null {
  if (!isExternal(stable) && stable.rev === rev) return fewest(stable);
  if (inFlight?.candidate.rev === rev) return inFlight.warm ? fewest(inFlight.candidate) : null;
  const leaving = retiring.find(({ revision }) => revision.rev === rev);
  if (leaving === undefined) return 0;
  return leaving.reason === 'replaced' ? fewest(leaving.revision) : null;
}

/** Of pods, as Git says. */
export const fewest = ({ scale }: Pick<Revision, 'scale'>): number => (scale.kind === 'fixed' ? scale.replicas : scale.min);

/** What no field of the intent says of the pods of a stable that stays. */
export function stableCapacity(before: Lock, after: Lock): readonly string[] {
  const [was, is] = [before.stable, after.stable];
  const wanted = after.resolved.scale;
  const asked = canonicalJson(before.resolved.scale) !== canonicalJson(wanted);
  if (asked && (isExternal(is) || is.scale.kind !== wanted.kind)) {
    const why = isExternal(is) ? "it is not Tidegate's" : 'who counts them, a person or the load, only a release changes';
    return [`${stableName(after)} keeps as many pods as it has: ${why}.`];
  }
  if (asked || isExternal(was) || isExternal(is) || was.rev !== is.rev || fewest(is) >= fewest(was)) return [];
  return [
    `${is.name} gets ${count(fewest(is), 'pod')} instead of ${fewest(was)}: the intent has said so since it described another revision.`,
  ];
}
