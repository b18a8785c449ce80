import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerRole, runnerRoleBinding } from '../../lib/engines/native/role.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import type { PlanGate } from '../../lib/plan/plan.ts';
import { statusData } from '../../lib/runner/index.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import type { LiveObject } from '../../test/real/kube.ts';
import { until } from '../../test/real/until.ts';
import type { ControlPlane } from './control-plane.ts';
import { FakePrometheus } from './prometheus.ts';
import { CANDIDATE, deployment, GITOPS, type Place, planOf, routeAt, STABLE, statusAt } from './release.ts';
import { RouteWatch } from './route-watch.ts';
import { type Deployed, RunnerProcess } from './runner-process.ts';

const ROUTE = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' } as const;

/** One namespace with a release and all that is around it: pods, a gateway that accepts routes, a Prometheus. */
export class Stage {
  readonly prometheus: FakePrometheus;
  readonly watch: RouteWatch;
  readonly namespace: string;
  private readonly plane: ControlPlane;
  private readonly token: string;
  private readonly directory = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  private readonly processes: RunnerProcess[] = [];
  private attempt = 0;
  private hash = '';

  private constructor(plane: ControlPlane, namespace: string, token: string, prometheus: FakePrometheus, watch: RouteWatch) {
    this.plane = plane;
    this.namespace = namespace;
    this.token = token;
    this.prometheus = prometheus;
    this.watch = watch;
    watch.each((route) => void this.accept(route));
  }

  static async set(plane: ControlPlane, name: string): Promise<Stage> {
    const { kube, connection } = plane;
    const namespace = `${name}-${shortHash({ name, at: Date.now(), pid: process.pid })}`;
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const owner = { release: 'web', namespace, target: 'bench', risk: 'normal' } as const;
    await kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web-runner', namespace } });
    await kube.create(runnerRoleBinding(owner));
    for (const name of [STABLE, CANDIDATE]) await available(plane, deployment(namespace, name));
    await kube.apply(routeAt(namespace, 0), { manager: GITOPS, force: true });
    const path = await kube.path({ ...ROUTE, metadata: { name: 'web', namespace } });
    const watch = await RouteWatch.open(connection, path.replace(/\/web$/, ''), 'web');
    return new Stage(plane, namespace, await kube.token(namespace, 'web-runner'), await FakePrometheus.start(), watch);
  }

  /** A new plan, and a status that says that a runner walked it to this place; the route is there already. */
  async place(gates: readonly PlanGate[], place: Place): Promise<void> {
    const { namespace } = this;
    const { kube } = this.plane;
    const plan = planOf(namespace, ++this.attempt, gates);
    const hash = shortHash(plan);
    const owner = { release: 'web', namespace, target: plan.target, risk: plan.risk };
    await kube.apply(runnerRole({ plan, hash, jobs: [] }, owner), { manager: 'bench', force: true });
    for (const name of ['web-status', 'web-operator', `web-plan-${this.hash}`])
      await kube.remove({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
    this.hash = hash;
    const created = await kube.create({
      ...this.configMap(`web-plan-${hash}`, { 'plan.json': JSON.stringify({ hash, ...plan }) }),
      immutable: true,
    });
    const route = await this.routeAt(place.weight, 'bench');
    const generation = route.metadata.generation ?? 0;
    await until('accepted route', async () => isAccepted(await kube.get(this.route)), { everyMs: 5 });
    const status = statusAt(place, { plan, hash, planUid: created.metadata.uid, generation });
    await kube.create(this.configMap('web-status', statusData(status, plan)));
    const runner = kube.as(this.token);
    const attributes = { verb: 'get', resource: 'configmaps', namespace, name: `web-plan-${hash}` };
    await until("the runner's rights", () => runner.may(attributes), { everyMs: 5 });
    runner.close();
  }

  /** Somebody applies the route with this weight of the candidate. */
  routeAt(weight: number, manager: string): Promise<LiveObject> {
    return this.plane.kube.apply(routeAt(this.namespace, weight), { manager, force: true });
  }

  /** A person's command, as the CLI writes it. */
  async command(name: 'abort'): Promise<void> {
    const order = { plan: this.hash, by: 'bench', at: new Date().toISOString(), reason: 'measured' };
    await this.plane.kube.apply(this.configMap('web-operator', { [name]: JSON.stringify(order) }), {
      manager: 'tidegate-cli',
      force: true,
    });
  }

  async start(through: { readonly server: string; readonly ca: string } | null = null): Promise<RunnerProcess> {
    const { server, ca } = through ?? this.plane.connection;
    writeFileSync(join(this.directory, 'token'), this.token);
    writeFileSync(join(this.directory, 'ca.crt'), ca ?? '');
    const deployed: Deployed = { namespace: this.namespace, plan: `web-plan-${this.hash}`, serviceAccount: this.directory, server };
    const runner = await RunnerProcess.start(deployed);
    this.processes.push(runner);
    return runner;
  }

  async strike(): Promise<void> {
    await Promise.all(this.processes.map((runner) => runner.kill()));
    this.watch.close();
    this.prometheus.stop();
    rmSync(this.directory, { recursive: true });
    await this.plane.kube.remove({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
  }

  private get route() {
    return { ...ROUTE, metadata: { name: 'web', namespace: this.namespace } };
  }

  private configMap(name: string, data: Readonly<Record<string, string>>): KubeObject {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: this.namespace }, data };
  }

  /** As a gateway does: each generation of the route gets its answer. */
  private async accept(route: LiveObject): Promise<void> {
    if (isAccepted(route)) return;
    const [parentRef] = route.spec.parentRefs as object[];
    const condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime: new Date().toISOString() };
    const conditions = [{ ...condition, observedGeneration: route.metadata.generation }];
    const status = { parents: [{ parentRef, controllerName: 'bench.tidegate.dev/gateway', conditions }] };
    // The namespace may be going already.
    await this.plane.kube.mergePatch(this.route, { status }, '/status').catch(() => {});
  }
}

function isAccepted({ metadata, status }: LiveObject): boolean {
  const { parents = [] } = (status ?? {}) as { parents?: { conditions: { observedGeneration: number }[] }[] };
  return parents[0]?.conditions[0]?.observedGeneration === metadata.generation;
}

/** Where nothing runs pods, their numbers are written. */
async function available({ kube, controllers }: ControlPlane, object: KubeObject): Promise<void> {
  const { metadata, ...made } = await kube.create(object);
  const ref = { ...made, metadata: { name: metadata.name, namespace: metadata.namespace ?? '' } };
  const status = { observedGeneration: metadata.generation, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  if (!controllers) await kube.mergePatch(ref, { status }, '/status');
  await until(`available ${metadata.name}`, async () => (await kube.get(ref)).status?.availableReplicas === 1);
}
