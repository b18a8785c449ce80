import { isExternal, type Lock, type Retiring, type Revision } from './lock.ts';
import { isProven, undeclined, withCold } from './proven.ts';

/**
 * The lock once the release in flight was promoted: its candidate is stable, and what it replaced retires with the pods that
 * it has. The intent is as it was, so what a rollback gave up stays given up.
 */
export function promoted(lock: Lock): Lock {
  const { stable, inFlight, retiring, history, resolved } = lock;
  if (inFlight === null) return lock;
  const { candidate, hash } = inFlight;
  const { smoke = resolved.smoke } = candidate;
  const replaced: readonly Retiring[] = isExternal(stable) ? [] : [{ revision: stable, reason: 'replaced' }];
  return {
    ...lock,
    stable: { ...candidate, smoke },
    inFlight: null,
    retiring: [...replaced, ...retiring].map(leftBy(hash)),
    history: [{ revision: candidate.name, image: candidate.image, plan: hash }, ...history],
  };
}

/**
 * The lock once the release in flight was aborted: its candidate retires, and is given up where the intent describes it.
 * A rollback that failed leaves what the intent describes stable.
 */
export function aborted(lock: Lock): Lock {
  const { inFlight, retiring, declined } = lock;
  if (inFlight === null) return lock;
  const { candidate, warm, hash } = inFlight;
  const given: Retiring = { revision: candidate, reason: warm ? 'replaced' : 'abandoned' };
  const left: Lock = { ...lock, inFlight: null, retiring: [given, ...retiring].map(leftBy(hash)) };
  if (declined === undefined) return { ...left, declined: { revision: candidate.name, reason: 'aborted' } };
  return isExternal(lock.stable) || declined.revision !== lock.stable.name ? left : undeclined(left);
}

/** A plan that has ended was applied, and its route names nothing but its own two revisions: so all others were left. */
const leftBy =
  (plan: string) =>
  (entry: Retiring): Retiring =>
    entry.record === undefined ? { ...entry, record: plan } : entry;

/**
 * The lock once retiring revisions have lost their pods: proven ones stay cold, the newest `keep` of them, and others go.
 * @param gone names of those that retire no longer
 */
export function retired(lock: Lock, gone: ReadonlySet<string>, keep: number): Lock {
  const leaving = lock.retiring.map(({ revision }) => revision).filter(({ name }) => gone.has(name));
  const cold: readonly Revision[] = [...leaving.filter((revision) => isProven(lock, revision)), ...(lock.cold ?? [])];
  const retiring = lock.retiring.filter(({ revision }) => !gone.has(revision.name));
  return withCold({ ...lock, retiring }, cold.slice(0, keep));
}
