import { type ApiRequest, ownPart, type RunnerOptions } from '../runner/index.ts';
import { connectionOf, type NetworkOptions, type RequestFault } from './api/network.ts';
import { configMapPath, type KubeObject } from './api/object.ts';
import { ApiServer, type Change, respecified } from './api/server.ts';
import { Watches, type WatchFault } from './api/watch.ts';
import { GitOps } from './cluster/gitops.ts';
import { type JobFate, Jobs } from './cluster/jobs.ts';
import { Others } from './cluster/others.ts';
import { Router } from './cluster/router.ts';
import { Workloads } from './cluster/workloads.ts';
import type { Fate } from './fate.ts';
import { Flags, switchedOn } from './flags.ts';
import { type Delivery, type MetricFault, metricsOf } from './metrics.ts';
import { OrdersKept } from './orders-kept.ts';
import { clockOf, launch, type Process, type Senses } from './process.ts';
import { Random } from './random.ts';
import type { Quality, Seen } from './release/gates.ts';
import { jobsOf, PATHS, planName } from './release/objects.ts';
import { type Draft, NAMESPACE, STABLE } from './release/plans.ts';
import { beyondRights } from './release/rights.ts';
import { exposedTo, type Shares, sharesOf } from './release/routes.ts';
import { Traffic } from './traffic.ts';
import { VirtualTime } from './virtual-time.ts';

/** Whoever watches what truly happens; called at once, before anybody else can act. */
export interface Witness {
  began?(sim: Simulation): void;
  changed?(change: Change): void;
  /** A request of a runner, before the API server answers it. */
  arriving?(request: ApiRequest, process: Process, sentAt: number): void;
  answered?(request: ApiRequest, process: Process, status: number): void;
  delivered?(delivery: Delivery): void;
  served?(shares: Shares): void;
  /** The flag service is asked, and then has answered that it is done. */
  flagAsked?(process: Process, done: boolean): void;
  /** Something that excuses runners for a moment, or for longer. */
  disturbed?(what: string, milliseconds: number): void;
  noted?(text: string): void;
}

/** What is wrong with a runner that must be caught. */
export type Sabotage = (senses: Senses, process: Process) => Senses;

export interface SimulationOptions {
  readonly sabotage?: Sabotage;
  readonly runner?: Partial<RunnerOptions>;
}

const RPS = 100;
const GOOD: Quality = { errors: 0.002, latencySeconds: 0.2 };
const BAD: Quality = { errors: 0.2, latencySeconds: 2 };
const REQUEST_FAULTS = [
  'lost before',
  'lost after',
  'lost after',
  'times out after',
  'duplicated',
  'partial',
  'unavailable',
  'broken',
  'throttled',
  'unauthorized',
  'conflict',
  'slow',
  'slow',
  'lost before',
  'unavailable',
  'duplicated',
  'killed before',
  'killed after',
] as const;
const WATCH_FAULTS = ['expired', 'expired by line', 'breaks', 'breaks', 'stalls', 'lags', 'refused'] as const;

/** From a change of a Role to an API server that goes by it everywhere. */
const ROLE_MILLISECONDS = 3_000;

/** A watch of which one hears too little ends, or says it at last, within this time. */
const LONGEST_WATCH_MILLISECONDS = 240_000;

/** Whether a metric can tell what is served, so that the runner need not know how long its router takes. */
const tellsShare = ({ plan }: Draft): boolean =>
  plan.served !== undefined && !plan.steps.some(({ kind }) => kind === 'setHeaderRoute' || kind === 'setMirrorRoute');

/** A cluster with a release in flight, all that is around it, and the runners that walk it, on virtual time. */
export class Simulation {
  readonly time = new VirtualTime();
  readonly server = new ApiServer();
  readonly began = this.time.now;
  readonly fate: Fate;
  readonly workloads: Workloads;
  readonly router: Router;
  readonly gitops: GitOps;
  readonly others: Others;
  readonly traffic: Traffic;
  readonly flags: Flags;
  readonly orders = new OrdersKept(this.time);
  readonly processes: Process[] = [];
  /** Texts of approvals that somebody signed who may. */
  readonly signed = new Set<string>();
  /** The release that its newest plan is about. */
  draft: Draft;
  /** The plan that the Role names. */
  private named: Draft;
  /** Until then something may go wrong by itself. */
  quiet = false;
  metricFault: MetricFault | null = null;
  apiFails = false;
  /** Whatever a runner writes to the route, as where a webhook of the router is down. */
  routeRefused = false;
  /** How many more writes of a runner to the route the GitOps tool follows, each after so many milliseconds. */
  following = { writes: 0, milliseconds: 0 };
  /** Overrides the fate's idea of the candidate from some moment on. */
  worsened = false;
  /** Another runner is about to start. */
  replacing = false;
  /** A runner threw: its program has a fault. */
  crash: Error | null = null;
  readonly witnesses: Witness[] = [];
  readonly random: Random;
  private readonly options: SimulationOptions;
  private readonly chaos: Random;
  private readonly watches: Watches;
  private readonly noise: Random;

