import type { Step } from '../plan/plan.ts';
import type { Draft } from './draft.ts';
import { obstacle } from './obstacle.ts';
import type { Release } from './read-plan.ts';
import { abort } from './retreat.ts';
import { exposure } from './route.ts';
import { type StepView, viewStep } from './steps.ts';
import type { World } from './world.ts';

/** The candidate's pods outlive its last request: routers forget a weight later than the API server. */
const QUIET_MILLISECONDS = 30_000;

/** Takes the release one move further, the guards having found nothing. */
export function walk(release: Release, world: World, draft: Draft): void {
  const { phase, hold, reason } = draft.status;
  switch (phase) {
    case 'Starting':
    case 'Progressing':
      walkStep(release, world, draft);
      break;
    case 'Held':
      if (hold?.at === 'step') walkStep(release, world, draft);
      else draft.wait(reason, 'waiting');
      break;
    case 'Promoted':
      draft.wait('promoted; the route is guarded until Git drops this plan', 'waiting');
      break;
    case 'Aborting':
      retire(release, world, draft);
      break;
    case 'Aborted':
      draft.wait(reason, 'waiting');
      break;
  }
}

function walkStep({ plan }: Release, world: World, draft: Draft): void {
  const { status, at } = draft;
  const step = plan.steps[status.step];
  const why = obstacle(plan, status.step);
  if (step === undefined) promote(draft);
  else if (why !== null) hold(draft, why);
  else {
    if (status.hold !== null) release(status.hold.since, draft);
    const startedAt = draft.status.stepStartedAt ?? at;
    if (draft.status.stepStartedAt === null)
      draft.change({ phase: 'Progressing', stepStartedAt: at }).note(`step ${status.step} (${step.kind}) begins`);
    follow(viewStep(step, { plan, status: draft.status, world, at, startedAt }), step, startedAt, world, draft);
  }
}

/** The time that it was held is not counted against the whole. */
function release(heldSince: number, draft: Draft): void {
  const startedAt = draft.status.startedAt + draft.at - heldSince;
  draft.change({ phase: 'Progressing', hold: null, startedAt }).note(`step ${draft.status.step} is not held any more`);
}

function follow(view: StepView, step: Step, startedAt: number, world: World, draft: Draft): void {
  const { at } = draft;
  const name = `step ${draft.status.step} (${step.kind})`;
  switch (view.is) {
    case 'done':
      draft
        .change({ step: draft.status.step + 1, stepStartedAt: null })
        .note(`${name} is done: ${view.note}`)
        .wait(view.note);
      break;
    case 'failed':
      abort(draft, world, `${name}: ${view.why}`);
      break;
    case 'raise':
      raise(view.weight, world, draft);
      break;
    case 'waiting':
      if (at - startedAt > step.deadlineSeconds * 1_000) {
        abort(draft, world, `${name} was not done within ${step.deadlineSeconds}s: ${view.why}`);
        break;
      }
      if (view.effect) draft.later.push(view.effect);
      draft.wait(view.why, step.kind === 'pause' ? 'waiting' : 'acting', view.until ?? null);
      break;
  }
}

/** The level is written down before the route, so that a successor knows that it was earned. */
function raise(weight: number, world: World, draft: Draft): void {
  const { route } = world;
  if (route === null) return;
  draft.change({
    weight: { ...draft.status.weight, set: weight, since: null },
    pending: { from: exposure(route), generation: route.generation },
  });
  draft.later.push({ kind: 'routeWeight', weight, resourceVersion: route.resourceVersion });
  draft.announce('Normal', 'WeightSet', `the candidate gets ${weight} % of the traffic`).wait(`setting weight ${weight}`);
}

function promote(draft: Draft): void {
  draft
    .change({ phase: 'Promoted', hold: null })
    .announce('Normal', 'Promoted', 'promoted: the candidate serves all traffic')
    .wait('promoted');
}

function hold(draft: Draft, why: string): void {
  const { hold: before, reason } = draft.status;
  if (before !== null && reason === why) {
    draft.wait(why, 'waiting');
    return;
  }
  draft
    .change({ phase: 'Held', hold: before ?? { at: 'step', since: draft.at }, stepStartedAt: null })
    .announce('Warning', 'Held', `held: ${why}`)
    .wait(why);
}

/** An aborted candidate keeps its pods for its delay, and until it has had no traffic for a while. */
function retire({ plan }: Release, world: World, draft: Draft): void {
  const { status, at } = draft;
  const { route, candidate } = world;
  if (status.abort === null || route === null || route.foreign !== null || route.extra !== null || exposure(route) > 0) return;
  if (status.abort.zeroSince === null) {
    draft.change({ abort: { ...status.abort, zeroSince: at } }).note('the route gives the candidate nothing');
    return;
  }
  const due = Math.max(status.abort.at + plan.scaleDownDelaySeconds * 1_000, status.abort.zeroSince + QUIET_MILLISECONDS);
  if (at < due) {
    draft.wait(status.reason, 'waiting', due);
    return;
  }
  if (candidate !== null && candidate.replicas > 0) {
    const { resourceVersion } = candidate;
    draft.later.push({ kind: 'scale', deployment: plan.candidate.deployment, replicas: 0, resourceVersion });
    draft.wait(status.reason);
    return;
  }
  draft.change({ phase: 'Aborted' }).note('the candidate has no pods any more');
}
