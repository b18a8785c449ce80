import { type Approval, readOrders } from '../../plan/orders.ts';
import type { Plan, Step } from '../../plan/plan.ts';
import { PATHS } from '../release/objects.ts';
import type { Simulation } from '../simulation.ts';
import { type Attempt, isAt } from './attempt.ts';

/** Approvals that one attempt has lived on. */
export interface Consumed {
  readonly approval: string;
  readonly hash: string;
  readonly ids: ReadonlySet<string>;
  readonly count: number;
}

/** An approval counts only beside gates that passed so lately. */
const FRESH_MILLISECONDS = 15 * 60_000;
const LATE_MILLISECONDS = 60_000;
/** A step begins when it is decided, and is seen when that was written: what came between may count. */
const TOLERANCE_MILLISECONDS = 20_000;
/** People's clocks may be behind by so much. */
const BEHIND_MILLISECONDS = 300_000;

/** Why an approval step must not be left, or null (S3). Notes what it lived on. */
export function approvalProblem(
  step: Extract<Step, { kind: 'approval' }>,
  index: number,
  attempt: Attempt,
  sim: Simulation,
  consumed: Consumed[],
): string | null {
  const { hash, plan } = attempt.draft;
  const where = `S3 approval ${step.name} of plan ${hash}`;
  const asked = attempt.reached.get(index) ?? sim.time.now;
  const clocksJump = sim.fate.happenings.some(({ what }) => what === 'clock jumps');
  const given = presentLately(sim, hash, plan).filter(
    ({ approval, since, at }) =>
      approval === step.name &&
      since >= asked - TOLERANCE_MILLISECONDS &&
      (!plan.signing || clocksJump || Date.parse(at) >= asked - BEHIND_MILLISECONDS - TOLERANCE_MILLISECONDS),
  );
  const earlier = consumed.filter((past) => past.hash === hash && past.approval === step.name);
  const used = earlier.reduce((sum, { count }) => sum + count, 0);
  const ids = new Set([...given.map(({ id }) => id), ...earlier.flatMap((past) => [...past.ids])]);
  const persons = new Set(given.map(({ by }) => by));
  consumed.push({ approval: step.name, hash, ids: new Set(given.map(({ id }) => id)), count: step.count });
  if (persons.size < step.count) return `${where} counts ${persons.size} persons of ${step.count}`;
  if (ids.size < used + step.count) return `${where} uses again what an earlier attempt has used`;
  return staleGate(index, attempt, sim);
}

/** Every gate of the level must have passed in the last quarter of an hour; a Job runs once, whenever that was. */
function staleGate(index: number, attempt: Attempt, sim: Simulation): string | null {
  const before = attempt.draft.plan.steps.slice(0, index);
  const last = before.findLastIndex(({ kind }) => kind === 'analysis');
  const analysis = before[last];
  if (analysis?.kind !== 'analysis' || analysis.exposure !== attempt.draft.plan.steps[index]?.exposure) return null;
  const since = sim.time.now - FRESH_MILLISECONDS - LATE_MILLISECONDS;
  const stale = analysis.gates.find(
    ({ name, provider }) =>
      !('job' in provider) &&
      !attempt.deliveries.some(
        (delivery) => delivery.gate === name && delivery.truth === 'pass' && delivery.at >= since && isAt(attempt, last, delivery),
      ),
  );
  return stale === undefined ? null : `S3 an approval counts although gate ${stale.name} has not passed for 15 minutes`;
}

/** What stands in the places that count, or stood there a moment ago, with the time at which it first did. */
function presentLately(sim: Simulation, hash: string, { risk, signing }: Plan): readonly Given[] {
  const all = new Map<string, Given>();
  for (const source of risk === 'high' && !signing ? (['approvals'] as const) : (['approvals', 'operator'] as const))
    for (const data of sim.orders.lately(PATHS[source]))
      for (const [key, text] of Object.entries(data))
        for (const entry of readOrders({ [key]: text }, hash).approvals)
          if (!signing || sim.signed.has(text)) all.set(entry.id, { ...entry, since: sim.orders.since(PATHS[source], key, text) });
  return [...all.values()];
}

type Given = Approval & { readonly id: string; readonly since: number };
