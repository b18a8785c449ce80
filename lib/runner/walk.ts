import type { Step } from '../plan/plan.ts';
import { type ApprovalStep, approvalsOf, refuseEarly, takeApprovals } from './approving.ts';
import { because, type Draft } from './draft.ts';
import { hold, unhold } from './holding.ts';
import { activeGates, beginGates, closeGates, renewGates } from './judging.ts';
import { describeLevel, isAbove, type Level } from './level.ts';
import { isAtRest } from './movement.ts';
import type { Release } from './release.ts';
import { abort } from './retreat.ts';
import { type StepView, viewStep } from './steps.ts';
import { unapproved } from './unapproved.ts';
import type { World } from './world.ts';

/** The candidate's pods outlive its last request: routers forget a weight later than the API server. */
const QUIET_MILLISECONDS = 30_000;

/** Takes the release as far as it can go now, the guards having found nothing. */
export function walk(release: Release, world: World, draft: Draft, unserved: string): void {
  const { phase, reason } = draft.status;
  switch (phase) {
    case 'Starting':
    case 'Progressing':
      walkOrPause(release, world, draft, unserved);
      break;
    case 'Held':
      if (draft.status.hold?.at === 'stable') draft.wait(reason);
      else walkHeld(release, world, draft, unserved);
      break;
    case 'Promoted':
      draft.wait('promoted; guarded until Git drops this plan');
      break;
    case 'Aborting':
      retire(release, world, draft);
      break;
    case 'Aborted':
      draft.wait(reason);
      break;
  }
}

function walkOrPause(release: Release, world: World, draft: Draft, unserved: string): void {
  const { pause } = world.orders.cluster.commands;
  if (pause === undefined) walkSteps(release, world, draft, unserved);
  else hold(draft, 'operator', `${pause.by} paused it${because(pause)}; tidegate resume ${release.plan.release}`);
}

/** Each hold ends with what it waits for. */
function walkHeld(release: Release, world: World, draft: Draft, unserved: string): void {
  const { status } = draft;
  const { pause, resume } = world.orders.cluster.commands;
  switch (status.hold?.at) {
    case 'operator':
      if (pause !== undefined) return void draft.wait(status.reason);
      unhold(draft, resume === undefined ? 'nobody pauses it any more' : `${resume.by} resumed it`);
      break;
    case 'gate': {
      if (resume === undefined || status.consumed.includes(resume.id)) return void draft.wait(status.reason);
      const failed = activeGates(release.plan, status).filter(({ verdict }) => verdict === 'fail');
      draft.consume(resume.id);
      unhold(draft, `${resume.by} resumed it${because(resume)}`);
      renewGates(release.plan, draft, failed);
      break;
    }
    case 'step':
    case 'queue':
    case 'stable':
    case undefined:
      break;
  }
  walkOrPause(release, world, draft, unserved);
}

/** Each turn ends a step or the loop. */
function walkSteps(release: Release, world: World, draft: Draft, unserved: string): void {
  const { plan, hash } = release;
  refuseEarly(plan, world, draft);
  for (;;) {
    if (release.parts?.queue?.waits(plan, world, draft)) return;
    const { status, at } = draft;
    const step = plan.steps[status.step];
    if (step === undefined) {
      promote(draft);
      return;
    }
    if (status.stepStartedAt === null) begin(step, draft);
    const startedAt = draft.status.stepStartedAt ?? at;
    if (step.kind === 'approval') {
      if (!approve(step, startedAt, release, world, draft)) return;
      continue;
    }
    const gates = activeGates(plan, draft.status);
    const view = viewStep(step, { plan, hash, status: draft.status, world, at, startedAt, gates, unserved });
    if (!follow(view, step, startedAt, release, world, draft)) return;
  }
}

function begin(step: Step, draft: Draft): void {
  const { at } = draft;
  draft.change({ phase: 'Progressing', stepStartedAt: at }).note(`step ${draft.status.step} (${step.kind}) begins`);
  if (step.kind === 'analysis' || step.kind === 'bake') beginGates(draft, draft.status.step, step.gates);
}

/** Whether the next step may be looked at. */
function follow(view: StepView, step: Step, startedAt: number, release: Release, world: World, draft: Draft): boolean {
  const name = `step ${draft.status.step} (${step.kind})`;
  switch (view.is) {
    case 'done':
      if (draft.status.hold !== null) unhold(draft, 'nothing holds it any more');
      done(startedAt, view.note, draft);
      return true;
    case 'failed':
      abort(draft, release, world, `${name}: ${view.why}`);
      return false;
    case 'set':
      set(view.level, release, world, draft);
      return false;
    case 'promoted':
      promote(draft);
      return false;
    case 'waiting': {
      const due = startedAt + step.deadlineSeconds * 1_000;
      const timed = step.kind !== 'bake' && draft.status.hold === null;
      if (timed && draft.at > due) {
        abort(draft, release, world, `${name} was not done within ${step.deadlineSeconds}s: ${view.why}`);
        return false;
      }
      if (timed) draft.by(due + 1);
      if (view.effect) draft.later.push(view.effect);
      draft.wait(view.why, view.until ?? null);
      return false;
    }
  }
}

