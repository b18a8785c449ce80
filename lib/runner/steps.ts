import { smokeJobName, stepJobName } from '../plan/job-names.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { Effect } from './effect.ts';
import type { ActiveGate } from './judging.ts';
import { saidLast } from './judging.ts';
import { describeLevel, isAbove, isSame, type Level, levelAfter } from './level.ts';
import type { Status } from './status.ts';
import type { World } from './world.ts';

/** A status is no proof: a real proxy was seen to serve a new split 1.6 s after it had reported it. */
const SETTLE_MILLISECONDS = 5_000;
/** A metric that has said nothing for this long cannot tell which share is served. */
const MUTE_MILLISECONDS = 60_000;

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
  /** The share of requests that a metric saw the candidate get; null: it could not tell, or has not yet. */
  readonly served: number | null;
}

type Viewed = Exclude<Step, { kind: 'approval' }>;

/** Judges the step; approvals are another matter. */
export function viewStep(step: Viewed, context: StepContext): StepView {
  const { plan, hash, status } = context;
  switch (step.kind) {
    case 'scale':
      return scale(step.replicas, context);
    case 'smoke':
      return job(smokeJobName(plan.release, hash, status.step), `smoke test ${step.name}`, context);
    case 'job':
      return job(stepJobName(plan.release, hash, status.step), `job ${step.name}`, context);
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
  const target = Math.max(replicas, stable.replicas, status.scaledUp?.replicas ?? 0);
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

function job(name: string, what: string, { world }: StepContext): StepView {
  const job = world.jobs[name] ?? null;
  if (job === null) return { is: 'waiting', why: `Job ${name} of ${what} is not there` };
  switch (job.answer.kind) {
    case 'running':
      if (!job.suspended) return { is: 'waiting', why: `${what} is running` };
      return { is: 'waiting', why: `${what} begins`, effect: { kind: 'startJob', job: name, resourceVersion: job.resourceVersion } };
    case 'pass':
      return { is: 'done', note: `${what} passed` };
    case 'fail':
      return { is: 'failed', why: `${what} failed: ${job.answer.message}` };
  }
}

function level(step: Step, context: StepContext): StepView {
  const { plan, status, world, at, gates } = context;
  const { set, since } = status.level;
  const target = levelAfter(step, set, plan) ?? set;
  const name = describeLevel(set);
  if (since === null) return { is: 'waiting', why: `the route does not hold ${name}, or its router has not accepted it` };
  const settling = since + SETTLE_MILLISECONDS;
  if (at < settling) return { is: 'waiting', why: `${name} settles`, until: settling };
  if (isSame(set, target)) return served(step, since, context) ?? { is: 'done', note: `${name} is held` };
  if (!isAbove(target, set)) return { is: 'set', level: target };
  const missing = (['stable', 'candidate'] as const).find((role) => (world[role]?.available ?? 0) < 1);
  if (missing !== undefined) return { is: 'waiting', why: `no pod of ${missing} is available, so nothing is raised` };
  const unsaid = gates.find(({ verdict, state }) => verdict !== 'pass' || state.counters.silentSince !== null);
  if (unsaid !== undefined) return { is: 'waiting', why: `nothing is raised before it passes: gate ${saidLast(unsaid)}` };
  return { is: 'set', level: target };
}

/** What the traffic itself says of a level that the route holds; null: enough. */
function served(step: Step, since: number, { plan, at, status, served: share }: StepContext): StepView | null {
  if (plan.served === undefined || step.kind === 'setHeaderRoute' || step.kind === 'setMirrorRoute') return null;
  const { weight, routes } = status.level.set;
  if (share === null)
    return at >= since + MUTE_MILLISECONDS
      ? null
      : { is: 'waiting', why: `${weight} % is held; which share is served is not known yet`, until: since + MUTE_MILLISECONDS };
  const tolerance = Math.max(2, weight / 4);
  // Requests by headers come beside the share, and nobody knows how many: with them, more is no contradiction.
  const beside = Object.values(routes).some((percent) => percent > 0);
  return weight - share <= tolerance && (beside || share - weight <= tolerance)
    ? null
    : { is: 'waiting', why: `the route holds ${weight} %, but ${Math.round(share * 10) / 10} % is served` };
}

function pause(seconds: number, { status, world, at, startedAt }: StepContext): StepView {
  const until = startedAt + seconds * 1_000;
  if (at < until) return { is: 'waiting', why: `pausing until ${new Date(until).toISOString()}`, until };
  if (status.level.since === null)
    return {
      is: 'waiting',
      why: `paused, but the route gives ${world.route === null ? 'nothing' : describeLevel(world.route.level)}, not ${describeLevel(status.level.set)}`,
    };
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
