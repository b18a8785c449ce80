import type { Problem } from '../schema/index.ts';
import { checkConfig } from './check/config.ts';
import { checkContainers } from './check/container.ts';
import { checkLasting } from './check/lasting.ts';
import { checkLifecycle } from './check/lifecycle.ts';
import { checkLabel } from './check/names.ts';
import { checkNotifications } from './check/notifications.ts';
import { checkOrder } from './check/order.ts';
import { checkPorts } from './check/ports.ts';
import { checkProbes } from './check/probes.ts';
import { problem } from './check/problem.ts';
import { checkRemedies } from './check/remedies.ts';
import { checkSmoke } from './check/smoke.ts';
import { checkStrategy, placedGates } from './check/strategy.ts';
import { checkTraffic } from './check/traffic.ts';
import { releaseNameProblem } from './names.ts';
import type { ReleaseIntent } from './release.ts';

/**
 * What is wrong with the meaning of an intent whose shape `validateIntent` has accepted: all of it, each with its place.
 * What a reviewer may wave through (a first weight of 20, short windows) is the linter's.
 */
export function checkIntent(release: string, intent: ReleaseIntent): readonly Problem[] {
  const name = releaseNameProblem(release);
  return [
    ...(name === null ? [] : [problem([], `${name}.`)]),
    ...(intent.namespace === undefined ? [] : checkLabel(['namespace'], intent.namespace, 'namespace')),
    ...checkContainers(release, intent),
    ...checkPorts(intent),
    ...checkLifecycle(intent),
    ...checkProbes(intent),
    ...checkConfig(intent),
    ...checkTraffic(intent),
    ...checkStrategy(intent),
    ...checkSmoke(intent),
    ...checkLasting(intent),
    ...checkRemedies(release, intent, placedGates(intent.strategy)),
    ...checkNotifications(intent),
    ...checkOrder(release, intent),
  ];
}
