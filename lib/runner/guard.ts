import type { OnFailure } from '../intent/gate.ts';
import type { Plan } from '../plan/plan.ts';
import { because, type Draft, isNew } from './draft.ts';
import { hold } from './holding.ts';
import { activeGates, measureAnew, newGate, renewGates, saidLast } from './judging.ts';
import { describeLevel, isExposed } from './level.ts';
import type { Memory } from './memory.ts';
import { type Movement, movementOf, strange } from './movement.ts';
import type { Release } from './release.ts';
import { abort, holdOnStable, toStable } from './retreat.ts';
import type { RouteView } from './route.ts';
import { rests, type Status } from './status.ts';
import type { World } from './world.ts';

/** A reset of the route is taken back at most this often, and not for ever where they come one upon the other. */
const RESET_PAUSE_MILLISECONDS = 10_000;
const RESET_LIMIT = 20;
/** Resets that are further apart than this come with a tool's interval: Flux has one of a minute or more. */
const RESET_CALM_MILLISECONDS = 30_000;
/** How long less than half of the candidate's pods may serve. */
const SHORT_MILLISECONDS = 30_000;
/** How long a candidate that was scaled up because a gate failed may take to be ready. */
const SCALE_UP_MILLISECONDS = 300_000;

/**
 * What must hold at every look, whatever step is walked: nobody has said stop, the route is the plan's and gives what
 * was earned, the candidate can serve it, and no gate of the level has failed. Writes what follows into the draft and
 * says whether the steps may be looked at as well.
 */
export function guard(release: Release, world: World, draft: Draft, unserved: string, memory: Memory): 'walk' | 'stop' {
  const { plan } = release;
  const { status } = draft;
  const route = trusted(release, world, draft);
  const { abort: command, retry } = world.orders.cluster.commands;
  if (isNew(command, status) && status.phase !== 'Aborting' && status.phase !== 'Aborted') {
    draft.certain = true;
    draft.consume(command.id, ...(retry ? [retry.id] : []));
    abort(draft, release, world, `${command.by} said so${because(command)}`, 'person');
    return 'stop';
  }
  if (rests(draft.status)) {
    if (!rests(status)) return 'stop';
    if (route !== null && isExposed(route.level)) backToStable(route, world, draft);
    return 'walk';
  }
  // Once Git has rewritten the route of a promoted release, its gates speak of what is over.
  const bad = status.promoted && route === null ? null : failedGate(release, world, draft);
  if (bad !== null) {
    // What a gate said of the candidate stays true, however old the look is.
    draft.certain = true;
    abort(draft, release, world, bad);
    return 'stop';
  }
  const overdue = deadline(release, draft);
  if (route === null) {
    if (overdue !== null && draft.status === status) abort(draft, release, world, overdue);
    return 'stop';
  }
  const movement = movementOf(route, status, plan.gitopsManagers, world.wrote);
  const weak = isExposed(status.level.set) ? weakness(plan, world, draft) : null;
  if (movement.is === 'raised' || movement.is === 'lowered') abort(draft, release, world, ...blame(movement, status, route));
  else {
    const ended = weak ?? overdue ?? release.parts?.remedies?.followRemedies(release, world, memory, draft);
    if (ended) abort(draft, release, world, ended);
    else if (ended !== '') {
      scaledUp(release, world, draft);
      return settle(movement, route, release, world, draft, unserved);
    }
  }
  return 'stop';
}

/** The route if it is the one that the plan knows; otherwise what that means for the phase is in the draft. */
function trusted(release: Release, world: World, draft: Draft): RouteView | null {
  const { route } = world;
  const { kind, name } = release.plan.route;
  const { status } = draft;
  const why = strange(route);
  if (why === null) return route;
  const message = `${kind} ${name} is not as the plan knows it: ${why}`;
  // Git that has recorded or reverted the release rewrites the route before it drops the plan.
  if (status.promoted && !rests(status)) draft.wait(`${message}; left alone`);
  else if (!rests(status) && isExposed(status.level.set)) holdOnStable(draft, release, world, message);
  else draft.wait(message);
  return rests(status) && route?.foreign === null ? route : null;
}

