import { bystanding, type Decision, Draft, EXIT } from './draft.ts';
import { guard } from './guard.ts';
import type { Release } from './read-plan.ts';
import { holdOnStable } from './retreat.ts';
import { exposure } from './route.ts';
import { newStatus, type Status } from './status.ts';
import { walk } from './walk.ts';
import type { World } from './world.ts';

/**
 * What to do about what was read. Takes nothing but its arguments into account: all that must be remembered is in the
 * status, which is part of what was read.
 *
 * @param owned whether this process has walked the plan already: then a status of another plan means that this one
 * was superseded; before that it means that the other one was
 */
export function decide(release: Release, world: World, at: number, owned: boolean): Decision {
  const { status } = world;
  if (world.plan !== 'present') return superseded(`the plan is ${world.plan}: this release is over or another has taken its place`);
  switch (status.kind) {
    case 'absent':
      return begin(release, world, at, null);
    case 'otherPlan':
      if (owned) return superseded(`plan ${status.plan} has taken over`);
      return begin(release, world, at, status.resourceVersion);
    case 'corrupt':
      return distrust(release, world, at, status.why, status.resourceVersion);
    case 'ours':
      return proceed(release, world, at, status.status, status.resourceVersion);
  }
}

const superseded = (reason: string): Decision => bystanding('Superseded', reason, 'waiting', [], EXIT.superseded);

/** The candidate has nothing, and only then this plan's status exists. */
function begin(release: Release, world: World, at: number, resourceVersion: string | null): Decision {
  const { route } = world;
  const { candidate, route: instructions } = release.plan;
  const waiting = (why: string) => bystanding('Starting', `waiting for ${instructions.kind} ${instructions.name}: ${why}`, 'acting');
  if (route === null) return waiting('it is not there');
  if (route.foreign !== null) return waiting(route.foreign);
  if (route.extra !== null) return waiting(`it names ${candidate.service} at ${route.extra}, where the plan has no weight for it`);
  const share = exposure(route);
  if (share > 0) {
    const message = `the route gives the candidate ${share} % before its plan has begun: back to stable`;
    const effects = [
      { kind: 'routeWeight', weight: 0, resourceVersion: route.resourceVersion },
      { kind: 'log', level: 'warning', message },
    ] as const;
    return bystanding('Starting', message, 'again', effects);
  }
  const draft = new Draft(newStatus(release.hash, at, route.generation), at);
  return draft.announce('Normal', 'Started', `plan ${release.hash} begins: ${release.plan.steps.length} steps`).finish(resourceVersion);
}

/** A status that cannot be believed says nothing about what was earned, so nothing was. */
function distrust(release: Release, world: World, at: number, why: string, resourceVersion: string): Decision {
  const draft = new Draft(newStatus(release.hash, at, world.route?.generation ?? null), at);
  const remedy = `delete ConfigMap ${release.plan.release}-status to start over`;
  holdOnStable(draft, world, `the status cannot be believed: ${why}; ${remedy}`);
  return draft.finish(resourceVersion);
}

function proceed(release: Release, world: World, at: number, status: Status, resourceVersion: string): Decision {
  const draft = new Draft(status, at);
  if (guard(release, world, draft) === 'walk') walk(release, world, draft);
  return draft.finish(resourceVersion);
}