  constructor(fate: Fate, options: SimulationOptions = {}) {
    this.fate = fate;
    this.options = options;
    this.draft = fate.draft;
    this.named = fate.draft;
    this.random = new Random(fate.seed ^ 0x5eed);
    this.chaos = this.random.fork();
    this.noise = this.random.fork();
    const { server, time } = this;
    this.workloads = new Workloads(server, time, (name) => ({ startSeconds: name === STABLE ? 1 : fate.candidate.startSeconds }));
    const jobs = new Jobs(
      server,
      time,
      (name) => this.jobFate(name),
      () => this.workloads.available(this.draft.plan.candidate.deployment) > 0,
    );
    const { accepted } = fate.routerLag;
    this.router = new Router(
      server,
      time,
      { accepted: () => accepted, served: () => this.proxyLag },
      () => this.draft.plan.candidate.service,
    );
    this.watches = new Watches(server, time);
    this.traffic = new Traffic(time, RPS);
    this.flags = new Flags({
      time,
      fate: fate.flag,
      lagMilliseconds: (remedy) => fate.flag.lag * (this.draft.plan.remedies?.[remedy]?.settleSeconds ?? 0) * 1_000,
      tried: (process) => this.tell('flagAsked', process, false),
      done: (process) => this.tell('flagAsked', process, true),
      collect: () => this.collect(),
      edit: () => {
        if (!this.quiet && server.find(PATHS.flagsOff)) server.edit(PATHS.flagsOff, 'kubectl-edit', switchedOn);
      },
    });
    this.router.changed = () => this.serve();
    server.changed = (change) => {
      this.orders.changed(change);
      this.tell('changed', change);
      this.workloads.react(change);
      jobs.react(change);
      this.router.react(change);
      this.watches.deliver(change);
      this.followed(change);
      this.flags.react(change);
    };
    server.now = () => time.now;
    server.lag = () => (this.faulty(fate.watchFaultRate) ? this.chaos.whole(1, 4) : 0);
    this.gitops = new GitOps(server, fate.draft.plan.gitopsManagers[0] ?? 'gitops', fate.draft, fate.stableReplicas);
    this.gitops.apply();
    this.others = new Others(server, time, fate.others);
  }

  /** What users of this route may get of the candidate, by the route itself. */
  get shares(): Shares {
    return sharesOf(this.route, this.draft.plan.candidate.service);
  }

  get route(): KubeObject | undefined {
    return this.server.find(PATHS.route(this.draft));
  }

  get seconds(): number {
    return (this.time.now - this.began) / 1_000;
  }

  /** What the release says of itself: the keys for people of its status. */
  get status(): Readonly<Record<string, string>> | null {
    return this.server.find(PATHS.status)?.data ?? null;
  }

  start(plan = planName(this.draft.hash)): Process {
    const { time, fate } = this;
    const skew = fate.skew === 0 ? 0 : this.chaos.between(-1, 1) * fate.skew;
    const process: Process = { number: this.processes.length, plan, startedAt: time.now, alive: true, code: null, skew };
    this.processes.push(process);
    const senses: Senses = {
      part: ownPart,
      connection: connectionOf(process, this.network()),
      clock: clockOf(process, time),
      exchange: this.flags.exchangeOf(
        process,
        metricsOf(process, {
          time,
          random: this.noise,
          latency: this.latency,
          fault: () => this.metricFault,
          seen: () => this.seen(),
          served: () => this.router.served,
          overridden: () => this.flags.overridden,
          delivered: (delivery) => this.tell('delivered', delivery),
        }),
      ),
    };
    launch(
      {
        process,
        namespace: NAMESPACE,
        senses: this.options.sabotage?.(senses, process) ?? senses,
        random: this.chaos.fork().next,
        log: (line) => this.note(() => `runner ${process.number}: ${line.message}`),
        readFile: async () => 'secret',
        options: this.options.runner ?? {},
      },
      (error) => {
        this.crash ??= error;
      },
    );
    time.wake();
    return process;
  }

  /** From now on the release is about another plan, and a little later the Role, of which there is one, names no other. */
  follow(draft: Draft): void {
    this.draft = draft;
    this.time.after(this.random.between(0, ROLE_MILLISECONDS), () => {
      this.named = draft;
    });
    this.router.look();
    this.tell('disturbed', `plan ${draft.hash} is next`, 0);
  }

  kill(process: Process): void {
    process.alive = false;
    this.tell('disturbed', `runner ${process.number} is killed`, 0);
  }

  /** From here on nothing goes wrong any more. */
  calm(): void {
    this.quiet = true;
    this.watches.breakStalled();
    this.disturb('quiet');
  }

  disturb(what: string, milliseconds = 0): void {
    this.tell('disturbed', what, milliseconds);
  }