function backToStable({ level }: RouteView, world: World, draft: Draft): void {
  toStable(draft, world);
  const { abort: aborted } = draft.status;
  draft
    .change(aborted === null ? {} : { abort: { ...aborted, zeroSince: null } })
    .note(`the candidate has ${describeLevel(level)} and must have none: back to stable`, 'warning');
}

/** Why the release must end because of what its gates say, or null. */
function failedGate(release: Release, world: World, draft: Draft): string | null {
  const { plan } = release;
  const { remedies } = draft.status;
  const holding: string[] = [];
  const begin: Partial<Record<OnFailure, string>> = {};
  for (const active of activeGates(plan, draft.status)) {
    const { key, gate, state, verdict, step, ran } = active;
    if (verdict === 'running' && 'job' in gate.provider && ran >= gate.count)
      return `gate ${saidLast(active)}; its Jobs have run: a new plan has others`;
    if (verdict === 'fail') {
      const why = `gate ${saidLast(active)}, ${state.counters.argo?.why ?? `more than ${gate.failureLimit} failures`}`;
      const { onFailure: remedy } = gate;
      if (remedy === 'hold') holding.push(why);
      else if (remedy === 'abort' || remedies[remedy] || world.orders.cluster.commands[`without-${remedy}`]) return why;
      else begin[remedy] ??= why;
    } else if (verdict === 'inconclusive') {
      const message = `measured anew: gate ${saidLast(active)}, more than ${gate.inconclusiveLimit} inconclusive`;
      const anew = newGate(draft.at);
      // What failed is not forgotten by what says neither, but where Argo's counters are judged, which begin anew.
      draft.change({ gates: { ...draft.status.gates, [key]: { ...anew, counters: { ...anew.counters, fail: state.counters.fail } } } });
      // While people are waited for, a quiet night is no news.
      if (step === draft.status.step && draft.status.phase !== 'Promoted') draft.announce('Warning', 'Inconclusive', message);
      else draft.say(message);
    } else if (state.counters.silentSince !== null && draft.status.phase !== 'Promoted') {
      const limit = state.counters.silentSince + silenceLimit(release, step);
      if (Math.abs(draft.at - state.counters.silentSince) > silenceLimit(release, step))
        return `telemetry is lost: gate ${saidLast(active)}, for longer than ${silenceLimit(release, step) / 1_000}s`;
      draft.by(limit + 1);
    }
  }
  // Not before it is certain that none of them aborts.
  for (const [remedy, why] of Object.entries(begin)) beginRemedy(remedy, why, release, world, draft);
  if (holding.length > 0) holdForGates(holding.join('; '), release, world, draft);
  return null;
}

function holdForGates(why: string, { plan }: Release, { orders }: World, draft: Draft): void {
  const { resume } = orders.cluster.commands;
  // Whoever said so before it failed did not know.
  if (draft.status.hold?.at !== 'gate' && resume !== undefined) draft.consume(resume.id);
  hold(draft, 'gate', `${why}; a person decides: tidegate resume or abort ${plan.release}`);
}

/** How long a gate may say nothing: as long as its step may take, or, where that has no end, the longest that one may. */
function silenceLimit({ plan }: Release, index: number): number {
  const own = plan.steps[index]?.deadlineSeconds ?? 0;
  if (own > 0) return own * 1_000;
  return Math.max(900, ...plan.steps.map((step) => (step.kind === 'analysis' ? step.deadlineSeconds : 0))) * 1_000;
}

