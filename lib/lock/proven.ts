import type { Lock, Revision } from './lock.ts';

/** Proven revisions beside stable that the lock still holds complete, the one that left service last first: what can come back. */
export function provenRevisions({ retiring, cold = [], history }: Lock): readonly Revision[] {
  const proven = new Set(history.map(({ revision }) => revision));
  return [...retiring.map(({ revision }) => revision).filter(({ name }) => proven.has(name)), ...cold];
}

/** Whether a revision was stable once and the lock still holds it, also as the candidate of a rollback. */
export function isProven(lock: Lock, { rev }: Revision): boolean {
  const { inFlight } = lock;
  return (inFlight?.rollback === true && inFlight.candidate.rev === rev) || provenRevisions(lock).some((held) => held.rev === rev);
}

/** Whether a plan has proven a revision; the first entry of a release was declared stable as it was. */
export const isTried = (history: Lock['history'], { name }: Pick<Revision, 'name'>): boolean =>
  history.some(({ revision, plan }) => revision === name && plan !== null);

/** The lock with other cold revisions; without a field where there are none. */
export function withCold({ cold: _, ...lock }: Lock, cold: readonly Revision[]): Lock {
  return cold.length === 0 ? lock : { ...lock, cold };
}

export function undeclined({ declined: _, ...lock }: Lock): Lock {
  return lock;
}
