import { contentHash } from './hash.ts';
import type { Approval } from './orders.ts';
import type { Plan } from './plan.ts';

/** What a signature is for, as `ssh-keygen -Y sign -n` takes it: one that was made for something else approves nothing. */
export const NAMESPACE = 'approval@tidegate.dev';

/**
 * What is signed, byte for byte: readable, and without two meanings. It has the whole hash of the plan, of which 8 digits
 * stand in names: another plan with the same 8 could be made.
 */
export function signedText(plan: Plan, { approval, by, at, reason }: Pick<Approval, 'approval' | 'by' | 'at' | 'reason'>): string {
  const { release, namespace, target, candidate } = plan;
  const { image } = candidate;
  const text = { 'tidegate approval': 1, approval, release, namespace, target, image, plan: contentHash(plan), by, at, reason };
  return `${JSON.stringify(text, null, 2)}\n`;
}
