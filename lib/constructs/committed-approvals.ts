import type { PlacedApproval } from '../intent/approvals.ts';
import type { Lock } from '../lock/lock.ts';
import type { Approval } from '../plan/orders.ts';
import { unsigned } from '../runner/parts/signatures.ts';
import { type Problem, ProblemError } from '../schema/index.ts';

/**
 * What `approvals.yaml` says of the plan in flight; entries for other plans are none of its business.
 * @throws ProblemError for an entry that names this plan and contradicts it: it would approve nothing, in silence
 */
export function committedApprovals({ inFlight, ...lock }: Lock, written: readonly PlacedApproval[]): readonly Approval[] {
  if (!inFlight) return [];
  const ours = written.filter(({ plan }) => plan === inFlight.hash);
  const names = inFlight.plan.steps.flatMap((step) => (step.kind === 'approval' ? [step.name] : []));
  const problems = ours.flatMap(({ place: at, ...entry }): Problem[] => [
    ...(['release', 'namespace', 'target'] as const)
      .filter((part) => entry[part] !== undefined && entry[part] !== lock[part])
      .map((part) => ({ at, message: `plan ${entry.plan} is of ${part} '${lock[part]}', not '${entry[part]}'.` })),
    ...(names.includes(entry.approval) ? [] : [{ at, message: unknownApproval(entry.approval, entry.plan, names) }]),
  ]);
  const { plan } = inFlight;
  if (plan.signing)
    problems.push(
      ...ours.flatMap(({ place: at, reason = '', ...entry }): Problem[] => {
        const why = unsigned({ reason, ...entry }, plan, null);
        return why === null ? [] : [{ at, message: `the approval of ${entry.by} does not count: ${why}.`, help: SIGN_HELP }];
      }),
    );
  if (problems.length > 0) throw new ProblemError(problems);
  return ours.map(({ plan: hash, approval, by, at, reason = '', signature }) => ({ plan: hash, approval, by, at, reason, signature }));
}

const SIGN_HELP = '`tidegate approve RELEASE --git --sign KEY` writes one that does; remove this one.';

const unknownApproval = (approval: string, plan: string, names: readonly string[]): string =>
  names.length > 0
    ? `plan ${plan} has no approval '${approval}'; it has ${names.join(', ')}.`
    : `plan ${plan} asks for no approval, so '${approval}' means nothing to it.`;
