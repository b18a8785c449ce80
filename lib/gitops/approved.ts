import { APPROVALS_FILE, type WrittenApproval } from '../intent/approvals.ts';
import { person } from '../plan/orders.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { AHEAD_MILLISECONDS, unsigned } from '../runner/parts/signatures.ts';
import type { CommittedRecord, RecordedApproval } from './release-record.ts';

/**
 * What a plan demands of people before it promotes, and a record does not show. Whoever sent the record may have written it:
 * what can be judged without the cluster is judged again, by the terms of the runner. Where the plan has signers their
 * signatures alone count, each by the time at which it was taken and for a run of that time; else at high risk what
 * `approvals.yaml` has.
 */
export function unapproved(
  { plan, hash }: { readonly plan: Plan; readonly hash: string },
  record: Pick<CommittedRecord, 'approvals' | 'startedAt' | 'endedAt'>,
  written: readonly WrittenApproval[],
): readonly string[] {
  const committed = written.filter((one) => one.plan === hash);
  return plan.steps.flatMap((step: Step) => {
    if (step.kind !== 'approval') return [];
    const given = record.approvals.filter(({ approval }) => approval === step.name);
    const doubts = given.map((one) => ({ by: one.by, why: unbelieved(one, plan, record, committed) }));
    const people = new Set(doubts.filter(({ why }) => why === null).map(({ by }) => person(by)));
    if (people.size >= step.count) return [];
    const uncounted = doubts.flatMap(({ by, why }) => (why === null ? [] : [` The approval of ${by} does not count: ${why}.`]));
    return [`the plan demands approval ${step.name} of ${step.count}, and the record has ${people.size}.${uncounted.join('')}`];
  });
}

function unbelieved(
  one: RecordedApproval,
  plan: Plan,
  { startedAt, endedAt }: Pick<CommittedRecord, 'startedAt' | 'endedAt'>,
  committed: readonly WrittenApproval[],
): string | null {
  if (plan.signing) {
    const takenAt = Date.parse(one.takenAt);
    const isLate = takenAt > Date.parse(endedAt) + AHEAD_MILLISECONDS;
    return isLate ? `it was taken at ${one.takenAt}, after the release ended` : unsigned(one, plan, takenAt, Date.parse(startedAt));
  }
  if (plan.risk !== 'high') return null;
  if (one.source !== 'git') return 'at high risk only an approval in Git counts';
  const { approval, by, at } = one;
  return committed.some((entry) => entry.approval === approval && entry.by === by && entry.at === at)
    ? null
    : `${APPROVALS_FILE} has none of ${at} for this plan`;
}
