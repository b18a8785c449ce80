import type { Draft } from './draft.ts';
import { type Movement, movementOf } from './movement.ts';
import type { Release } from './read-plan.ts';
import { abort, holdOnStable, toStable } from './retreat.ts';
import { exposure, type RouteView } from './route.ts';
import { rests, type Status } from './status.ts';
import type { World } from './world.ts';

/** A reset of the route is taken back at most this often, and not for ever. */
const RESET_PAUSE_MILLISECONDS = 10_000;
const RESET_LIMIT = 20;

/**
 * What must hold at every look, whatever step is walked: the route is the plan's, it gives what was earned, and the
 * candidate can serve it. Writes what follows into the draft and says whether the steps may be looked at as well.
 */
export function guard(release: Release, world: World, draft: Draft): 'walk' | 'stop' {
  const { plan } = release;
  const { status } = draft;
  const route = trusted(release, world, draft);
  if (rests(status)) {
    if (route !== null && exposure(route) > 0) backToStable(world, draft);
    return 'walk';
  }
  const overdue = deadline(release, draft);
  if (route === null) {
    if (overdue !== null && draft.status === status) abort(draft, world, overdue);
    return 'stop';
  }
  const movement = movementOf(route, status, plan.gitopsManagers);
  if (movement.is === 'raised' || movement.is === 'lowered') abort(draft, world, ...blame(movement, status, route));
  else if (status.weight.set > 0 && world.candidate === null) abort(draft, world, `Deployment ${plan.candidate.deployment} is gone`);
  else if (status.weight.set > 0 && (world.candidate?.available ?? 0) < 1) abort(draft, world, 'no pod of the candidate is available');
  else if (overdue !== null) abort(draft, world, overdue);
  else return settle(movement, route, world, draft);
  return 'stop';
}

/** The route if it is the one that the plan knows; otherwise what that means for the phase is in the draft. */
function trusted(release: Release, world: World, draft: Draft): RouteView | null {
  const { route } = world;
  const { kind, name } = release.plan.route;
  const { status } = draft;
  const why =
    route === null ? 'it is not there' : (route.foreign ?? (route.extra === null ? null : `${route.extra} names the candidate too`));
  if (why === null) return route;
  const message = `${kind} ${name} is not as the plan knows it: ${why}`;
  // Git that has recorded or reverted the release rewrites the route before it drops the plan.
  if (status.phase === 'Promoted') draft.wait(`${message}; left alone`, 'waiting');
  else if (rests(status)) draft.wait(message, 'waiting');
  else if (status.weight.set > 0) holdOnStable(draft, world, message);
  else draft.wait(message);
  return rests(status) && route !== null && route.foreign === null ? route : null;
}

function backToStable(world: World, draft: Draft): void {
  toStable(draft, world);
  const { abort: aborted } = draft.status;
  const share = world.route === null ? 0 : exposure(world.route);
  draft
    .change(aborted === null ? {} : { abort: { ...aborted, zeroSince: null } })
    .note(`the route gives the candidate ${share} % although it must have none: back to stable`, 'warning');
  draft.pace = 'acting';
}

/** The whole release is late; waiting for people does not count. */
function deadline({ plan }: Release, { status, at }: Draft): string | null {
  if (status.phase !== 'Starting' && status.phase !== 'Progressing') return null;
  return at - status.startedAt > plan.deadlineSeconds * 1_000 ? `the release was not done within ${plan.deadlineSeconds}s` : null;
}

function blame(
  movement: Extract<Movement, { is: 'raised' | 'lowered' }>,
  status: Status,
  route: RouteView,
): [why: string, by: 'person' | 'gate'] {
  const moved = `the route was moved from ${status.weight.set} % to ${exposure(route)} %`;
  if (movement.is === 'raised') return [`${moved} by ${movement.by}, towards the candidate`, 'person'];
  return movement.person
    ? [`${moved} by ${movement.by}, towards stable`, 'person']
    : [`${moved} by a runner that could not write down why`, 'gate'];
}

/** Brings the route to the earned level, and writes down when it is seen there. */
function settle(movement: Exclude<Movement, { is: 'raised' | 'lowered' }>, route: RouteView, world: World, draft: Draft): 'walk' | 'stop' {
  switch (movement.is) {
    case 'held':
      seeHeld(route, draft);
      return 'walk';
    case 'unwritten':
      writeLevel(route, draft);
      draft.wait(`writing weight ${draft.status.weight.set}`);
      return 'stop';
    case 'reset':
      return takeBack(movement.by, route, world, draft);
  }
}

function seeHeld(route: RouteView, draft: Draft): void {
  const { weight, pending, phase } = draft.status;
  const since = weight.since ?? (route.accepted ? draft.at : null);
  if (pending === null && since === weight.since && route.generation === weight.generation) return;
  const observed = since === null ? weight.observed : weight.set;
  draft.change({ pending: null, weight: { ...weight, observed, since, generation: route.generation } });
  if (since !== weight.since && phase !== 'Starting') draft.note(`the route holds weight ${weight.set}`);
}

function takeBack(by: string, route: RouteView, world: World, draft: Draft): 'walk' | 'stop' {
  const { status, at } = draft;
  const { count, lastAt } = status.resets;
  const { set } = status.weight;
  if (count >= RESET_LIMIT) {
    holdOnStable(draft, world, `${by} has reset the route ${count} times: tell it to leave the weights alone`);
    return 'stop';
  }
  const next = lastAt === null ? at : lastAt + RESET_PAUSE_MILLISECONDS;
  if (at < next) {
    draft.wait(`${by} has reset the route; weight ${set} is written again in a moment`, 'acting', next);
    return 'stop';
  }
  draft
    .change({
      resets: { count: count + 1, lastAt: at },
      pending: { from: exposure(route), generation: route.generation },
      weight: { ...status.weight, observed: exposure(route), since: null },
    })
    .note(`${by} has reset the route: back to weight ${set}, which was earned`);
  writeLevel(route, draft);
  return 'stop';
}

function writeLevel(route: RouteView, draft: Draft): void {
  draft.later.unshift({ kind: 'routeWeight', weight: draft.status.weight.set, resourceVersion: route.resourceVersion });
}