/** Once, and what counts on it is measured anew when it is in effect: half as many pods again, or what the plan says. */
function beginRemedy(kind: string, why: string, { plan, parts }: Release, { candidate }: World, draft: Draft): void {
  const { remedies } = draft.status;
  if (candidate === null) return;
  const replicas = kind === 'scaleUp' ? candidate.replicas + (Math.ceil(candidate.replicas / 2) || 1) : undefined;
  draft.change({ remedies: { ...remedies, [kind]: { at: draft.at, readyAt: null, replicas } } });
  renewGates(
    plan,
    draft,
    activeGates(plan, draft.status).filter(({ gate }) => gate.onFailure === kind),
  );
  const done = replicas ? `the candidate is scaled from ${candidate.replicas} to ${replicas}` : parts?.remedies?.describeRemedy(kind, plan);
  draft.announce('Warning', 'Remedy', `${done} and measured anew: ${why}`);
}

/** The whole release is late; waiting for people does not count. */
function deadline({ plan }: Release, draft: Draft): string | null {
  const { status, at } = draft;
  if (status.phase !== (plan.queue ? 'Progressing' : 'Starting') && status.phase !== 'Progressing') return null;
  if (status.promoted || plan.steps[status.step]?.kind === 'approval') return null;
  const due = status.startedAt + plan.deadlineSeconds * 1_000;
  if (at <= due) draft.by(due + 1);
  return at > due ? `the release was not done within ${plan.deadlineSeconds}s` : null;
}

function blame(
  movement: Extract<Movement, { is: 'raised' | 'lowered' }>,
  status: Status,
  route: RouteView,
): [why: string, by: 'person' | 'gate'] {
  const moved = `the route was moved from ${describeLevel(status.level.set)} to ${describeLevel(route.level)}`;
  if (movement.is === 'raised') return [`${moved} by ${movement.by}, towards the candidate`, 'person'];
  return movement.person
    ? [`${moved} by ${movement.by}, towards stable`, 'person']
    : [`${moved} by a runner that could not write down why`, 'gate'];
}

/** Why the candidate cannot serve what it gets, or null. Pods that crash and come back are short of half for a while. */
function weakness({ candidate: { deployment }, steps }: Plan, { candidate, stable }: World, draft: Draft): string | null {
  if (candidate === null) return `Deployment ${deployment} is gone`;
  if (candidate.available < 1) return 'no pod of the candidate is available';
  const { shortSince } = draft.status;
  // What an autoscaler adds comes when it comes.
  const demanded = Math.max(stable?.replicas ?? 0, ...steps.map((step) => (step.kind === 'scale' ? step.replicas : 0)));
  if (candidate.available * 2 >= Math.min(candidate.replicas, demanded)) {
    if (shortSince !== null) draft.change({ shortSince: null });
    return null;
  }
  if (shortSince === null) draft.change({ shortSince: draft.at });
  const due = (shortSince ?? draft.at) + SHORT_MILLISECONDS;
  if (draft.at <= due) draft.by(due + 1);
  return Math.abs(draft.at - (shortSince ?? draft.at)) > SHORT_MILLISECONDS
    ? `only ${candidate.available} of ${candidate.replicas} pods of the candidate are available`
    : null;
}

/** Sees to it that the pods come, whatever became of the first write. */
function scaledUp({ plan }: Release, { candidate }: World, draft: Draft): void {
  const { remedies } = draft.status;
  const { scaleUp } = remedies;
  if (!scaleUp || scaleUp.readyAt !== null || candidate === null) return;
  const { replicas = 0, at } = scaleUp;
  const { available, resourceVersion } = candidate;
  // Late pods are no reason to end it: the gate that failed is measured with those that are there.
  if ((candidate.current && available >= replicas) || Math.abs(draft.at - at) > SCALE_UP_MILLISECONDS) {
    draft
      .change({ remedies: { ...remedies, scaleUp: { ...scaleUp, readyAt: draft.at } } })
      .note(`${available} pods of the candidate are available`);
    measureAnew(plan, draft);
    return;
  }
  draft.by(at + SCALE_UP_MILLISECONDS + 1);
  if (candidate.replicas < replicas) draft.later.push({ kind: 'scale', replicas, resourceVersion });
}

