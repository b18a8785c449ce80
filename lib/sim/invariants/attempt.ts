import { smokeJobName } from '../../plan/job-names.ts';
import type { PlanGate, Step } from '../../plan/plan.ts';
import { SETTLE_SECONDS } from '../../plan/settling.ts';
import type { Flags } from '../flags.ts';
import type { Delivery } from '../metrics.ts';
import { type Draft, RELEASE } from '../release/plans.ts';
import type { Shares } from '../release/routes.ts';
import type { Simulation } from '../simulation.ts';
import { countsFrom, isRemedied, type Remedy, type Tried } from './remedies.ts';

/** What has truly happened in one attempt: from the moment at which a plan begins at nothing, until it begins anew. */
export interface Attempt {
  readonly draft: Draft;
  /** Of the plan's ConfigMap. */
  readonly uid: string;
  readonly startedAt: number;
  /** When its first step was seen to begin; null: it was not. */
  startsAt: number | null;
  /** Steps that raised the candidate's share, with the time at which a runner first did. */
  readonly entered: Map<number, number>;
  /** Steps that the status has passed, and whose end was seen to be true then. */
  readonly passed: Set<number>;
  /** When the status first stood at a step. */
  readonly reached: Map<number, number>;
  /** When the status that first set the level of a step was sent: whoever sent it knew nothing of what came later. */
  readonly decided: Map<number, number>;
  readonly deliveries: Delivery[];
  /** Smoke Jobs that were seen to succeed. */
  readonly jobs: Set<string>;
  /** Jobs of gates that were let begin in it, with what the proxies served then. */
  readonly began: Map<string, Shares>;
  /** Remedies that somebody was asked for in it. */
  readonly remedies: Map<Remedy, Tried>;
  /** Where the flag truly stands. */
  readonly flags: Flags;
  /** Whether an earlier attempt of this plan began some: none of them runs again. */
  spent: boolean;
  /** Moments at which a runner was excused. */
  disturbances: number;
  /** Milliseconds for which proxies may go on to serve what was before, where a metric tells the runner what they serve. */
  readonly lag: number;
  /** Every share of users that the proxies have served in it, with the time at which they first did. */
  readonly shares: Map<number, number>;
  /** How often the GitOps tool touched the route. */
  resets: number;
  step: number;
  /** Since when the status says that it is over and on stable. */
  restedAt: number | null;
  /** A person who took traffic to stable: never undone (S13). */
  loweredBy: string | null;
}

export const newAttempt = (draft: Draft, uid: string, at: number, { proxyLag, router, flags }: Simulation): Attempt => ({
  flags,
  lag: proxyLag,
  shares: new Map([[router.served.users, at]]),
  draft,
  uid,
  startedAt: at,
  startsAt: null,
  entered: new Map(),
  passed: new Set(),
  reached: new Map(),
  decided: new Map(),
  deliveries: [],
  jobs: new Set(),
  began: new Map(),
  remedies: new Map(),
  spent: false,
  disturbances: 0,
  resets: 0,
  step: 0,
  restedAt: null,
  loweredBy: null,
});

/** Whether what was served when an answer was made is what the step at `index` is about. */
export function isAt(attempt: Attempt, index: number, { served }: Delivery): boolean {
  const { steps, remedies } = attempt.draft.plan;
  const { exposure } = steps[index] as Step;
  // As near as the runner must know it.
  const isShare = Math.abs(served.users - exposure) <= Math.max(2, exposure / 4);
  const has = (kind: Step['kind']) => steps.slice(0, index).some((before) => before.kind === kind);
  const [header, mirror] = [has('setHeaderRoute'), has('setMirrorRoute')];
  if (exposure > 0) return isShare && (!remedies?.shed || !header || served.header === 100);
  // What looks at the candidate before anybody reaches it does not mind whom the proxies serve.
  if (!header && !mirror) return true;
  return served.users === 0 && (!header || served.header > 0) && (!mirror || served.mirror > 0);
}

/** Why the attempt has not earned what the step at `index` gives, or null. Nothing that a runner says is believed. */
export function unearned(attempt: Attempt, index: number, now: number, clocksAreWrong: boolean): string | null {
  const { steps, approvals, risk } = attempt.draft.plan;
  for (const [before, step] of steps.slice(0, index).entries()) {
    const why = unfinished(attempt, before, step, now, clocksAreWrong);
    if (why !== null) return `S2 step ${index} before step ${before} (${step.kind}): ${why}`;
  }
  const step = steps[index] as Step;
  if (step.exposure <= 50) return null;
  if (steps.slice(0, index).some(({ kind }) => kind === 'approval')) return null;
  if (approvals.waived === null) return `S3 ${step.exposure} % without an approval`;
  return risk === 'high' ? `S3 ${step.exposure} % at high risk, waived` : null;
}

/** A step begins when it is decided, and is seen when that was written, which may take so long. */
const SLOW_MILLISECONDS = 5_000;

