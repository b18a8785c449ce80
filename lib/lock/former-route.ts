import type { Problem } from '../schema/index.ts';
import type { Lock } from './lock.ts';

/**
 * The lock after its router may have changed: the former route stays until it is retired. A Service needs no keeping, since
 * a release has one under whichever router.
 */
export function withFormerRoute(before: Lock, after: Lock): Lock {
  const { formerTraffic, ...rest } = after;
  const was = before.resolved.traffic;
  if (was.router === after.resolved.traffic.router) return after;
  return was.router === 'service' ? rest : { ...rest, formerTraffic: was };
}

export function withoutFormerRoute({ formerTraffic: _, ...lock }: Lock): Lock {
  return lock;
}

/** Why a router may not be changed now, or nothing be released beside a former route. */
export function formerRouteProblems(before: Lock, after: Lock): readonly Problem[] {
  const { release, formerTraffic, inFlight } = before;
  const [was, is] = [before.resolved.traffic.router, after.resolved.traffic.router];
  const retire = `Run \`tidegate record ${release} --retire-route\` once nobody comes that way any more.`;
  const refused = (message: string, help: string): readonly Problem[] => [{ path: 'traffic.router', message, help }];
  if (was !== is && inFlight)
    return refused(
      `the router changes from ${was} to ${is}, and plan ${inFlight.hash} is in flight: its runner knows the ${was} route alone.`,
      'End the release and record it, or give it up; then change the router in a commit of its own.',
    );
  if (was !== is && formerTraffic && formerTraffic.router !== is)
    return refused(`the router changes from ${was} to ${is}, and the ${formerTraffic.router} route from before is there still.`, retire);
  // A way back to what is proven never waits for callers: those of the former route follow when it is recorded.
  if (after.inFlight === null || after.inFlight.rollback === true) return [];
  if (was !== is)
    return refused(
      `the router changes from ${was} to ${is}, and a release starts: requests that come by the ${was} route would not be split.`,
      `Change the router in a commit of its own. ${retire} Then release.`,
    );
  if (formerTraffic)
    return refused(
      `a release starts, and the ${formerTraffic.router} route from before is there still: requests that come that way would not be split.`,
      retire,
    );
  return [];
}
