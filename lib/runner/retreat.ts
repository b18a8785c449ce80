import type { Draft } from './draft.ts';
import { closeGates } from './judging.ts';
import { isExposed, NOTHING } from './level.ts';
import type { Release } from './release.ts';
import type { Status } from './status.ts';
import type { World } from './world.ts';

/** Traffic to stable, and nothing further until people have looked. */
export function holdOnStable(draft: Draft, release: Release, world: World, why: string): void {
  toStable(draft, world);
  // Git that brings another plan rewrites the route first.
  const left = world.route?.foreign !== null;
  draft
    .change({ phase: 'Held', hold: { at: 'stable', since: draft.at }, pending: null, stepStartedAt: null, ...atStable(draft, release) })
    .announce('Warning', 'Held', `${left ? 'stopped, the route left alone' : 'held on stable'}: ${why}`)
    .wait(why);
}

/** Ends the attempt: one write moves the traffic, then the status says so. */
export function abort(draft: Draft, release: Release, world: World, why: string, by: 'person' | 'gate' = 'gate'): void {
  toStable(draft, world);
  const unserved = (world.stable?.available ?? 0) < 1 ? '; stable has no available pod' : '';
  const zeroSince = world.route && !isExposed(world.route.level) ? draft.at : null;
  draft
    .change({ phase: 'Aborting', hold: null, pending: null, abort: { at: draft.at, by, zeroSince }, ...atStable(draft, release) })
    .announce('Warning', 'Aborted', `aborted: ${why}${unserved}`)
    .wait(`${why}${unserved}`);
}

/**
 * Takes the candidate off the route, where the route is the plan's and gives it anything; where it gives it nothing
 * yet, but another runner may be about to, that write is made impossible.
 */
export function toStable(draft: Draft, world: World): void {
  const { route } = world;
  // Git that has recorded a release takes its mark away.
  if (!route || route.foreign || (route.unmarked && draft.status.promoted)) return;
  if (isExposed(route.level)) draft.urgent.push({ kind: 'setRoute', level: NOTHING, resourceVersion: route.resourceVersion });
  else if (draft.status.pending !== null) draft.urgent.push({ kind: 'fenceRoute' });
}

const atStable = ({ status, at }: Draft, { plan }: Release): Pick<Status, 'level' | 'gates' | 'evidence'> => ({
  level: { ...status.level, set: NOTHING, observed: 0, held: null, since: null },
  ...closeGates(plan, status, at),
});