/** Brings the route to the earned level, and writes down when it is seen there. */
function settle(
  movement: Exclude<Movement, { is: 'raised' | 'lowered' }>,
  route: RouteView,
  release: Release,
  world: World,
  draft: Draft,
  unserved: string,
): 'walk' | 'stop' {
  switch (movement.is) {
    case 'held':
      seeHeld(route, draft, unserved);
      return 'walk';
    case 'unwritten': {
      const late = overdueStep(release, draft);
      if (late === null) writeLevel(route, draft);
      else abort(draft, release, world, late);
      return 'stop';
    }
    case 'reset':
      return takeBack(movement.by, route, release, world, draft);
  }
}

/** Nobody measures until the route can be written: what was earned so long ago is not given any more. */
function overdueStep({ plan }: Release, { status, at }: Draft): string | null {
  const step = plan.steps[status.step];
  if (
    status.hold !== null ||
    !step?.deadlineSeconds ||
    step.kind === 'approval' ||
    at <= (status.stepStartedAt ?? at) + step.deadlineSeconds * 1_000
  )
    return null;
  return `step ${status.step} (${step.kind}) was not done within ${step.deadlineSeconds}s: the route could not be written`;
}

function seeHeld({ accepted, generation }: RouteView, draft: Draft, unserved: string): void {
  const { level, pending, phase } = draft.status;
  const held = level.held ?? (accepted ? draft.at : null);
  const since = level.since ?? (unserved === '' ? draft.at : null);
  if (pending === null && held === level.held && since === level.since && generation === level.generation) return;
  const observed = held === null ? level.observed : level.set.weight;
  draft.change({ pending: null, level: { ...level, observed, held, since, generation } });
  if (held !== level.held && phase !== 'Starting') draft.note(`the route holds ${describeLevel(level.set)}`);
}

function takeBack(by: string, route: RouteView, release: Release, world: World, draft: Draft): 'walk' | 'stop' {
  const { status, at } = draft;
  const { lastAt } = status.resets;
  // Where a gate cannot be measured in between, it is no calm.
  const blind = activeGates(release.plan, status).some(
    ({ gate: { provider, initialDelaySeconds, intervalSeconds }, state: { counters }, verdict }) =>
      verdict !== 'fail' &&
      !('job' in provider) &&
      (counters.last?.at ?? 0) + (initialDelaySeconds + intervalSeconds) * 1_000 < (lastAt ?? 0),
  );
  const count = !blind && lastAt !== null && at - lastAt > RESET_CALM_MILLISECONDS ? 0 : status.resets.count;
  const level = describeLevel(status.level.set);
  if (count >= RESET_LIMIT) {
    holdOnStable(draft, release, world, `${by} has reset the route ${count} times: tell it to leave the weights alone`);
    return 'stop';
  }
  draft
    .change({
      // By a clock that was set back, the last one is of the future.
      resets: { count: count + 1, lastAt: Math.min(Math.max(at, (lastAt ?? 0) + RESET_PAUSE_MILLISECONDS), at + RESET_PAUSE_MILLISECONDS) },
      pending: { from: route.level, generation: route.generation },
      level: { ...status.level, observed: route.level.weight, held: null, since: null },
    })
    .note(`${by} has reset the route: back to ${level}, which was earned`);
  // What gates said since then may be of anything; a Job is about the level at which it began.
  if (world.unseen)
    renewGates(
      release.plan,
      draft,
      activeGates(release.plan, draft.status).filter(({ gate }) => !('job' in gate.provider)),
    );
  writeLevel(route, draft);
  return 'stop';
}

/** Once nothing speaks against it: a route that was reset just before has its pause first. */
function writeLevel(route: RouteView, draft: Draft): void {
  const { level, resets } = draft.status;
  const { lastAt } = resets;
  draft.wait(`writing ${describeLevel(level.set)}`);
  if (lastAt !== null && lastAt > draft.at && lastAt <= draft.at + RESET_PAUSE_MILLISECONDS) {
    draft.by(lastAt);
    return;
  }
  // Nothing must be written down first, but it must be certain that nobody has said stop since.
  draft.change({});
  draft.later.unshift({ kind: 'setRoute', level: level.set, resourceVersion: route.resourceVersion });
}
