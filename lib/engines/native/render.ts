import { analysisTemplate } from '../../gates/analysis-template.ts';
import { gateArguments } from '../../gates/arguments.ts';
import type { ResolvedGateIntent, ResolvedIntent } from '../../intent/resolved.ts';
import { planRevision } from '../../lock/advance.ts';
import { releaseLabels } from '../../lock/labels.ts';
import { type InFlight, isExternal, type Lock, type Revision } from '../../lock/lock.ts';
import { at, servicePorts } from '../../lock/revision.ts';
import { rollbackIntent } from '../../lock/rollback.ts';
import type { Approval } from '../../plan/orders.ts';
import { ROUTERS } from '../../routers/index.ts';
import { type KubeObject, ProblemError } from '../../schema/index.ts';
import type { EngineContext } from '../engine.ts';
import { checkApart, neverPruned } from './adopted.ts';
import { approvalsConfigMap } from './approvals.ts';
import { autoscalers, disruptionBudget, type Replicas, withReplicas } from './capacity.ts';
import { flagsConfigMap } from './flags.ts';
import { sidecarLabel } from './helper-pod.ts';
import type { Owner } from './metadata.ts';
import { names } from './names.ts';
import { appPolicy } from './network.ts';
import { notifyConfigMap } from './notify.ts';
import { planConfigMap } from './plan-config.ts';
import { runnerCode, runnerObjects } from './runner.ts';
import { roleServices } from './services.ts';
import { madeOnce, unsubstituted } from './substitution.ts';

/** A revision that Git carries, and what follows from its role. */
interface Carried {
  readonly revision: Revision;
  readonly replicas: Replicas;
  /** Without pods: neither autoscaler nor disruption budget, and nothing in the route. */
  readonly cold: boolean;
  /** True: an autoscaler removes none of its pods. */
  readonly keep: boolean;
}

/**
 * Every object of a release. The frozen ones are taken as they are; the others follow from roles. The order is one in
 * which they may be applied, though any order is safe: the route names revisions and stands at stable.
 * @throws ProblemError when the route's port is missing on a revision, or the plan is too large
 */
export function renderRelease(locked: Lock, context: EngineContext, approvals: readonly Approval[] = []): readonly KubeObject[] {
  const lock = asWalked(locked);
  const { resolved, inFlight, stable } = lock;
  const owner: Owner = { release: lock.release, namespace: lock.namespace, target: lock.target, risk: resolved.risk };
  const carried = carriedRevisions(lock);
  const revisions = carried.filter(({ cold }) => !cold).map(({ revision }) => revision);
  checkRoutedPort(lock);
  const services = roleServices(lock, owner);
  const made = isExternal(stable)
    ? route(lock, revisions, []).map((object) => (object.metadata.name === lock.release ? neverPruned(object) : object))
    : route(lock, revisions, services);
  const routes = lock.leaving ? made.filter((object) => !isSplit(object, lock)) : [...made, ...formerRoute(lock, revisions)];
  const isRoute = ({ kind, metadata }: KubeObject) => routes.some((other) => other.kind === kind && other.metadata.name === metadata.name);
  const objects = [
    ...uniqueByName(carried.flatMap(({ revision }) => revision.objects.configMaps)),
    ...carried.flatMap((entry) => revisionObjects(entry, resolved, owner)),
    ...services.filter((role) => !isRoute(role)),
    ...(revisions.length > 0 ? [appPolicy(resolved, lock.formerTraffic ?? null, revisions, owner)] : []),
    ...flagsConfigMap(resolved, owner),
    runnerCode(resolved, inFlight?.plan ?? null, context, owner),
    ...notifyConfigMap(resolved, context, owner),
    ...routes,
    ...(inFlight ? [...approvalsConfigMap(approvals, owner), ...flightObjects(lock, inFlight, context, owner)] : []),
  ];
  if (isExternal(stable)) checkApart(stable, objects);
  return context.project.gitops.tool === 'flux' ? objects.map(unsubstituted).map(madeOnce) : objects;
}

/** A rollback has no level but the last, so the route needs no rule of the strategy's, and no gate its template. */
function asWalked(lock: Lock): Lock {
  const { inFlight, resolved } = lock;
  return inFlight?.rollback === true ? { ...lock, resolved: rollbackIntent(resolved, inFlight.candidate) } : lock;
}