function done(startedAt: number, note: string, draft: Draft): void {
  const { status, at } = draft;
  const steps = [...status.steps, { index: status.step, startedAt, endedAt: at, weight: status.level.set.weight, note }];
  draft
    .change({ step: status.step + 1, stepStartedAt: null, steps: steps.slice(-MOST_STEPS) })
    .note(`step ${status.step} is done: ${note}`)
    .wait(note);
}

const MOST_STEPS = 200;

/** The level is written down before the route, so that a successor knows that it was earned. */
function set(level: Level, release: Release, world: World, draft: Draft): void {
  const { route } = world;
  if (route === null) return;
  const raises = isAbove(level, draft.status.level.set);
  const missing = raises ? unapproved(release.plan, draft.status, level) : null;
  if (missing !== null) {
    hold(draft, 'step', missing);
    return;
  }
  if (draft.status.hold !== null) unhold(draft, 'nothing holds it any more');
  draft.change({
    // Where less is given, those that judge go on: the next raise needs their word.
    ...(raises ? closeGates(release.plan, draft.status, draft.at) : {}),
    level: { ...draft.status.level, set: level, held: null, since: null },
    pending: { from: route.level, generation: route.generation },
  });
  draft.later.push({ kind: 'setRoute', level, resourceVersion: route.resourceVersion });
  draft
    .announce('Normal', 'WeightSet', `the candidate gets ${describeLevel(level)} of the traffic`, 'route')
    .wait(`setting ${describeLevel(level)}`);
}

/** Whether the step is done. It is never failed: when its time is over, everything stays as it is and people are told. */
function approve(step: ApprovalStep, startedAt: number, release: Release, world: World, draft: Draft): boolean {
  const refused = takeApprovals(step, release, world, draft);
  const given = approvalsOf(draft.status, step);
  if (given >= step.count) {
    if (draft.status.hold !== null) unhold(draft, `${step.name} is approved`);
    // Waiting for people counts against no deadline.
    draft.change({ startedAt: draft.status.startedAt + (draft.at - (draft.status.stepStartedAt ?? startedAt)) });
    const names = draft.status.approvals.filter(({ approval }) => approval === step.name).map(({ by }) => by);
    done(draft.status.stepStartedAt ?? startedAt, `${step.name} approved by ${names.join(', ')}`, draft);
    return true;
  }
  const { release: name, signing, risk } = release.plan;
  const how = signing ? ' --sign KEY' : risk === 'high' ? ' --git' : '';
  const waits = `waiting for approval ${step.name}, ${given} of ${step.count}${step.reason === '' ? '' : ` (${step.reason})`}`;
  const why = `${waits}${refused === null ? '' : `; ${refused}`}; tidegate approve ${name} ${step.name}${how}`;
  const due = startedAt + step.deadlineSeconds * 1_000;
  if (draft.status.hold === null && draft.at <= due) draft.wait(why, due + 1);
  else hold(draft, 'step', `expired after ${step.deadlineSeconds}s: ${why}`);
  return false;
}

function promote(draft: Draft): void {
  draft
    .change({ phase: 'Promoted', hold: null, promoted: true })
    .announce('Normal', 'Promoted', 'promoted: the candidate serves all traffic')
    .wait('promoted');
}

/** An aborted candidate keeps its pods for its delay, and until it has had no traffic for a while. */
function retire({ plan }: Release, world: World, draft: Draft): void {
  const { status, at } = draft;
  const { route, candidate } = world;
  draft.wait(status.reason);
  if (status.abort === null || !isAtRest(route)) return;
  const { generation } = route;
  // Another generation: it may have given something in between.
  if (status.abort.zeroSince === null || generation !== status.level.generation) {
    draft
      .change({ abort: { ...status.abort, zeroSince: at }, level: { ...status.level, generation } })
      .note('the route gives the candidate nothing');
    return;
  }
  const due = Math.max(status.abort.at + plan.scaleDownDelaySeconds * 1_000, status.abort.zeroSince + QUIET_MILLISECONDS);
  if (at < due) {
    draft.by(due);
    return;
  }
  if (candidate !== null && candidate.replicas > 0) {
    const { resourceVersion } = candidate;
    // Only when it is certain that nothing reaches them.
    draft.change({});
    draft.later.push({ kind: 'scale', replicas: 0, resourceVersion });
    return;
  }
  draft.change({ phase: 'Aborted' }).note('the candidate has no pods any more');
}