function unfinished(attempt: Attempt, index: number, step: Step, now: number, clocksAreWrong: boolean): string | null {
  switch (step.kind) {
    case 'scale':
      return attempt.passed.has(index) ? null : 'the candidate has not the pods that it must have';
    case 'approval':
      return attempt.passed.has(index) ? null : 'nobody has approved';
    case 'setWeight':
    case 'switch':
    case 'setHeaderRoute':
    case 'setMirrorRoute':
      return attempt.entered.has(index) ? null : 'it was not set';
    case 'smoke':
      return attempt.jobs.has(smokeJobName(RELEASE, attempt.draft.hash, index)) ? null : 'its Job has not succeeded';
    case 'pause': {
      if (clocksAreWrong) return null;
      const since = attempt.reached.get(index) ?? now;
      return now - since >= step.durationSeconds * 1_000 - SLOW_MILLISECONDS ? null : `${now - since} ms are too short`;
    }
    case 'analysis':
      return unproven(attempt, index, step, clocksAreWrong);
    case 'bake':
      return null;
  }
}

/** Of two runners that asked at the same time one is heard, whichever that is. */
function distinct(answers: readonly Delivery[], intervalSeconds: number): readonly Delivery[] {
  const rivals = (one: Delivery, other: Delivery) => other.process !== one.process && Math.abs(one.at - other.at) < intervalSeconds * 500;
  return answers.filter((one, index) => !answers.some((other, at) => rivals(one, other) && (other.truth !== one.truth || at < index)));
}

/** Asked before requests were given up, and answered as that was decided: it is about a level that is left. */
const isOvertaken = ({ remedies }: Attempt, { askedAt, at }: Delivery): boolean => {
  const shedAt = remedies.get('shed')?.firstAt;
  return shedAt !== undefined && askedAt < shedAt && at > shedAt - OVERTAKEN_MILLISECONDS;
};
const OVERTAKEN_MILLISECONDS = 1_000;

/** As Argo Rollouts judges, one run after another has its own failures; among so many answers there are no more runs. */
function toleratedFailures({ argo, failureLimit }: PlanGate, answers: number): number {
  return argo?.count ? failureLimit * Math.max(1, Math.ceil(answers / argo.count)) : failureLimit;
}

/**
 * Whether the pods have the flag of a gate that may switch it off as they had it then. What levels that are left were judged
 * with is over, and what changed before the attempt began nobody could see.
 */
function isAsNow(attempt: Attempt, index: number, { onFailure }: PlanGate, { overridden }: Delivery): boolean {
  const { flags, entered, startedAt } = attempt;
  if (onFailure !== 'flagOff' || index < Math.max(...entered.keys(), 0) || flags.movedAt < startedAt) return true;
  return overridden === flags.overridden;
}

/** Enough answers that truly passed, given while the level was truly served. */
function unproven(attempt: Attempt, index: number, step: Extract<Step, { kind: 'analysis' }>, clocksAreWrong: boolean): string | null {
  for (const gate of step.gates) {
    // What was measured before its remedy was in effect is of what was before; by a wrong clock that may be sooner.
    const remedied = countsFrom(attempt, index, gate) ?? 0;
    const from = clocksAreWrong ? 0 : remedied;
    const asked = attempt.deliveries.filter(
      (delivery) => delivery.gate === gate.name && delivery.askedAt >= from && (clocksAreWrong || isAsNow(attempt, index, gate, delivery)),
    );
    // By a wrong clock a runner may have waited long enough for proxies that say nothing.
    const answers = asked.filter((delivery) => clocksAreWrong || isAt(attempt, index, delivery));
    const count = (truth: string) => answers.filter((answer) => answer.truth === truth).length;
    const [pass, fail, inconclusive] = [count('pass'), count('fail'), count('inconclusive')];
    // What came just after a reset counts only where nobody could hear of it in time.
    // Proxies that are slower than anything settles are right once, and then are late with what was before.
    const right = attempt.lag > SETTLE_SECONDS * 1_000 ? attempt.shares.get(step.exposure) : undefined;
    const left = attempt.reached.get(index + 1) ?? Number.POSITIVE_INFINITY;
    const isLate = (answer: Delivery) => right !== undefined && answer.at >= right && answer.at <= left && !isAt(attempt, index, answer);
    const late = asked.filter(isLate).length;
    const unseen = (attempt.disturbances > 0 ? attempt.resets : 0) + late;
    const needed = Math.max(late > 0 ? 0 : 1, gate.count - unseen);
    const seen = `${pass} passes, ${fail} failures and ${inconclusive} inconclusive answers`;
    if (pass + fail + inconclusive < needed) return `gate ${gate.name} has ${seen}, of ${needed}`;
    if (pass < needed - gate.failureLimit - gate.inconclusiveLimit) return `gate ${gate.name} has ${seen}`;
    // An answer that was lost with its runner is nobody's fault, and one that comes once the next level is decided is too late.
    const ended = Math.min(...[...attempt.decided].map(([raised, at]) => (raised > index ? at : Number.POSITIVE_INFINITY)));
    const failed = distinct(answers, gate.intervalSeconds).filter(
      (answer) =>
        answer.truth === 'fail' &&
        answer.askedAt >= remedied &&
        answer.at <= ended &&
        isAt(attempt, index, answer) &&
        !isOvertaken(attempt, answer),
    );
    const tolerated = toleratedFailures(gate, pass + fail + inconclusive);
    if ((gate.onFailure === 'abort' || isRemedied(gate)) && failed.length > tolerated + attempt.disturbances)
      return `gate ${gate.name} has ${seen}, and tolerates ${tolerated} failures`;
  }
  return null;
}
