import type { PlanGate } from '../../plan/plan.ts';
import type { Delivery } from '../metrics.ts';
import type { Draft } from '../release/plans.ts';

/** A remedy as the world has seen it. */
export interface Tried {
  /** When it was asked for first. */
  readonly firstAt: number;
  /** The step at which the status stood then. */
  readonly step: number;
  /** Steps at and below this one were entered for a level that was left before. */
  readonly level: number;
  /** When whoever carries it out did, or said so; null: not yet. */
  doneAt: number | null;
}

/** What of an attempt remedies are about. */
interface Trying {
  readonly draft: Draft;
  readonly step: number;
  readonly entered: ReadonlyMap<number, number>;
  readonly deliveries: readonly Delivery[];
  readonly remedies: Map<Remedy, Tried>;
}

export type Remedy = 'flagOff' | 'webhook' | 'shed';

export const isRemedied = ({ onFailure }: PlanGate): boolean => onFailure === 'flagOff' || onFailure === 'webhook' || onFailure === 'shed';

/** What was on its way may come this much later. */
const LATE_MILLISECONDS = 20_000;

/**
 * Somebody asks for a remedy: once in an attempt, because a gate that names it has truly failed, and no longer than it
 * may take. Returns what is wrong, or null.
 */
export function tryRemedy(attempt: Trying, remedy: Remedy, at: number): string | null {
  const { plan } = attempt.draft;
  const known = attempt.remedies.get(remedy);
  if (known !== undefined) {
    const limit = (plan.remedies?.[remedy]?.withinSeconds ?? 0) * 1_000 + LATE_MILLISECONDS;
    return at - known.firstAt > limit ? `remedy ${remedy} is tried again after ${at - known.firstAt} ms` : null;
  }
  const raising = plan.steps.flatMap(({ kind }, index) => (RAISING.has(kind) && attempt.entered.has(index) ? [index] : []));
  attempt.remedies.set(remedy, { firstAt: at, step: attempt.step, level: Math.max(-1, ...raising), doneAt: null });
  const failed = plan.steps.some(
    (step) =>
      'gates' in step &&
      step.gates.some(
        ({ name, onFailure, failureLimit }) =>
          onFailure === remedy &&
          attempt.deliveries.filter((delivery) => delivery.gate === name && delivery.truth === 'fail').length > failureLimit,
      ),
  );
  return failed ? null : `remedy ${remedy} is tried although no gate that names it has failed`;
}

const RAISING: ReadonlySet<string> = new Set(['setWeight', 'switch', 'setHeaderRoute', 'setMirrorRoute']);

/** From when on measurements of a gate count for the step at `index`; null: from the beginning; Infinity: none does yet. */
export function countsFrom(attempt: Trying, index: number, { onFailure }: PlanGate): number | null {
  const tried = attempt.remedies.get(onFailure as Remedy);
  if (tried === undefined || index < tried.level) return null;
  const terms = attempt.draft.plan.remedies?.[onFailure as Remedy];
  const settle = terms && 'settleSeconds' in terms ? terms.settleSeconds : 0;
  return tried.doneAt === null ? Number.POSITIVE_INFINITY : tried.doneAt + settle * 1_000;
}
