import { APPROVALS_FILE, type WrittenApproval } from '../intent/approvals.ts';
import { person } from '../plan/orders.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { unsigned } from '../runner/parts/signatures.ts';
import type { RecordedApproval } from './release-record.ts';

/**
 * What a plan demands of people before it promotes, and a record does not show. Whoever sent the record may have written it:
 * what can be judged without the cluster is judged again, by the terms of the runner. Where the plan has signers their
 * signatures alone count, else at high risk what `approvals.yaml` has.
 */
export function unapproved(
  { plan, hash }: { readonly plan: Plan; readonly hash: string },
  approvals: readonly RecordedApproval[],
  written: readonly WrittenApproval[],
): readonly string[] {
  const committed = written.filter((one) => one.plan === hash);
  return plan.steps.flatMap((step: Step) => {
    if (step.kind !== 'approval') return [];
    const given = approvals.filter(({ approval }) => approval === step.name);
    const doubts = given.map((one) => ({ by: one.by, why: unbelieved(one, plan, committed) }));
    const people = new Set(doubts.filter(({ why }) => why === null).map(({ by }) => person(by)));
    if (people.size >= step.count) return [];
    const uncounted = doubts.flatMap(({ by, why }) => (why === null ? [] : [` The approval of ${by} does not count: ${why}.`]));
    return [`the plan demands approval ${step.name} of ${step.count}, and the record has ${people.size}.${uncounted.join('')}`];
  });
}

function unbelieved(one: RecordedApproval, plan: Plan, committed: readonly WrittenApproval[]): string | null {
  if (plan.signing) return unsigned(one, plan, Date.parse(one.takenAt));
  if (plan.risk !== 'high') return null;
  if (one.source !== 'git') return 'at high risk only an approval in Git counts';
  const { approval, by, at } = one;
  return committed.some((entry) => entry.approval === approval && entry.by === by && entry.at === at)
    ? null
    : `${APPROVALS_FILE} has none of ${at} for this plan`;
}
