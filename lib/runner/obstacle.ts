import type { Plan, Step } from '../plan/plan.ts';
import { weightOf } from './read-plan.ts';

/**
 * Why the step at `index` may not be entered by this runner, or null.
 *
 * A weight is entered only if all that judges it can be walked: every step up to the next weight, or to the end. The
 * last weight is judged by `bake`, which has nothing to judge only when it has no gates.
 */
export function obstacle(plan: Plan, index: number): string | null {
  const step = plan.steps[index];
  if (step === undefined) return null;
  const here = unable(step, index);
  if (here !== null) return here;
  const weight = weightOf(step);
  if (weight === null) return null;
  const unapproved = weight > 50 ? missingApproval(plan) : null;
  if (unapproved !== null) return `step ${index} (${step.kind} ${weight}) needs ${unapproved}`;
  for (const [later, judge] of plan.steps.entries()) {
    if (later <= index) continue;
    if (weightOf(judge) !== null) return null;
    const problem = unable(judge, later);
    if (problem !== null) return `step ${index} (${step.kind} ${weight}) is not entered, since it could not be judged: ${problem}`;
  }
  return null;
}

/**
 * S3, safe side first: above 50 % an approval that was given, and this runner can receive none; or the plan demands
 * none, names who waived it, and the risk is not high.
 */
function missingApproval(plan: Plan): string | null {
  const { required, waived } = plan.approvals;
  if (required.length > 0) return `approval ${required.join(', ')}, which this runner cannot receive`;
  if (waived === null) return 'an approval above 50 %, and the plan neither demands nor waives one';
  return plan.risk === 'high' ? 'an approval above 50 %: at high risk it cannot be waived' : null;
}

function unable(step: Step, index: number): string | null {
  switch (step.kind) {
    case 'scale':
    case 'smoke':
    case 'setWeight':
    case 'switch':
    case 'pause':
      return null;
    case 'bake':
      return step.gates.length === 0 ? null : `step ${index} (bake) has gates, which this runner cannot judge`;
    case 'analysis':
    case 'approval':
    case 'setHeaderRoute':
    case 'setMirrorRoute':
    case 'job':
      return `step ${index} (${step.kind}${'name' in step ? ` ${step.name}` : ''}) is of a kind that this runner cannot walk`;
  }
}
