import { inject } from 'vitest';
import { type Compiled, compileRelease } from '../../../lib/constructs/compile.ts';
import type { Lock } from '../../../lib/lock/lock.ts';
import { type Approval, approvalKey, type Command, type Order, orderText } from '../../../lib/plan/orders.ts';
import type { Plan } from '../../../lib/plan/plan.ts';
import { viewRoute } from '../../../lib/runner/route.ts';
import type { Status } from '../../../lib/runner/status.ts';
import type { KubeObject } from '../../../lib/schema/index.ts';
import { context, image, KEY } from '../../constructs/compiling.ts';
import { accepted } from '../../intent/valid.ts';
import { type Applier, flux, Reconciler } from '../../traffic/appliers.ts';
import type { Connection } from '../connection.ts';
import { type Finally, freshNamespace, installCrds, KINDS, type LiveObject, type ObjectRef } from '../harness.ts';
import type { Kube } from '../kube.ts';
import { until } from '../until.ts';
import { accept, followRoute } from './followed-route.ts';
import { type GateChoice, gatesOf, intentOf, type RouterName, TOOLS } from './intent.ts';
import type { Application, Door, Metrics } from './metrics.ts';
import { RunnerProcess } from './runner-process.ts';

/** Where releases are walked. */
export interface Ground {
  readonly kube: Kube;
  readonly connection: Connection;
  readonly metrics: Metrics;
  /** False: nothing but the API server, and the test says how its Deployments and Jobs do. @default true */
  readonly controllers?: boolean;
}

/** One version of the route, as somebody wrote it. */
export interface RouteVersion {
  readonly weight: number;
  /** Who stands behind the weights. */
  readonly by: readonly string[];
  readonly at: number;
}

interface RunnerEvent {
  readonly reason: string;
  readonly involvedObject: { readonly kind: string };
  readonly source?: { readonly component?: string };
}

export interface FlightOptions {
  readonly router?: RouterName;
  /** The flagship's five gates, or only that of its errors, or that one every 15 s, or that one and a Job. @default errors */
  readonly gates?: GateChoice;
  readonly changes?: Readonly<Record<string, unknown>>;
  /** Who brings Git in. @default Flux, once for each commit */
  readonly git?: Git;
  /** What becomes of the manifests on their way into the cluster. @default nothing */
  readonly altered?: (object: KubeObject) => KubeObject;
  /** Whether Git brings in what there was before, and then the release. @default false */
  readonly atRestFirst?: boolean;
}

export interface Git {
  readonly tool: keyof typeof TOOLS;
  /** @param lock of the release in flight */
  readonly applier: (kube: Kube, lock: Lock, ended: () => boolean) => Applier;
  /** How often what Git holds is applied again. @default never */
  readonly everySeconds?: number | undefined;
}

const ONCE: Git = { tool: 'flux', applier: flux };

/** Release `web` in flight in a namespace of its own, as Git brought it in, beside an application that follows its route. */
export class Flight {
  readonly #ground: Ground;
  readonly #atEnd: Finally;
  readonly #intent: Readonly<Record<string, unknown>>;
  readonly #options: FlightOptions;
  readonly git: Reconciler;
  readonly door: Door;
  readonly namespace: string;
  readonly application: Application;
  /** Every version of the route's weights since the release was brought in. */
  readonly history: RouteVersion[] = [];
  readonly runners: RunnerProcess[] = [];
  readonly #atRest: Compiled;
  #head: Compiled;

  static async begin(ground: Ground, atEnd: Finally, options: FlightOptions = {}): Promise<Flight> {
    const { kube } = ground;
    await installCrds(kube, KINDS);
    const namespace = await freshNamespace(kube, { atEnd, controllers: ground.controllers ?? true });
    const door = await ground.metrics.door();
    atEnd(() => door.close());
    const intent = { ...intentOf(options.router ?? 'istio', gatesOf(door.address, options.gates ?? 'errors')), ...options.changes };
    const flight = new Flight(ground, atEnd, door, namespace, intent, options);
    if (options.atRestFirst) await flight.revert();
    await flight.land();
    flight.#follow();
    ground.metrics.add(flight.application);
    atEnd(() => ground.metrics.remove(flight.application));
    return flight;
  }

