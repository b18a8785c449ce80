import type { KubeObject } from '../api/object.ts';
import { PATHS } from '../release/objects.ts';
import type { Simulation } from '../simulation.ts';
import type { Attempt } from './attempt.ts';
import type { History } from './history.ts';
import { writtenIn } from './written.ts';

/** Clocks of processes and the true time part a little while a step is entered and left. */
const SLACK_MILLISECONDS = 5_000;

/**
 * What may truly have ended an attempt, or null: nothing has, and giving up is a fault (a metrics outage is no reason).
 * @param before the status on which it was decided
 */
export function causeOf(attempt: Attempt, sim: Simulation, history: History, before: KubeObject | undefined): string | null {
  const { plan, hash } = attempt.draft;
  const { now } = sim.time;
  const step = plan.steps[attempt.step];
  if (history.was('ordered')) return 'a person ordered it';
  if (history.was('route edited')) return 'somebody edited the route';
  if (hash !== sim.draft.hash) return 'the next plan has landed, and its runner takes the candidate off the route';
  // Whoever wrote the route knows what it made of it, as long as it lives and hears the answer.
  const { pending, level } = writtenIn(before);
  if (history.hidden((pending ?? level)?.generation) && (attempt.disturbances > 0 || sim.fate.runners > 1))
    return "of several changes of the route some may have been a person's";
  if (history.was('status edited')) return 'the status was edited';
  if (history.was('no candidate', 60_000) || sim.workloads.available(plan.candidate.deployment) === 0) return 'the candidate had no pods';
  if (history.was('half the pods', 60_000)) return 'the candidate had less than half of its pods';
  if (history.was('flag moved')) return 'somebody else moved a flag';
  if (history.was('job failed') || history.was('job lost')) return 'a Job failed';
  if (sim.server.find(PATHS.deployment(plan.stable.deployment)) === undefined) return 'stable is gone';
  if (now - attempt.startedAt >= plan.deadlineSeconds * 1_000 - SLACK_MILLISECONDS) return 'the release was too late';
  const since = attempt.reached.get(attempt.step) ?? attempt.startedAt;
  if (step !== undefined && step.deadlineSeconds > 0 && now - since >= step.deadlineSeconds * 1_000 - SLACK_MILLISECONDS)
    return 'the step was too late';
  if (attempt.spent) return 'the Jobs of its gates have run';
  return failedGate(attempt) ?? muteGate(attempt, now);
}

/** A gate that has truly failed more often than it tolerates. */
function failedGate({ draft, deliveries }: Attempt): string | null {
  for (const step of draft.plan.steps) {
    if (step.kind !== 'analysis' && step.kind !== 'bake') continue;
    for (const { name, failureLimit, inconclusiveLimit } of step.gates) {
      const count = (truth: string) => deliveries.filter((delivery) => delivery.gate === name && delivery.truth === truth).length;
      if (count('fail') > failureLimit || count('inconclusive') > inconclusiveLimit) return `gate ${name} failed`;
    }
  }
  return null;
}

/** A gate that has truly said nothing for as long as its step may take. */
function muteGate({ draft, deliveries, step: current, startedAt }: Attempt, now: number): string | null {
  // A step that is about to raise is still at the level of the one before it.
  const levels = [current - 1, current].map((index) => draft.plan.steps[index]?.exposure ?? 100);
  for (const step of draft.plan.steps.slice(0, current + 1)) {
    if ((step.kind !== 'analysis' && step.kind !== 'bake') || !levels.includes(step.exposure)) continue;
    const longest = (step.deadlineSeconds || 900) * 1_000;
    for (const { name } of step.gates) {
      const last = deliveries.findLast((delivery) => delivery.gate === name && delivery.truth !== null)?.at ?? startedAt;
      if (now - last >= longest - SLACK_MILLISECONDS) return `gate ${name} said nothing`;
    }
  }
  return null;
}
