import { isSpent, person, WHY_SPENT } from '../plan/orders.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { because, type Draft } from './draft.ts';
import { activeGates } from './judging.ts';
import type { Parts } from './parts/index.ts';
import type { Release } from './release.ts';
import type { Status } from './status.ts';
import type { World } from './world.ts';

export type ApprovalStep = Extract<Step, { kind: 'approval' }>;

/** An approval counts only as long as it is about a level that was measured lately. */
const RECENT_MILLISECONDS = 15 * 60_000;

/** How many people have approved a step of this run. */
export const approvalsOf = ({ approvals }: Status, { name }: ApprovalStep): number =>
  new Set(approvals.filter(({ approval }) => approval === name).map(({ by }) => person(by))).size;

/**
 * Takes what people have given since, once each. Returns why something that was given is not taken, or null.
 * Where the plan has signers, their signatures alone are believed; else at high risk Git alone: who may write a ConfigMap
 * in the cluster is not known here.
 */
export function takeApprovals(step: ApprovalStep, release: Release, world: World, draft: Draft): string | null {
  forgetWithdrawn(step, release, world, draft);
  const given = approvalsIn(world).filter(({ approval }) => approval === step.name);
  let refused: string | null = null;
  for (const one of given) {
    const { id, was, approval, by, at, reason, source, signature } = one;
    if (approvalsOf(draft.status, step) >= step.count) return null;
    if (draft.status.approvals.some((taken) => taken.approval === approval && person(taken.by) === person(by))) continue;
    const why = unbelieved(one, release, draft) ?? (isSpent(one, draft.status.consumed) ? WHY_SPENT : stale(release, draft));
    if (why !== null) {
      refused = `the approval of ${by} is not taken: ${why}`;
      continue;
    }
    draft
      .change({ approvals: [...draft.status.approvals, { id, approval, by, at, reason, source, takenAt: draft.at, signature }] })
      .consume(id, was)
      .announce('Normal', 'Approved', `${by} approved ${approval}${because(one)}`);
  }
  return refused;
}

/** Why it is no word at all, wherever it stands, or null. A plan with signers names the part in its `uses`. */
const unbelieved = (one: Given, { plan, parts }: Release, { at, status }: Draft): string | null => {
  if (!plan.signing) return one.source !== 'git' && plan.risk === 'high' ? 'at high risk only an approval in Git counts' : null;
  const { unsigned, countsSince } = (parts as Required<Parts>).signatures;
  return unsigned(one, plan, at, countsSince(status));
};

type Given = ReturnType<typeof approvalsIn>[number];

const approvalsIn = ({ orders: { git, cluster } }: World) => [
  ...git.approvals.map((approval) => ({ ...approval, source: 'git' as const })),
  ...cluster.approvals.map((approval) => ({ ...approval, source: 'cluster' as const })),
];

/** Who approves before the release waits for it has not seen what the gates say: that never counts. */
export function refuseEarly({ steps }: Plan, world: World, draft: Draft): void {
  const { step, consumed } = draft.status;
  const ahead = steps.slice(step + 1).flatMap((later) => (later.kind === 'approval' ? [later.name] : []));
  const early = approvalsIn(world).filter((one) => ahead.includes(one.approval) && !isSpent(one, consumed));
  for (const { id, was, approval, by } of early)
    draft.consume(id, was).announce('Warning', 'NotApproved', `the approval of ${approval} by ${by} is void: nobody waits for it yet`);
}

/** Until enough people have agreed, each of them may think again. */
function forgetWithdrawn({ name }: ApprovalStep, release: Release, world: World, draft: Draft): void {
  const standing = approvalsIn(world).flatMap((one) => (unbelieved(one, release, draft) === null ? [one.id, one.was] : []));
  const withdrawn = draft.status.approvals.filter(({ approval, id }) => approval === name && !standing.includes(id));
  if (withdrawn.length === 0) return;
  draft
    .change({ approvals: draft.status.approvals.filter((taken) => !withdrawn.includes(taken)) })
    .note(`${name} is no longer approved by ${withdrawn.map(({ by }) => by).join(', ')}`, 'warning');
}

/** Why nobody can say how the candidate does, or null. */
function stale({ plan }: Release, { status, at }: Draft): string | null {
  if (status.level.held === null) return 'the route does not hold the level, or its router has not accepted it';
  const gate = activeGates(plan, status).find(
    ({ gate, state, verdict }) =>
      // A Job runs once.
      verdict !== 'pass' || (!('job' in gate.provider) && (state.passedAt === null || at - state.passedAt > RECENT_MILLISECONDS)),
  );
  return gate === undefined ? null : `gate ${gate.gate.name} has not passed in the last 15 minutes`;
}
