import { smokeJobName } from '../plan/job-names.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { Effect } from './effect.ts';
import type { ActiveGate } from './judging.ts';
import { saidLast } from './judging.ts';
import { describeLevel, isAbove, isSame, type Level, levelAfter } from './level.ts';
import type { Status } from './status.ts';
import type { World } from './world.ts';

/** What a look at the step that is being walked says. */
export type StepView =
  | { readonly is: 'done'; readonly note: string }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'waiting'; readonly why: string; readonly effect?: Effect; readonly until?: number }
  /** A level to set, higher than the one before or not. */
  | { readonly is: 'set'; readonly level: Level }
  | { readonly is: 'promoted' };

export interface StepContext {
  readonly plan: Plan;
  readonly hash: string;
  readonly status: Status;
  readonly world: World;
  readonly at: number;
  readonly startedAt: number;
  /** Gates of the level, those of this step among them. */
  readonly gates: readonly ActiveGate[];
  /** What is missing before the level counts as served; '': nothing. */
  readonly unserved: string;
}

type Viewed = Exclude<Step, { kind: 'approval' }>;

/** Judges the step; approvals are another matter. */
export function viewStep(step: Viewed, context: StepContext): StepView {
  const { plan, hash, status } = context;
  switch (step.kind) {
    case 'scale':
      return scale(step.replicas, context);
    case 'smoke':
      return smoke(smokeJobName(plan.release, hash, status.step), step.name, context);
    case 'setWeight':
    case 'setHeaderRoute':
    case 'setMirrorRoute':
    case 'switch':
      return level(step, context);
    case 'pause':
      return pause(step.durationSeconds, context);
    case 'analysis':
      return analysis(step.durationSeconds, context);
    case 'bake':
      return bake(context);
  }
}

/** As many pods as stable has, or as the plan says if that is more; never fewer than there are. */
function scale(replicas: number, { plan, world, status }: StepContext): StepView {
  const { candidate, stable } = world;
  if (candidate === null) return { is: 'waiting', why: `Deployment ${plan.candidate.deployment} is not there` };
  if (stable === null) return { is: 'waiting', why: `Deployment ${plan.stable.deployment} is not there` };
  const target = Math.max(replicas, stable.replicas, status.remedies.scaleUp?.replicas ?? 0);
  const { resourceVersion } = candidate;
  if (candidate.replicas < target)
    return {
      is: 'waiting',
      why: `scaling the candidate from ${candidate.replicas} to ${target}`,
      effect: { kind: 'scale', replicas: target, resourceVersion },
    };
  if (!candidate.current) return { is: 'waiting', why: `scaling the candidate to ${target}` };
  if (candidate.available < target)
    return { is: 'waiting', why: `${candidate.available} of ${target} pods of the candidate are available` };
  return { is: 'done', note: `${candidate.available} pods of the candidate are available` };
}

function smoke(job: string, name: string, { plan, world }: StepContext): StepView {
  const view = world.jobs[job] ?? null;
  if (view === null) return { is: 'waiting', why: `Job ${job} of smoke test ${name} is not there` };
  const { answer, suspended, resourceVersion } = view;
  switch (answer.kind) {
    case 'running': {
      const why = `smoke test ${name} is running`;
      // Those of a plan that waits for others would else be over before its turn.
      return plan.queue && suspended ? { is: 'waiting', why, effect: { kind: 'startJob', job, resourceVersion } } : { is: 'waiting', why };
    }
    case 'pass':
      return { is: 'done', note: `smoke test ${name} passed` };
    case 'fail':
      return { is: 'failed', why: `smoke test ${name} failed: ${answer.message}` };
  }
}

function level(step: Step, { plan, status, world, gates, unserved }: StepContext): StepView {
  if (unserved !== '') return { is: 'waiting', why: unserved };
  const { set } = status.level;
  const target = levelAfter(step, set, plan) ?? set;
  if (isSame(set, target)) return { is: 'done', note: `${describeLevel(set)} is held` };
  if (!isAbove(target, set)) return { is: 'set', level: target };
  const missing = (['stable', 'candidate'] as const).find((role) => (world[role]?.available ?? 0) < 1);
  if (missing !== undefined) return { is: 'waiting', why: `no pod of ${missing} is available, so nothing is raised` };
  const unsaid = gates.find(({ verdict, state }) => verdict !== 'pass' || state.counters.silentSince !== null);
  if (unsaid !== undefined) return { is: 'waiting', why: `nothing is raised before it passes: gate ${saidLast(unsaid)}` };
  return { is: 'set', level: target };
}

function pause(seconds: number, { at, startedAt, unserved }: StepContext): StepView {
  const until = startedAt + seconds * 1_000;
  if (at < until) return { is: 'waiting', why: `pausing until ${new Date(until).toISOString()}`, until };
  if (unserved !== '') return { is: 'waiting', why: `paused, but ${unserved}` };
  return { is: 'done', note: `paused for ${seconds}s` };
}

function analysis(seconds: number, { startedAt, at, gates }: StepContext): StepView {
  const running = gates.filter(({ verdict }) => verdict !== 'pass');
  const until = startedAt + seconds * 1_000;
  if (running.length > 0) return { is: 'waiting', why: `judging ${running.map(saidLast).join('; ')}` };
  if (at < until) return { is: 'waiting', why: `all gates pass, watching until ${new Date(until).toISOString()}`, until };
  return { is: 'done', note: `${gates.length} gates passed: ${gates.map(({ gate }) => gate.name).join(', ')}` };
}

/** The candidate serves everything; it is promoted once its gates say so, and they go on. */
function bake({ gates }: StepContext): StepView {
  const running = gates.filter(({ verdict }) => verdict !== 'pass');
  return running.length > 0 ? { is: 'waiting', why: `judging with all traffic: ${running.map(saidLast).join('; ')}` } : { is: 'promoted' };
}
