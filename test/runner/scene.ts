import type { Plan } from '../../lib/plan/plan.ts';
import {
  type ApiRequest,
  type Connection,
  type LogLine,
  ownPart,
  type RunnerOptions,
  runRunner,
  type Status,
} from '../../lib/runner/index.ts';
import { FakeApi, type KubeObject } from './fake-api.ts';
import { deployment, GITOPS, httpRoute, job, PATHS, planConfigMap, planName, planOf } from './release.ts';
import { VirtualTime } from './virtual-time.ts';

/** What goes wrong with one request. */
export type Fault = 'none' | 'lost before' | 'lost after' | 'unavailable' | 'throttled' | 'killed before' | 'killed after';

export interface SceneOptions {
  readonly plan?: Plan;
  /** Seconds from the scaling of a Deployment to pods that are available; null: never. */
  readonly readyAfter?: number | null;
  /** How the smoke Job ends, and after how many seconds. */
  readonly smoke?: { readonly ends: 'Complete' | 'Failed' | 'never' | 'absent'; readonly after: number };
  readonly fault?: (request: ApiRequest, process: Process) => Fault;
  readonly latency?: () => number;
  readonly runner?: Partial<RunnerOptions>;
  /** Around the connection of each process. */
  readonly wrap?: (connection: Connection) => Connection;
}

export interface Process {
  readonly number: number;
  alive: boolean;
  /** Exit code, once it has ended. */
  code: number | null;
  readonly requests: ApiRequest[];
  readonly lines: LogLine[];
}

/** A cluster with release `web` in flight, its controllers, and runners that can be killed, all on virtual time. */
export class Scene {
  readonly time = new VirtualTime();
  readonly api = new FakeApi();
  readonly plan: Plan;
  readonly processes: Process[] = [];
  /** Candidate's weight over time, with who set it. */
  readonly weights: { readonly at: number; readonly weight: number; readonly by: string }[] = [];
  readonly began: number;
  /** Since when the smoke Job runs; null: it waits. */
  smokeSince: number | null = null;
  /** Called with each request that reaches the API server, before it is answered. */
  arriving: (request: ApiRequest) => void = () => {};
  private readonly options: SceneOptions;

  constructor(options: SceneOptions = {}) {
    this.options = options;
    this.plan = options.plan ?? planOf();
    this.began = this.time.now;
    this.api.now = () => this.time.now;
    this.api.changed = (path, by) => this.react(path, by);
    const { ends } = this.smoke;
    this.api.apply(PATHS.plan(this.plan), planConfigMap(this.plan), GITOPS);
    this.api.apply(PATHS.stable, deployment('web-aaaaaaaa', 3), GITOPS);
    this.api.apply(PATHS.candidate, deployment('web-cccccccc', 1), GITOPS);
    this.api.apply(PATHS.route, httpRoute(), GITOPS);
    if (ends !== 'absent') this.api.apply(PATHS.job(this.plan), job(this.plan), GITOPS);
  }

  get smoke() {
    return this.options.smoke ?? { ends: 'Complete', after: 20 };
  }

  start(more: Partial<RunnerOptions> = {}): Process {
    const process: Process = { number: this.processes.length, alive: true, code: null, requests: [], lines: [] };
    this.processes.push(process);
    void runRunner({
      connection: (this.options.wrap ?? ((connection) => connection))(this.connection(process)),
      namespace: 'shop',
      plan: planName(this.plan),
      clock: this.time.clock(() => process.alive),
      log: (line) => process.lines.push(line),
      random: () => 0.5,
      exchange: async () => ({ kind: 'nothing', message: 'no network here', retryable: true }),
      part: ownPart,
      readFile: () => Promise.reject(new Error('no files here')),
      ...this.options.runner,
      ...more,
    }).then((code) => {
      process.code = code;
    });
    return process;
  }

  /** Runs until the release has come to rest, at most this long. */
  async until(phases: readonly Status['phase'][], seconds = 3_600): Promise<void> {
    await this.time.run(seconds * 1_000, () => phases.includes(this.phase as Status['phase']));
  }

  /** Applies what Git holds, as a reconciler does. */
  reset(manager = GITOPS): void {
    this.api.apply(PATHS.route, httpRoute(), manager);
  }

