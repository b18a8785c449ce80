import { Project } from '../../constructs/project.ts';
import { names } from '../../engines/native/names.ts';
import { elsewhereProblems } from '../../gitops/elsewhere.ts';
import { appliedProblems, promotedAt, type Retirement, retire, retirement, servedProblems } from '../../gitops/retire.ts';
import { planRevision } from '../../lock/advance.ts';
import type { Lock } from '../../lock/lock.ts';
import { lockPath } from '../../lock/read.ts';
import { writeLock } from '../../lock/write.ts';
import type { RouteInstructions } from '../../plan/plan.ts';
import { ROUTERS } from '../../routers/index.ts';
import type { Problem } from '../../schema/index.ts';
import { formatOption, type Invocation, UsageError } from '../command.ts';
import { openCluster } from '../operator/cluster.ts';
import { DEPLOYMENTS, routeKind } from '../operator/kube.ts';
import { lockOf, type Where } from '../operator/locked.ts';
import { rewrite, unchanged } from './rewrite.ts';
import { timeOf } from './time.ts';
import { refuseWith, report, whereIn } from './told.ts';

/** `tidegate record RELEASE --retire`: what retires loses its pods, once its time has come and no request reaches it. */
export async function recordRetirement(invocation: Invocation): Promise<number> {
  formatOption(invocation, ['text', 'json']);
  const where = whereIn(invocation, 'record');
  const lock = lockOf(where);
  const wanted = invocation.values.unrecorded === true;
  if (wanted && invocation.values['without-cluster'] === true)
    throw new UsageError('--unrecorded asks the cluster what no record tells: give it without --without-cluster');
  const project = new Project();
  const retirable = retirement(
    lock,
    promotedAt(lock, (path) => project.text(path)),
    timeOf(invocation),
  );
  const unrecorded = wanted ? retirable.unrecorded : [];
  const due = [...retirable.due, ...unrecorded];
  const waiting = inWords(wanted ? { ...retirable, unrecorded: [] } : retirable, lock);
  if (due.length === 0) {
    const said = waiting.length === 0 ? 'nothing retires.' : `${waiting.join(', ')}.`;
    return report({ lock, said, told: { retired: [] }, written: { written: [], removed: [], unchanged: 0 }, next: null }, invocation);
  }
  const problems = await servedInCluster(lock, { due, unrecorded }, where, invocation);
  if (problems.length > 0) return refuseWith(problems, lock, invocation);
  const text = writeLock(retire(lock, due));
  const rewritten = await rewrite({ key: lock, texts: new Map([[lockPath(lock), text]]), wrong: unchanged(text, writeLock) }, invocation);
  if (rewritten === null) return 1;
  const { lock: after, written } = rewritten;
  const cold = due.filter((name) => after.cold?.some((revision) => revision.name === name));
  const gone = due.filter((name) => !cold.includes(name));
  const said = [
    ...(cold.length > 0 ? [`${cold.join(', ')} ${cold.length === 1 ? 'has' : 'have'} no pods any more, and can come back`] : []),
    ...(gone.length > 0 ? [`${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} gone`] : []),
    ...waiting,
  ].join('; ');
  const next = `Next: git add dist lock && git commit -m 'Retire ${due.join(', ')}'`;
  return report({ lock: after, said: `${said}.`, told: { retired: due }, written, next }, invocation);
}

function inWords({ warm, unrecorded }: Omit<Retirement, 'due'>, { release, inFlight }: Lock): readonly string[] {
  return [
    ...warm.map(({ revision, until }) => `${revision} keeps its pods until ${new Date(until).toISOString()}`),
    ...unrecorded.map(
      (revision) =>
        `${revision} keeps its pods until ${inFlight ? `plan ${inFlight.hash}` : 'another release'} is recorded, or \`tidegate record ${release} --retire --unrecorded\` finds that the cluster has left it`,
    ),
  ];
}

async function servedInCluster(
  lock: Lock,
  { due, unrecorded }: Omit<Retirement, 'warm'>,
  where: Where,
  invocation: Invocation,
): Promise<readonly Problem[]> {
  if (invocation.values['without-cluster'] === true) {
    invocation.io.err(`The live route was not asked: that nothing reaches ${due.join(', ')} is taken from Git.\n\n`);
    return [];
  }
  const { namespace } = lock;
  const cluster = openCluster(invocation, { ...where, namespace });
  try {
    const runner = unrecorded.length === 0 ? null : await cluster.kube.get(DEPLOYMENTS, namespace, names.runner(lock.release));
    const found = await Promise.all(
      routesOf(lock).map(async ({ kind, name, ...resource }): Promise<readonly Problem[]> => {
        const live = await cluster.kube.get(routeKind(resource), namespace, name);
        if (live === null) return [{ message: `${kind} ${name} is not in namespace ${namespace}.`, help: 'Is this the right --context?' }];
        const elsewhere = elsewhereProblems(lock, live, `${kind} ${name}`);
        if (elsewhere.length > 0) return elsewhere;
        const applied = { route: live, name: `${kind} ${name}`, runner };
        return [...servedProblems(live, applied.name, due), ...(unrecorded.length > 0 ? appliedProblems(lock, unrecorded, applied) : [])];
      }),
    );
    return found.flat();
  } finally {
    cluster.close();
  }
}

/** The present route, and the one of before where it stays. */
function routesOf({ resolved, formerTraffic, stable }: Lock): readonly RouteInstructions[] {
  const { service } = planRevision(stable);
  return [resolved.traffic, ...(formerTraffic ? [formerTraffic] : [])].map((traffic) =>
    ROUTERS[traffic.router].instructions({ ...resolved, traffic }, { stable: service, candidate: service }),
  );
}