  private constructor(
    ground: Ground,
    atEnd: Finally,
    door: Door,
    namespace: string,
    intent: Readonly<Record<string, unknown>>,
    options: FlightOptions,
  ) {
    this.#options = options;
    this.#ground = ground;
    this.#atEnd = atEnd;
    this.#intent = intent;
    this.door = door;
    this.namespace = namespace;
    this.#atRest = this.#compile({}, null);
    this.#head = this.#compile({ image: image('a') }, this.#atRest);
    const { applier, everySeconds } = options.git ?? ONCE;
    let ended = false;
    this.git = new Reconciler(
      applier(ground.kube, this.#head.lock, () => ended),
      everySeconds,
    );
    atEnd(() => {
      ended = true;
      return this.git.stop();
    });
    const { stable, candidate } = this.plan;
    const share = () => this.history.at(-1)?.weight ?? 0;
    this.application = { namespace, stable: stable.deployment, candidate: candidate.deployment, share, errors: 0, exporter: 'counts' };
  }

  get #inFlight() {
    const { inFlight } = this.#head.lock;
    if (inFlight === null) throw new Error('nothing is in flight');
    return inFlight;
  }

  get plan(): Plan {
    return this.#inFlight.plan;
  }

  get hash(): string {
    return this.#inFlight.hash;
  }

  get planName(): string {
    return `web-plan-${this.hash}`;
  }

  /** What Git holds. */
  get objects(): readonly KubeObject[] {
    return this.#altered(this.#head);
  }