  /** A person sets the weights. */
  move(weight: number, manager = 'kubectl-edit'): void {
    this.api.edit(PATHS.route, manager, (route) => {
      const [stable, candidate] = route.spec.rules[0].backendRefs;
      stable.weight = 100 - weight;
      candidate.weight = weight;
    });
  }

  get status(): Status | null {
    const text = this.api.find(PATHS.status)?.data['status.json'];
    return text === undefined ? null : JSON.parse(text);
  }

  get phase(): string | null {
    return this.status?.phase ?? null;
  }

  get weight(): number {
    return weightOf(this.api.at(PATHS.route));
  }

  get replicas(): number {
    return this.api.at(PATHS.candidate).spec.replicas;
  }

  private connection(process: Process): Connection {
    const never = new Promise<never>(() => {});
    const travel = () => new Promise<void>((arrived) => this.time.after(this.options.latency?.() ?? 1, arrived));
    return {
      renewToken: () => {},
      stream: (address, receive, signal) => {
        const url = new URL(address, 'https://api');
        const path = `${url.pathname}/${url.searchParams.get('fieldSelector')?.replace('metadata.name=', '')}`;
        const stop = this.api.watch(path, (event) => this.time.after(1, () => process.alive && !signal.aborted && receive(event)));
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            stop();
            if (process.alive) resolve(null);
          });
        });
      },
      exchange: async (request) => {
        process.requests.push(request);
        const fault = this.options.fault?.(request, process) ?? 'none';
        await travel();
        // A request that is on its way arrives although its process was killed.
        if (fault === 'killed before') process.alive = false;
        if (fault === 'killed before' || fault === 'lost before')
          return process.alive ? Promise.reject(new Error('socket hang up')) : never;
        if (fault === 'unavailable') return { status: 503, body: {}, retryAfterMilliseconds: null };
        if (fault === 'throttled') return { status: 429, body: {}, retryAfterMilliseconds: 1_000 };
        this.arriving(request);
        const answer = this.api.handle(request);
        if (fault === 'killed after') process.alive = false;
        await travel();
        if (!process.alive) return never;
        if (fault === 'lost after') throw new Error('socket hang up');
        return answer;
      },
    };
  }

  /** The cluster's controllers. */
  private react(path: string, by: string): void {
    const object = this.api.at(path);
    const generation = object.metadata.generation;
    const unchanged = () => this.api.find(path)?.metadata.generation === generation;
    if (path === PATHS.route) {
      const weight = weightOf(object);
      if (this.weights.at(-1)?.weight !== weight) this.weights.push({ at: this.time.now, weight, by });
      if (object.status?.parents?.[0]?.conditions[0].observedGeneration === generation) return;
      this.time.after(300, () => unchanged() && this.api.report(path, accepted(object)));
    }
    if (path === PATHS.job(this.plan) && !object.spec.suspend && this.smokeSince === null) this.beginSmoke(path);
    if (object.kind === 'Deployment' && object.status?.observedGeneration !== generation) {
      const ready = path === PATHS.stable ? 0 : this.options.readyAfter === undefined ? 10 : this.options.readyAfter;
      const replicas = object.spec.replicas;
      const available = Math.min(object.status?.availableReplicas ?? 0, replicas);
      this.api.report(path, { observedGeneration: generation, availableReplicas: available });
      if (ready !== null) this.time.after(ready * 1_000, () => unchanged() && this.api.report(path, { availableReplicas: replicas }));
    }
  }

  private beginSmoke(path: string): void {
    this.smokeSince = this.time.now;
    const { ends, after } = this.smoke;
    if (ends !== 'Complete' && ends !== 'Failed') return;
    this.time.after(after * 1_000, () => {
      if (this.api.find(path)) this.api.report(path, { conditions: [{ type: ends, status: 'True', message: ends }] });
    });
  }
}

function weightOf(route: KubeObject): number {
  const candidate = route.spec.rules[0].backendRefs.find(({ name }: { name: string }) => name === 'web-cccccccc');
  return candidate?.weight ?? 0;
}

const accepted = (route: KubeObject) => ({
  parents: [
    {
      parentRef: route.spec.parentRefs[0],
      controllerName: 'example.com/gateway',
      conditions: [{ type: 'Accepted', status: 'True', observedGeneration: route.metadata.generation }],
    },
  ],
});
