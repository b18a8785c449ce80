import type { Draft } from './draft.ts';
import { exposure } from './route.ts';
import type { Status } from './status.ts';
import type { World } from './world.ts';

/** Traffic to stable, and nothing further until people have looked. */
export function holdOnStable(draft: Draft, world: World, why: string): void {
  toStable(draft, world);
  draft
    .change({ phase: 'Held', hold: { at: 'stable', since: draft.at }, pending: null, stepStartedAt: null, weight: atStable(draft.status) })
    .announce('Warning', 'Held', `held on stable: ${why}`)
    .wait(why);
}

/** Ends the attempt: one write moves the traffic, then the status says so. */
export function abort(draft: Draft, world: World, why: string, by: 'person' | 'gate' = 'gate'): void {
  toStable(draft, world);
  const unserved = (world.stable?.available ?? 0) < 1 ? '; stable has no available pod' : '';
  const zeroSince = world.route !== null && exposure(world.route) === 0 ? draft.at : null;
  draft
    .change({ phase: 'Aborting', hold: null, pending: null, abort: { at: draft.at, by, zeroSince }, weight: atStable(draft.status) })
    .announce('Warning', 'Aborted', `aborted: ${why}${unserved}`)
    .wait(`${why}${unserved}`);
}

/** Takes the candidate off the route, where the route is the plan's and gives it anything. */
export function toStable(draft: Draft, world: World): void {
  const { route } = world;
  if (route === null || route.foreign !== null || exposure(route) === 0) return;
  draft.urgent.push({ kind: 'routeWeight', weight: 0, resourceVersion: route.resourceVersion });
}

const atStable = (status: Status): Status['weight'] => ({ ...status.weight, set: 0, observed: 0, since: null });
