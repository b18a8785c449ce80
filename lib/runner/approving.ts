import type { Plan, Step } from '../plan/plan.ts';
import { because, type Draft } from './draft.ts';
import { activeGates } from './judging.ts';
import type { Release } from './read-plan.ts';
import type { Status, TakenApproval } from './status.ts';
import type { World } from './world.ts';

export type ApprovalStep = Extract<Step, { kind: 'approval' }>;

/** An approval counts only as long as it is about a level that was measured lately. */
const RECENT_MILLISECONDS = 15 * 60_000;

/** How many people have approved a step of this run. */
export const approvalsOf = ({ approvals }: Status, { name }: ApprovalStep): number =>
  new Set(approvals.filter(({ approval }) => approval === name).map(({ by }) => person(by))).size;

/**
 * Takes what people have given since, once each. Returns why something that was given is not taken, or null.
 * At high risk Git alone is believed: who may write a ConfigMap in the cluster is not known here.
 */
export function takeApprovals(step: ApprovalStep, release: Release, world: World, draft: Draft): string | null {
  forgetWithdrawn(step, release, world, draft);
  const given = approvalsIn(world).filter(
    ({ approval, id }) => approval === step.name && !draft.status.approvals.some((taken) => taken.id === id),
  );
  let refused: string | null = null;
  for (const { id, approval, by, at, reason, source } of given) {
    if (approvalsOf(draft.status, step) >= step.count) return null;
    if (draft.status.approvals.some((taken) => taken.approval === approval && person(taken.by) === person(by))) continue;
    const why = draft.status.consumed.includes(id)
      ? 'it was given before the release waited for it'
      : !counts({ source }, release)
        ? 'at high risk only an approval in Git counts'
        : stale(release, draft);
    if (why !== null) {
      refused = `the approval of ${by} is not taken: ${why}`;
      continue;
    }
    const taken: TakenApproval = { id, approval, by, at, reason, source, takenAt: draft.at };
    draft
      .change({ approvals: [...draft.status.approvals, taken] })
      .consume(id)
      .announce('Normal', 'Approved', `${by} approved ${approval}${because({ reason })}`);
  }
  return refused;
}

/** At high risk what stands in the cluster is no word at all. */
const counts = ({ source }: Pick<TakenApproval, 'source'>, { plan }: Release): boolean => source === 'git' || plan.risk !== 'high';

const approvalsIn = ({ orders: { git, cluster } }: World) => [
  ...git.approvals.map((approval) => ({ ...approval, source: 'git' as const })),
  ...cluster.approvals.map((approval) => ({ ...approval, source: 'cluster' as const })),
];

/** Who approves before the release waits for it has not seen what the gates say: that never counts. */
export function refuseEarly({ steps }: Plan, world: World, draft: Draft): void {
  const { step, consumed } = draft.status;
  const ahead = steps.slice(step + 1).flatMap((later) => (later.kind === 'approval' ? [later.name] : []));
  const early = approvalsIn(world).filter(({ approval, id }) => ahead.includes(approval) && !consumed.includes(id));
  for (const { id, approval, by } of early)
    draft.consume(id).announce('Warning', 'NotApproved', `the approval of ${approval} by ${by} is void: nobody waits for it yet`);
}

/** Until enough people have agreed, each of them may think again. */
function forgetWithdrawn({ name }: ApprovalStep, release: Release, world: World, draft: Draft): void {
  const valid = approvalsIn(world).filter((given) => counts(given, release));
  const standing = new Set(valid.map(({ id }) => id));
  const withdrawn = draft.status.approvals.filter(({ approval, id }) => approval === name && !standing.has(id));
  if (withdrawn.length === 0) return;
  draft
    .change({ approvals: draft.status.approvals.filter((taken) => !withdrawn.includes(taken)) })
    .note(`${withdrawn.map(({ by }) => by).join(', ')} took back the approval of ${name}`, 'warning');
}

/** Why nobody can say how the candidate does, or null. */
function stale({ plan }: Release, { status, at }: Draft): string | null {
  const gate = activeGates(plan, status).find(
    ({ state, verdict }) => verdict !== 'pass' || state.passedAt === null || at - state.passedAt > RECENT_MILLISECONDS,
  );
  return gate === undefined ? null : `gate ${gate.gate.name} has not passed in the last 15 minutes`;
}

const person = (by: string): string => by.trim().toLowerCase();
