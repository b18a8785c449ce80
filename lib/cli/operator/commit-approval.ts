import { Project } from '../../constructs/project.ts';
import { APPROVALS_FILE, addApproval, type WrittenApproval } from '../../intent/approvals.ts';
import type { Lock } from '../../lock/lock.ts';
import { planWrites } from '../../output/files.ts';
import { UsageError } from '../command.ts';
import type { Words } from './decide.ts';
import type { Signing } from './sign.ts';

export type Committed =
  | {
      readonly entry: WrittenApproval;
      /** Line of the same person's earlier entry for the same step; null: there is none. */
      readonly again: number | null;
    }
  | { readonly refused: string };

/**
 * Adds an approval of the lock's plan to `approvals.yaml`; whoever merges it approves.
 * @param wanted name of the approval step; null: the only one
 * @throws UsageError where the plan has no such step, or several that could be meant
 * @throws ProblemError where the file is wrong already, or cannot be written
 */
export function commitApproval(
  { release, namespace, target, inFlight }: Lock,
  wanted: string | null,
  spoken: Words,
  signing: Signing,
): Committed {
  if (inFlight === null) return { refused: `${release} is at rest on target ${target}: its lock has nothing in flight to approve.` };
  const { plan, hash } = inFlight;
  const names = [...new Set(plan.steps.flatMap((step) => (step.kind === 'approval' ? [step.name] : [])))];
  if (names.length === 0) {
    const { waived } = plan.approvals;
    return { refused: `plan ${hash} of ${release} asks for no approval${waived === null ? '' : `: ${waived} waives it`}.` };
  }
  const approval = wanted ?? (names.length === 1 ? names[0] : undefined);
  if (approval === undefined)
    throw new UsageError(
      `plan ${hash} of ${release} has the approvals ${names.join(', ')}; name one: tidegate approve ${release} APPROVAL --git`,
    );
  if (!names.includes(approval))
    throw new UsageError(`plan ${hash} of ${release} has no approval '${approval}'; it has ${names.join(', ')}`);

  const words = signing.wordsFor(plan, hash, spoken);
  if ('refused' in words) return words;
  const { signature } = signing.sign(plan, { plan: hash, approval, ...words }, null);
  const project = new Project();
  const given = project.approvals.findLast((one) => one.plan === hash && one.approval === approval && one.by === words.by);
  const entry = { release, namespace, target, plan: hash, approval, ...words, ...(signature === undefined ? {} : { signature }) };
  const text = addApproval(project.approvalsText(), entry);
  planWrites({ root: project.directory, files: new Map(), last: new Map([[APPROVALS_FILE, text]]) }).commit();
  return { entry, again: given?.place.line ?? null };
}
