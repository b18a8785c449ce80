import type { KubeObject } from '../api/object.ts';
import type { Attempt } from './attempt.ts';
import { type WrittenSample, writtenIn } from './written.ts';

/** A runner's clock and the answer's arrival part by so little, where its clock is right. */
const TOLERANCE_MILLISECONDS = 1_000;

/**
 * S11: what the status holds as evidence was truly answered, and nothing that counts against the candidate is forgotten
 * while a gate goes on. Returns what is wrong, or null.
 */
export function evidenceProblem(
  attempt: Attempt,
  status: KubeObject,
  before: KubeObject | undefined,
  clocksAreWrong: boolean,
): string | null {
  const [{ gates: now = {} }, { gates: then = {} }] = [writtenIn(status), writtenIn(before)];
  for (const [key, gate] of Object.entries(now)) {
    const earlier = then[key];
    if (earlier !== undefined && earlier.since === gate.since && earlier.counters.fail > gate.counters.fail)
      return `S11 gate ${key} had ${earlier.counters.fail} failures and has ${gate.counters.fail}`;
    if (clocksAreWrong) continue;
    const known = new Set(earlier?.counters.samples.map(({ at }) => at));
    const invented = gate.counters.samples.find((sample) => !known.has(sample.at) && !wasSaid(attempt, key, sample));
    if (invented !== undefined) return `S11 gate ${key}: nobody said ${invented.outcome} at ${invented.at}`;
  }
  return null;
}

function wasSaid({ draft, deliveries }: Attempt, key: string, { at, outcome }: WrittenSample): boolean {
  const step = draft.plan.steps[Number(key.slice(0, key.indexOf('.')))];
  const gate = step !== undefined && 'gates' in step ? step.gates.find(({ name }) => key.endsWith(`.${name}`)) : undefined;
  // What says nothing may be an answer that never came, and a Job is read some time after it ended.
  if (gate === undefined || 'job' in gate.provider || outcome === 'error' || outcome === 'no-data') return true;
  return deliveries.some(
    (delivery) => delivery.gate === gate.name && delivery.truth === outcome && Math.abs(delivery.at - at) <= TOLERANCE_MILLISECONDS,
  );
}
