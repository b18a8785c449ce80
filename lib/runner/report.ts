import type { Plan } from '../plan/plan.ts';
import { type Status, statusText, type WrittenPhase } from './status.ts';

/**
 * The status ConfigMap's data: the status as a whole with a digest that shows edits by hand, keys for people, its
 * conditions, and the release record once the release is over.
 */
export function statusData(status: Status, plan: Plan): Readonly<Record<string, string>> {
  return {
    'status.json': statusText({ ...status, attempt: plan.attempt }),
    plan: status.plan,
    phase: status.phase,
    step: String(status.step),
    weight: String(status.level.set.weight),
    reason: status.reason,
    heartbeat: iso(status.heartbeat),
    conditions: JSON.stringify(conditions(status)),
    ...(status.phase in OUTCOMES ? { 'record.json': JSON.stringify(releaseRecord(status, plan)) } : {}),
  };
}

const iso = (at: number): string => new Date(at).toISOString();

/** What became of the release, by the phases in which it is over. */
const OUTCOMES: { readonly [phase in WrittenPhase]?: 'promoted' | 'aborted' } = { Aborted: 'aborted', Promoted: 'promoted' };

export interface Condition {
  readonly type: 'Reconciling' | 'Stalled' | 'Ready';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** As kstatus reads them: `Reconciling` while it goes on, `Stalled` when a person has to look, `Ready` once promoted. */
function conditions({ phase, phaseSince, reason }: Status): readonly Condition[] {
  const holding: Condition['type'] =
    phase === 'Promoted' ? 'Ready' : phase === 'Held' || phase === 'Aborting' || phase === 'Aborted' ? 'Stalled' : 'Reconciling';
  return (['Reconciling', 'Stalled', 'Ready'] as const).map((type) => ({
    type,
    status: type === holding ? 'True' : 'False',
    reason: phase,
    message: reason,
    lastTransitionTime: iso(phaseSince),
  }));
}

/** What `tidegate record` commits, what auditors and post-mortems read. */
export interface ReleaseRecord {
  readonly version: 1;
  readonly release: string;
  readonly namespace: string;
  readonly target: string;
  readonly plan: string;
  readonly attempt: number;
  readonly run: number;
  readonly outcome: 'promoted' | 'aborted';
  readonly by: 'person' | 'gate' | null;
  readonly reason: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly stable: Plan['stable'];
  readonly candidate: Plan['candidate'];
  readonly steps: readonly {
    readonly index: number;
    readonly kind: string;
    readonly startedAt: string;
    readonly endedAt: string;
    readonly weight: number;
    readonly note: string;
  }[];
  readonly gates: readonly object[];
  readonly approvals: readonly object[];
  readonly waived: string | null;
  /** What was tried because a gate failed, by its `onFailure`; absent where nothing was. */
  readonly remedies?: readonly { readonly remedy: string; readonly at: string; readonly inEffectSince: string | null }[];
}

export function releaseRecord(status: Status, plan: Plan): ReleaseRecord {
  const { release, namespace, target, attempt, stable, candidate, approvals } = plan;
  const remedies = Object.entries(status.remedies).flatMap(([remedy, tried]) =>
    tried ? [{ remedy, at: iso(tried.at), inEffectSince: tried.readyAt === null ? null : iso(tried.readyAt) }] : [],
  );
  return {
    version: 1,
    release,
    namespace,
    target,
    plan: status.plan,
    attempt,
    run: status.run,
    outcome: OUTCOMES[status.phase] ?? 'aborted',
    by: status.abort?.by ?? null,
    reason: status.reason,
    startedAt: iso(status.begunAt),
    endedAt: iso(status.phaseSince),
    stable,
    candidate,
    steps: status.steps.map((step) => ({
      ...step,
      kind: plan.steps[step.index]?.kind ?? 'unknown',
      startedAt: iso(step.startedAt),
      endedAt: iso(step.endedAt),
    })),
    gates: status.evidence.map((gate) => ({
      ...gate,
      from: iso(gate.from),
      to: iso(gate.to),
      samples: gate.samples.map((sample) => ({ ...sample, at: iso(sample.at) })),
    })),
    approvals: status.approvals.map(({ takenAt, ...approval }) => ({ ...approval, takenAt: iso(takenAt) })),
    waived: approvals.waived,
    ...(remedies[0] ? { remedies } : {}),
  };
}
