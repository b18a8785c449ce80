import type { CommittedRecord, RecordedGate } from '../../lib/gitops/release-record.ts';
import { planRevision } from '../../lib/lock/advance.ts';
import { isExternal, type Lock } from '../../lib/lock/lock.ts';

const iso = (at: number): string => new Date(at).toISOString();

export interface Told {
  readonly outcome?: CommittedRecord['outcome'];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly seconds?: number;
  /** Highest share of requests. @default 100 where it was promoted, else 5 */
  readonly highest?: number;
  /** Seconds after the start at which a gate failed. */
  readonly failedAfter?: number;
  readonly by?: 'person' | 'gate' | null;
}

/** The record of the plan in flight, as a runner writes it. */
export function recordOf(
  lock: Lock,
  { outcome = 'promoted', startedAt, seconds = 1_500, highest, failedAfter, by = null }: Told,
): CommittedRecord {
  if (lock.inFlight === null) throw new Error('nothing is in flight');
  const { plan, hash } = lock.inFlight;
  const endedAt = startedAt + seconds * 1_000;
  const reached = highest ?? (outcome === 'promoted' ? 100 : 5);
  const samples =
    failedAfter === undefined ? [] : [{ at: iso(startedAt + failedAfter * 1_000), outcome: 'fail', value: '0.2', weight: reached }];
  const gate: RecordedGate = {
    step: 4,
    gate: 'error-ratio',
    weight: reached,
    from: iso(startedAt),
    to: iso(endedAt),
    verdict: failedAfter === undefined ? 'pass' : 'fail',
    pass: 4,
    fail: samples.length,
    inconclusive: 0,
    noData: 0,
    error: 0,
    samples,
  };
  return {
    version: 1,
    release: plan.release,
    namespace: plan.namespace,
    target: plan.target,
    plan: hash,
    attempt: plan.attempt,
    run: 1,
    outcome,
    by,
    reason: outcome === 'promoted' ? 'promoted' : 'gate error-ratio failed',
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    stable: plan.stable,
    candidate: plan.candidate,
    steps: [{ index: 2, kind: 'setWeight', startedAt: iso(startedAt), endedAt: iso(endedAt), weight: reached, note: '' }],
    gates: [gate],
    approvals: [
      { approval: 'promote', by: 'bob@example.com', at: iso(endedAt), reason: 'dashboards are calm', source: 'git', takenAt: iso(endedAt) },
    ],
    waived: null,
  };
}

/** The lock once that plan is promoted: what `tidegate record` leads to. */
export function promoted(lock: Lock): Lock {
  if (lock.inFlight === null || isExternal(lock.stable)) throw new Error('nothing is in flight from a revision');
  const { candidate, hash } = lock.inFlight;
  return {
    ...lock,
    stable: candidate,
    inFlight: null,
    retiring: [{ revision: lock.stable, reason: 'replaced' }],
    history: [{ revision: planRevision(candidate).revision, image: candidate.image, plan: hash }, ...lock.history],
  };
}