  /** A line for readers; made only when somebody reads. */
  note(text: () => string): void {
    for (const witness of this.witnesses) witness.noted?.(text());
  }

  /** Milliseconds from a change of the route to the requests that follow it. */
  get proxyLag(): number {
    const { served } = this.fate.routerLag;
    return tellsShare(this.draft) ? served : served / 10;
  }

  /** What can be measured now. */
  seen(): Seen {
    const { users, header, mirror } = this.router.served;
    const looksBad = this.noise.chance(this.quiet ? 0 : this.fate.candidate.noise);
    const bad = looksBad || this.candidateIsBad;
    return { candidate: bad ? BAD : GOOD, stable: GOOD, candidateRps: (RPS * Math.max(users, header > 0 ? 1 : 0, mirror)) / 100 };
  }

  /** Whether users of the candidate truly suffer. */
  get candidateIsBad(): boolean {
    const { quality, badAbove } = this.fate.candidate;
    const { users, header } = this.router.served;
    const sheds = this.draft.plan.remedies?.shed !== undefined && users > 0 && header === 0;
    if (this.flags.cured || (sheds && this.fate.flag.cures)) return false;
    if (this.worsened || quality === 'bad') return true;
    return quality === 'bad above' && this.router.served.users > badAbove;
  }

  /** The Job of a gate says how the candidate truly is; the others end as the fate wants it. */
  private jobFate(name: string): JobFate {
    const gate = jobsOf(this.draft).find((job) => job.name === name)?.gate ?? null;
    return gate === null ? this.fate.jobs : { ends: this.candidateIsBad ? 'Failed' : 'Complete', afterSeconds: 3 };
  }

  private network(): NetworkOptions {
    const { server, watches, time, fate } = this;
    return {
      server,
      watches,
      time,
      latency: this.latency,
      requestFault: (request) => {
        if (this.routeRefused && request.method === 'PATCH' && request.path.startsWith(PATHS.route(this.draft))) return 'broken';
        if (this.apiFails) return this.chaos.pick(['unavailable', 'lost before', 'broken', 'throttled']);
        if (!this.faulty(fate.faultRate)) return 'none';
        const fault: RequestFault = this.chaos.pick(REQUEST_FAULTS);
        this.tell('disturbed', fault, 0);
        return fault;
      },
      watchFault: () => {
        if (this.apiFails) return { fault: 'refused', after: 0 };
        if (!this.faulty(fate.watchFaultRate)) return { fault: 'none', after: 0 };
        const fault: WatchFault = this.chaos.pick(WATCH_FAULTS);
        const after = fault === 'lags' ? this.chaos.between(100, 20_000) : this.chaos.between(0, 120_000);
        this.tell('disturbed', `a watch ${fault}`, fault === 'stalls' || fault === 'lags' ? LONGEST_WATCH_MILLISECONDS : 0);
        return { fault, after };
      },
      arriving: (request, process, sentAt) => this.tell('arriving', request, process, sentAt),
      answered: (request, process, status) => this.tell('answered', request, process, status),
      // Until another plan lands, whoever asks for more than he may is caught in the act.
      forbids: (request) => this.named !== fate.draft && beyondRights(request, this.named) !== null,
    };
  }

  private readonly latency = (): number => 1 + this.chaos.next() * 20;

  private faulty(rate: number): boolean {
    return rate > 0 && !this.quiet && this.chaos.chance(rate);
  }

  /** As Kubernetes takes away what has lost all its owners. */
  private collect(): void {
    const { ownerReferences = [] } = this.server.find(PATHS.flagsOff)?.metadata ?? {};
    const lives = ({ name, uid }: { readonly name: string; readonly uid: string }) =>
      this.server.find(configMapPath(NAMESPACE, name))?.metadata.uid === uid;
    if (ownerReferences.length > 0 && !ownerReferences.some(lives)) this.server.delete(PATHS.flagsOff, 'generic-garbage-collector');
  }

  /** Resets what a runner has just raised, most often before it has looked again. */
  private followed({ path, by, object, before }: Change): void {
    const { writes, milliseconds } = this.following;
    if (writes === 0 || this.quiet || by !== 'tidegate-runner' || path !== PATHS.route(this.draft)) return;
    if (!exposedTo(this.shares) || !respecified({ object, before })) return;
    this.following = { writes: writes - 1, milliseconds };
    this.time.after(milliseconds, () => this.gitops.reset());
  }

  private serve(): void {
    const { users } = this.router.served;
    this.traffic.serve(users, this.candidateIsBad ? BAD.errors : GOOD.errors);
    this.tell('served', this.router.served);
  }

  private tell<Name extends keyof Witness>(name: Name, ...args: Parameters<NonNullable<Witness[Name]>>): void {
    for (const witness of this.witnesses) (witness[name] as ((...args: unknown[]) => void) | undefined)?.(...args);
  }
}
