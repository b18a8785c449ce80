import { legacyRoutes } from '../../gitops/adopt/routes.ts';
import { listAt, textAt } from '../../gitops/adopt/surroundings.ts';
import { elsewhereProblems } from '../../gitops/elsewhere.ts';
import { planRevision } from '../../lock/advance.ts';
import { withoutFormerRoute } from '../../lock/former-route.ts';
import type { Lock } from '../../lock/lock.ts';
import { lockPath } from '../../lock/read.ts';
import { writeLock } from '../../lock/write.ts';
import { ROUTERS } from '../../routers/index.ts';
import type { KubeObject, Problem } from '../../schema/index.ts';
import { formatOption, type Invocation } from '../command.ts';
import { openCluster } from '../operator/cluster.ts';
import { routeKind } from '../operator/kube.ts';
import { lockOf, type Where } from '../operator/locked.ts';
import { rewrite, unchanged } from './rewrite.ts';
import { refuseWith, report, whereIn } from './told.ts';

/** `tidegate record RELEASE --retire-route`: the route of a former router goes, once the present one serves. */
export async function recordRouteRetirement(invocation: Invocation): Promise<number> {
  formatOption(invocation, ['text', 'json']);
  const where = whereIn(invocation, 'record');
  const lock = lockOf(where);
  const { formerTraffic, release } = lock;
  if (formerTraffic === undefined) {
    const written = { written: [], removed: [], unchanged: 0 };
    return report({ lock, said: 'has no route of a former router.', told: { retiredRoute: null }, written, next: null }, invocation);
  }
  const problems = await presentInCluster(lock, where, invocation);
  if (problems.length > 0) return refuseWith(problems, lock, invocation);
  const text = writeLock(withoutFormerRoute(lock));
  const rewritten = await rewrite({ key: lock, texts: new Map([[lockPath(lock), text]]), wrong: unchanged(text, writeLock) }, invocation);
  if (rewritten === null) return 1;
  const { router } = formerTraffic;
  const next = `Next: git add dist lock && git commit -m 'Retire the ${router} route of ${release}'`;
  const said = `the ${router} route goes: requests that still come that way find nothing.`;
  return report({ lock: rewritten.lock, said, told: { retiredRoute: router }, written: rewritten.written, next }, invocation);
}

/** Whether the present route is there, is accepted, and leads to stable. That clients have moved to it nobody can see. */
async function presentInCluster(lock: Lock, where: Where, invocation: Invocation): Promise<readonly Problem[]> {
  if (invocation.values['without-cluster'] === true) {
    invocation.io.err('The cluster was not asked: that the present route serves is taken from Git.\n\n');
    return [];
  }
  const { resolved, namespace } = lock;
  const stable = planRevision(lock.stable).service;
  const { kind, name, acceptance, ...resource } = ROUTERS[resolved.traffic.router].instructions(resolved, { stable, candidate: stable });
  const cluster = openCluster(invocation, { ...where, namespace });
  try {
    const live = (await cluster.kube.get(routeKind(resource), namespace, name)) as KubeObject | null;
    const refused = (why: string): readonly Problem[] => [
      { message: `${kind} ${name} ${why}.`, help: 'Let the GitOps tool apply what is committed, and run again.' },
    ];
    if (live === null) return refused(`is not in namespace ${namespace}`);
    const elsewhere = elsewhereProblems(lock, live, `${kind} ${name}`);
    if (elsewhere.length > 0) return elsewhere;
    if (acceptance === 'gateway-parents' && !isAccepted(live)) return refused('is not accepted by all of its gateways');
    if (kind === 'Service') return [];
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: stable, namespace } };
    const objects = [{ ...live, kind }];
    return legacyRoutes({ objects, unseen: [] }, service, []).length > 0 ? [] : refused(`does not lead to ${stable}`);
  } finally {
    cluster.close();
  }
}

function isAccepted(route: KubeObject): boolean {
  const parents = listAt(route, 'status', 'parents');
  const holds = (parent: unknown) =>
    listAt(parent, 'conditions').some((condition) => textAt(condition, 'type') === 'Accepted' && textAt(condition, 'status') === 'True');
  return parents.length > 0 && parents.every(holds);
}
