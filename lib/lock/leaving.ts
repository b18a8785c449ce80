import type { Lock } from './lock.ts';

/** The lock of a release that is taken out of service. @param since ISO 8601 in UTC */
export const withdrawn = (lock: Lock, since: string): Lock => ({ ...lock, leaving: { since } });

/** The lock of a release that a chart declares: it is in service, whether it was about to leave or not. */
export function inService(lock: Lock): Lock {
  if (lock.leaving === undefined) return lock;
  const { leaving: _, ...rest } = lock;
  return rest;
}