  #altered({ objects }: Compiled): readonly KubeObject[] {
    const { altered } = this.#options;
    return altered === undefined ? objects : objects.map(altered);
  }

  get lock(): Lock {
    return this.#head.lock;
  }

  object(kind: string, name: string): KubeObject {
    const found = this.objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) throw new Error(`the release has no ${kind} ${name}`);
    return found;
  }

  /** Another image, which supersedes what is in flight. */
  async supersede(digit: string): Promise<void> {
    this.#head = this.#compile({ image: image(digit) }, this.#head);
    this.application.candidate = this.plan.candidate.deployment;
    await this.git.commit(this.objects);
  }

  /** Git goes back to what it was before the release. */
  async revert(): Promise<void> {
    await this.git.commit(this.#altered(this.#atRest));
  }

  /** The very same commit, again. */
  async land(): Promise<void> {
    await this.git.commit(this.objects);
  }

  /** A new cluster: nothing of the release is left but what a backup brings back, and Git is applied to it. */
  async rebuild(backup: readonly KubeObject[] = []): Promise<void> {
    const { kube } = this.#ground;
    for (const runner of this.runners) await runner.kill();
    const all = [...this.objects, ...['web-status', 'web-operator'].map((name) => this.ref('ConfigMap', name))];
    await Promise.all(all.map((object) => kube.remove(object)));
    await until(
      'end of all objects',
      async () => (await Promise.all(all.map((object) => kube.find(object)))).every((live) => live === null),
      {
        everyMs: 200,
      },
    );
    for (const object of backup) await kube.create(object);
    await this.land();
  }

  ref(kind: 'ConfigMap' | 'Deployment' | 'Job' | 'Route' | 'Role', name: string): ObjectRef {
    const metadata = { name, namespace: this.namespace };
    if (kind === 'Route') return { apiVersion: this.plan.route.apiVersion, kind: this.plan.route.kind, metadata };
    const apiVersion = { ConfigMap: 'v1', Deployment: 'apps/v1', Job: 'batch/v1', Role: 'rbac.authorization.k8s.io/v1' }[kind];
    return { apiVersion, kind, metadata };
  }

  /** The runner's process on the present plan, with the token of its own ServiceAccount. */
  async runner(env: Readonly<Record<string, string>> = { TIDEGATE_EXIT: '1' }): Promise<RunnerProcess> {
    const { kube, connection } = this.#ground;
    const runner = await RunnerProcess.start({ kube, connection, namespace: this.namespace, plan: this.planName, env });
    this.runners.push(runner);
    this.#atEnd(() => runner.kill());
    return runner;
  }

  /** Keys of the status ConfigMap, or null before there is one. */
  async status(): Promise<Readonly<Record<string, string>> | null> {
    const live = await this.#ground.kube.find(this.ref('ConfigMap', 'web-status'));
    return live === null ? null : (live.data as Record<string, string>);
  }

  async parsedStatus(): Promise<Status | null> {
    return JSON.parse((await this.status())?.['status.json'] ?? 'null');
  }

  /** Waits for what the status says. */
  async reaches(what: string, wanted: (status: Status) => boolean, seconds = 100): Promise<Status> {
    return until(
      what,
      async () => {
        const status = await this.parsedStatus();
        return status !== null && status.plan === this.hash && wanted(status) ? status : null;
      },
      { seconds, everyMs: 400 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.transcript}`);
    });
  }

  /** Waits until a step, or a later one, is being walked. */
  reachesStep(step: number): Promise<Status> {
    return this.reaches(`step ${step}`, (status) => status.step >= step && status.stepStartedAt !== null);
  }

  /** Waits until the route gives the candidate so many percent. */
  async gives(weight: number): Promise<void> {
    await until(`weight ${weight}`, async () => this.weights.at(-1) === weight, { seconds: 100 }).catch((error: Error) => {
      throw new Error(`${error.message}: ${this.weights}\n${this.transcript}`);
    });
  }

  /** What a person says in the cluster, as the CLI writes it. */
  async say(command: Command, by = 'alice'): Promise<void> {
    const order: Order = { plan: this.hash, by, at: new Date().toISOString(), reason: '' };
    await this.#order(command, orderText(order));
  }

  async approve(by = 'alice', approval = 'promote'): Promise<void> {
    const order: Approval = { plan: this.hash, by, at: new Date().toISOString(), reason: 'looks good', approval };
    await this.#order(approvalKey(order), orderText(order));
  }

  async find(kind: Parameters<Flight['ref']>[0], name: string): Promise<LiveObject | null> {
    return this.#ground.kube.find(this.ref(kind, name));
  }

  async live(kind: Parameters<Flight['ref']>[0], name: string): Promise<LiveObject> {
    return this.#ground.kube.get(this.ref(kind, name));
  }

  async remove(kind: Parameters<Flight['ref']>[0], name: string): Promise<void> {
    await this.#ground.kube.remove(this.ref(kind, name));
  }

  async deployment(role: 'stable' | 'candidate'): Promise<LiveObject> {
    return this.#ground.kube.get(this.ref('Deployment', this.plan[role].deployment));
  }

  async route(): Promise<LiveObject> {
    return this.#ground.kube.get(this.ref('Route', this.plan.route.name));
  }

  /** What the route gives the candidate, as read now. */
  async routeWeight(): Promise<number> {
    return this.#weightOf(await this.route());
  }

  /** A route without the candidate gives it nothing, where the runner would rather believe the worst. */
  #weightOf(route: LiveObject): number {
    const { candidate, route: known } = this.plan;
    return JSON.stringify(route.spec).includes(candidate.service) ? viewRoute(route, known).level.weight : 0;
  }

  /** Where there are no controllers: all pods of a Deployment become available. */
  async settle(role: 'stable' | 'candidate'): Promise<void> {
    const { metadata, spec, status } = await this.deployment(role);
    if (status?.availableReplicas === spec.replicas && status?.observedGeneration === metadata.generation) return;
    const counts = Object.fromEntries(
      ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'].map((name) => [name, spec.replicas]),
    );
    const ref = this.ref('Deployment', metadata.name);
    await this.#ground.kube.mergePatch(ref, { status: { observedGeneration: metadata.generation, ...counts } }, '/status');
  }

  /** Where there are no controllers: smoke Jobs pass. */
  async finishJobs(): Promise<void> {
    for (const { kind, metadata } of this.objects) {
      if (kind !== 'Job') continue;
      const ref = this.ref('Job', metadata.name);
      if ((await this.#ground.kube.get(ref)).status?.succeeded === 1) continue;
      const time = new Date().toISOString();
      const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({ type, status: 'True', lastTransitionTime: time }));
      const status = { startTime: time, completionTime: time, succeeded: 1, conditions };
      await this.#ground.kube.mergePatch(ref, { status }, '/status');
    }
  }

  /** The weights as somebody else writes them. */
  async moveRoute(weight: number, manager: string): Promise<void> {
    const path = await this.#ground.kube.path(this.ref('Route', this.plan.route.name));
    const operations = this.plan.route.splits.flatMap(({ stable, candidate }) => [
      { op: 'replace', path: stable.weight, value: 100 - weight },
      { op: 'replace', path: candidate.weight, value: weight },
    ]);
    const answer = await this.#ground.kube.send('PATCH', `${path}?fieldManager=${manager}`, operations, 'application/json-patch+json');
    if (answer.status >= 300) throw new Error(`the route was not moved: ${JSON.stringify(answer.body)}`);
  }

  /** Weights in the order in which the route had them, without repetitions. */
  get weights(): readonly number[] {
    return this.history.map(({ weight }) => weight).filter((weight, index, all) => weight !== all[index - 1]);
  }

  /** The Events of the runner on the release's objects, oldest first, as `reason Kind`. */
  async events(): Promise<readonly string[]> {
    const events = await this.#ground.kube.list({ apiVersion: 'v1', kind: 'Event' }, this.namespace);
    return events
      .map((event) => ({ ...(event as unknown as RunnerEvent), version: Number(event.metadata.resourceVersion) }))
      .filter(({ source }) => source?.component === 'tidegate-runner')
      .sort((a, b) => a.version - b.version)
      .map(({ reason, involvedObject }) => `${reason} ${involvedObject.kind}`);
  }

  /** For a test that failed. */
  get transcript(): string {
    return this.runners.map((runner) => runner.transcript).join('\n--\n');
  }

  async #order(key: string, text: string): Promise<void> {
    const { metadata, ...type } = this.ref('ConfigMap', 'web-operator');
    await this.#ground.kube.apply(
      { ...type, metadata, data: { [key]: text } },
      { manager: `tidegate-cli-${key}`.slice(0, 128), force: true },
    );
  }

  #compile(changes: Readonly<Record<string, unknown>>, before: Compiled | null): Compiled {
    const key = { ...KEY, namespace: this.namespace };
    const lock = before?.lock ?? null;
    const intent = accepted({ ...this.#intent, ...changes });
    const { tool } = this.#options.git ?? ONCE;
    return compileRelease({ key, intent, lock, initial: lock === null, refresh: false, context: context(TOOLS[tool]) });
  }

  /** Follows the route: traffic is where it says. */
  #follow(): void {
    const { connection, kube } = this.#ground;
    const { route } = this.plan;
    const told = (live: LiveObject) => {
      const view = viewRoute(live, route);
      this.history.push({ weight: this.#weightOf(live), by: view.owners, at: Date.now() });
      if (!view.accepted) void accept(kube, live).catch(() => undefined);
    };
    followRoute({ connection, namespace: this.namespace, route, atEnd: this.#atEnd, told });
  }
}

/** The control plane of this run, for tests that have one. */
export function controlPlane(): Connection {
  const connection = inject('controlPlane');
  if (connection === null) throw new Error('this test needs a control plane');
  return connection;
}
