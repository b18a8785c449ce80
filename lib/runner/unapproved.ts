import type { Plan } from '../plan/plan.ts';
import { approvalsOf } from './approving.ts';
import type { Level } from './level.ts';
import type { Status } from './status.ts';

/**
 * What is missing before a level may be set, or null (S3). The steps demand approvals in their order; this looks only
 * at the level itself, so that a plan without such a step is refused as well: above 50 % there is an approval that was
 * taken, or the plan demands none, names who waived it, and the risk is not high.
 */
export function unapproved({ steps, approvals, risk }: Plan, status: Status, { weight }: Level): string | null {
  if (weight <= 50) return null;
  const before = steps.slice(0, status.step).flatMap((step) => (step.kind === 'approval' ? [step] : []));
  const missing = before.find((step) => approvalsOf(status, step) < step.count);
  if (missing !== undefined) return `weight ${weight} needs approval ${missing.name}`;
  if (before.length > 0) return null;
  if (approvals.required.length > 0)
    return `weight ${weight} needs approval ${approvals.required.join(', ')}, and the plan never asks for it`;
  if (approvals.waived === null) return `weight ${weight} needs an approval, and the plan neither demands nor waives one`;
  return risk === 'high' ? `weight ${weight} needs an approval: at high risk it cannot be waived` : null;
}
