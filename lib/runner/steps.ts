import type { Plan, Step } from '../plan/plan.ts';
import type { Effect } from './effect.ts';
import { exposure } from './route.ts';
import type { Status } from './status.ts';
import type { World } from './world.ts';

/** A status is no proof: a real proxy was seen to serve a new split 1.6 s after it had reported it. */
const SETTLE_MILLISECONDS = 5_000;

/** What a look at the step that is being walked says. */
export type StepView =
  | { readonly is: 'done'; readonly note: string }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'waiting'; readonly why: string; readonly effect?: Effect; readonly until?: number }
  | { readonly is: 'raise'; readonly weight: number };

export interface StepContext {
  readonly plan: Plan;
  readonly status: Status;
  readonly world: World;
  readonly at: number;
  readonly startedAt: number;
}

/** Judges the step; `obstacle` has let it pass, so only kinds that can be walked come here. */
export function viewStep(step: Step, context: StepContext): StepView {
  switch (step.kind) {
    case 'scale':
      return scale(step.replicas, context);
    case 'smoke':
      return smoke(step.name, context);
    case 'setWeight':
      return weight(step.weight, context);
    case 'switch':
      return weight(100, context);
    case 'pause':
      return pause(step.durationSeconds, context);
    case 'bake':
      return { is: 'done', note: 'nothing to judge while baking' };
    case 'analysis':
    case 'approval':
    case 'setHeaderRoute':
    case 'setMirrorRoute':
    case 'job':
      return { is: 'waiting', why: `${step.kind} cannot be walked` };
  }
}

/** As many pods as stable has, or as the plan says if that is more; never fewer than there are. */
function scale(replicas: number, { plan, world }: StepContext): StepView {
  const { candidate, stable } = world;
  if (candidate === null) return { is: 'waiting', why: `Deployment ${plan.candidate.deployment} is not there` };
  if (stable === null) return { is: 'waiting', why: `Deployment ${plan.stable.deployment} is not there` };
  const target = Math.max(replicas, stable.replicas);
  const { resourceVersion } = candidate;
  if (candidate.replicas < target)
    return {
      is: 'waiting',
      why: `scaling the candidate from ${candidate.replicas} to ${target}`,
      effect: { kind: 'scale', deployment: plan.candidate.deployment, replicas: target, resourceVersion },
    };
  if (!candidate.current) return { is: 'waiting', why: `scaling the candidate to ${target}` };
  if (candidate.available < target)
    return { is: 'waiting', why: `${candidate.available} of ${target} pods of the candidate are available` };
  return { is: 'done', note: `${candidate.available} pods of the candidate are available` };
}

function smoke(name: string, { world }: StepContext): StepView {
  const { job } = world;
  if (job === null) return { is: 'waiting', why: `the Job of smoke test ${name} is not there` };
  switch (job.state) {
    case 'running':
      return { is: 'waiting', why: `smoke test ${name} is running` };
    case 'passed':
      return { is: 'done', note: `smoke test ${name} passed` };
    case 'failed':
      return { is: 'failed', why: `smoke test ${name} failed: ${job.message}` };
  }
}

function weight(target: number, { status, world, at }: StepContext): StepView {
  const { set, since } = status.weight;
  const settling = since === null ? null : since + SETTLE_MILLISECONDS;
  if (settling === null || at < settling)
    return {
      is: 'waiting',
      why: settling === null ? `the route does not hold weight ${set}, or its router has not accepted it` : `weight ${set} settles`,
      ...(settling === null ? {} : { until: settling }),
    };
  if (set === target) return { is: 'done', note: `weight ${target} is held` };
  const missing = (['stable', 'candidate'] as const).find((role) => (world[role]?.available ?? 0) < 1);
  if (missing !== undefined) return { is: 'waiting', why: `no pod of ${missing} is available, so the weight is not raised` };
  return { is: 'raise', weight: target };
}

function pause(seconds: number, { status, world, at, startedAt }: StepContext): StepView {
  const until = startedAt + seconds * 1_000;
  if (at < until) return { is: 'waiting', why: `pausing until ${new Date(until).toISOString()}`, until };
  if (status.weight.since === null)
    return {
      is: 'waiting',
      why: `paused, but the route gives ${world.route === null ? 0 : exposure(world.route)} %, not ${status.weight.set}`,
    };
  return { is: 'done', note: `paused for ${seconds}s` };
}