/** Each revision once, in the role that needs most of it. */
function carriedRevisions({ stable, inFlight, retiring, cold = [] }: Lock): readonly Carried[] {
  const flying = inFlight !== null;
  const all: Carried[] = [
    ...(isExternal(stable) ? [] : [{ revision: stable, replicas: 'declared', cold: false, keep: flying } as const]),
    ...(inFlight
      ? [{ revision: inFlight.candidate, replicas: inFlight.warm ? 'declared' : 'left to the cluster', cold: false, keep: true } as const]
      : []),
    ...retiring.map(
      // what served once may be needed again at once, and what is abandoned may still be in the live route
      ({ revision, reason }): Carried => ({
        revision,
        replicas: reason === 'replaced' ? 'declared' : 'left to the cluster',
        cold: false,
        keep: true,
      }),
    ),
    ...cold.map((revision): Carried => ({ revision, replicas: 'none', cold: true, keep: false })),
  ];
  return all.filter((entry, index) => all.findIndex(({ revision }) => revision.name === entry.revision.name) === index);
}

function revisionObjects({ revision, replicas, cold, keep }: Carried, resolved: ResolvedIntent, owner: Owner): readonly KubeObject[] {
  const workload = [withReplicas(revision, replicas), revision.objects.service];
  if (cold) return workload;
  return [...workload, disruptionBudget(revision, resolved, owner), ...autoscalers(revision, keep, owner)];
}

function route(
  { stable, inFlight, resolved, target }: Lock,
  revisions: readonly Revision[],
  services: readonly KubeObject[],
): readonly KubeObject[] {
  const role = (name: string) => services.find(({ metadata }) => metadata.name === name);
  const [release, candidate] = [role(resolved.release), role(names.candidateService(resolved.release))];
  return ROUTERS[resolved.traffic.router].render(resolved, {
    stable: planRevision(stable).service,
    candidate: inFlight?.candidate.name ?? null,
    revisions: revisions.map(({ name }) => name),
    roles: release && candidate ? { release, candidate } : null,
    labels: releaseLabels(resolved.release, target, resolved.risk),
  });
}

/** The route of before, at stable alone: only the present one splits. */
function formerRoute(lock: Lock, revisions: readonly Revision[]): readonly KubeObject[] {
  const { resolved, formerTraffic } = lock;
  return formerTraffic ? route({ ...lock, inFlight: null, resolved: { ...resolved, traffic: formerTraffic } }, revisions, []) : [];
}

/** The object that leads requests to revisions; a Service that does so is what callers name, and goes with the last pod. */
function isSplit({ kind, metadata }: KubeObject, { resolved, stable }: Lock): boolean {
  const { service } = planRevision(stable);
  const split = ROUTERS[resolved.traffic.router].instructions(resolved, { stable: service, candidate: service });
  return kind === split.kind && metadata.name === split.name && kind !== 'Service';
}

function flightObjects(lock: Lock, inFlight: InFlight, context: EngineContext, owner: Owner): readonly KubeObject[] {
  return [
    planConfigMap(inFlight, owner),
    ...(context.project.targets[context.target]?.analysisTemplates === 'inline' ? [] : analysisTemplates(lock, inFlight)),
    ...inFlight.jobs,
    ...runnerObjects(lock.resolved, inFlight, context, owner),
  ];
}

function analysisTemplates({ release, namespace, target, resolved }: Lock, { plan }: InFlight): readonly KubeObject[] {
  const gates = resolved.strategy.steps.flatMap((step) => ('analysis' in step ? step.analysis.gates : []));
  const distinct = new Map<string, ResolvedGateIntent>(gates.map((gate) => [gate.name, gate]));
  return [...distinct.values()].map((gate) =>
    analysisTemplate(gate, {
      release,
      namespace,
      arguments: gateArguments({ release, namespace, candidate: plan.candidate, stable: plan.stable }),
      labels: releaseLabels(release, target, resolved.risk),
      jobLabels: sidecarLabel(resolved.mesh.jobs !== 'none'),
    }),
  );
}

/** The route has one port for both destinations; without it on one of them, that one's requests fail. */
function checkRoutedPort({ stable, inFlight, resolved, formerTraffic }: Lock): void {
  const ports = [resolved.traffic, ...(formerTraffic ? [formerTraffic] : [])].map(({ port }) => port);
  const revisions = [stable, inFlight?.candidate].filter((revision) => revision !== undefined);
  const problems = ports.flatMap(({ name, service }) =>
    revisions
      .filter((revision) => !servicePorts(revision).some((port) => at(port, 'port') === service))
      .map((revision) => ({
        path: `ports.${name}.service`,
        message: `the route sends requests to port ${service} of both revisions, but the Service of ${planRevision(revision).revision} has no such port.`,
        help: 'Keep the Service port in this release; add the new one beside it and move over in the next.',
      })),
  );
  if (problems.length > 0) throw new ProblemError(problems);
}

function uniqueByName(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object, index) => objects.findIndex((other) => other.metadata.name === object.metadata.name) === index);
}
