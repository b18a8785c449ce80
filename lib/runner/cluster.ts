import { smokeJobName } from '../plan/job-names.ts';
import { Api, ApiError, type Connection, lacks, type Resource } from './api.ts';
import type { Applied, Effect, Said } from './effect.ts';
import { wantedJobs } from './jobs.ts';
import { generationOf, member, uidOf, versionOf } from './json.ts';
import { type PlanReading, readPlan } from './read-plan.ts';
import type { Release } from './release.ts';
import { statusData } from './report.ts';
import { missingRight, type Right } from './rights.ts';
import { fencePatch, routePatch, viewRoute } from './route.ts';
import { Shelf } from './shelf.ts';
import type { Reading, Status } from './status.ts';
import { VIEWS, type World } from './world.ts';

const configMap = (name: string): Resource => ({ apiVersion: 'v1', resource: 'configmaps', name });
const deployment = (name: string): Resource => ({ apiVersion: 'apps/v1', resource: 'deployments', name });
const scaleOf = (name: string): Resource => ({ ...deployment(name), subresource: 'scale' });
const job = (name: string): Resource => ({ apiVersion: 'batch/v1', resource: 'jobs', name });

/** The release's objects in the cluster: what is known of them, and how each effect is written. */
export class Cluster {
  readonly #api: Api;
  readonly #namespace: string;
  readonly #planName: string;
  readonly #shelf = new Shelf();
  #reading: Reading | null = null;
  /** What `resources` gave for this status. */
  #followed: ReadonlyMap<string, Resource> = new Map();
  #followedFor: World['status'] | null = null;
  /** The generation of the route as this process last wrote it. */
  #wrote: number | null = null;
  /** Whether the route was another when it was listed, so that nobody knows for how long. */
  #late = false;
  /** How often in a row the plan could not be read for want of a right. */
  #forbidden = 0;

  constructor(connection: Connection, namespace: string, planName: string) {
    this.#api = new Api(connection, namespace);
    this.#namespace = namespace;
    this.#planName = planName;
  }

  /** The plan as it is in the cluster now. */
  async readPlan(): Promise<PlanReading> {
    await this.read('plan', configMap(this.#planName));
    return this.plan;
  }

  private get plan(): PlanReading {
    const name = this.#planName;
    return this.#shelf.view('plan', (object, namespace) => readPlan(name, namespace, object), this.#namespace);
  }

  /** As the API server knows the plan's ConfigMap: another one of the same name is another attempt. */
  get planUid(): string {
    return uidOf(this.#shelf.object('plan'));
  }

  /** Every object that is followed by a watch, by its key: the same map until the status is another. */
  resources(release: Release): ReadonlyMap<string, Resource> {
    const { plan } = release;
    const status = this.status(release);
    if (this.#followedFor === status) return this.#followed;
    this.#followedFor = status;
    this.#followed = new Map([
      ['plan', configMap(this.#planName)],
      ['route', routeOf(release)],
      ['candidate', deployment(plan.candidate.deployment)],
      ['stable', deployment(plan.stable.deployment)],
      ['approvals', configMap(`${plan.release}-approvals`)],
      ['operator', configMap(`${plan.release}-operator`)],
      ['status', configMap(`${plan.release}-status`)],
      ...wantedJobs(release, status).map((name) => [jobKey(name), job(name)] as const),
      ...followedBy(release, status).map((name) => [name, configMap(name)] as const),
    ]);
    return this.#followed;
  }

  /** What a watch told. Returns whether it is news. */
  told(key: string, object: unknown, late: boolean): boolean {
    const news = this.#shelf.put(key, object);
    this.#late ||= late && news && key === 'route';
    return news;
  }

  /** Whether everything that the next decision needs has been seen at least once. */
  knows(release: Release): boolean {
    return [...this.resources(release).keys()].every((key) => this.#shelf.has(key));
  }

  /** What is known by now. */
  look(release: Release, unseen = false): World {
    const reading = this.readingOf(release);
    const view = <View>(key: string, see: (object: unknown, reading: Reading) => View) => this.#shelf.view(key, see, reading);
    const status = this.status(release);
    return {
      plan: this.#forbidden > 0 ? 'forbidden' : this.#shelf.object('plan') === null ? 'gone' : 'present',
      planUid: this.planUid,
      route: view('route', VIEWS.route),
      wrote: this.#wrote,
      unseen,
      candidate: view('candidate', VIEWS.candidate),
      stable: view('stable', VIEWS.stable),
      jobs: Object.fromEntries(wantedJobs(release, status).map((name) => [name, view(jobKey(name), VIEWS.job)])),
      orders: { git: view('approvals', VIEWS.approvals), cluster: view('operator', VIEWS.operator) },
      status,
      others: Object.fromEntries(followedBy(release, status).map((name) => [name, this.#shelf.object(name)])),
    };
  }

  /**
   * Reads everything anew. Without the plan nothing else is this runner's business. The status comes after the route:
   * whoever raises the route writes the status before, so that a status read later is never the older of the two.
   * @param sure nothing speaks against what watches told of the status: one that knows the route as it is need not be
   * read, since it is not the older of the two, and nothing is raised before it was written over
   */
  async readAll(release: Release, sure: boolean): Promise<World> {
    const { status, ...others } = Object.fromEntries(this.resources(release));
    const route = () => this.#shelf.object('route');
    const written = () => this.#shelf.object('status');
    const told = route();
    let known = written();
    const [plan, ...rest] = await Promise.allSettled(Object.entries(others).map(([key, resource]) => this.read(key, resource)));
    const missing = plan?.status === 'rejected' ? plan.reason : null;
    this.#forbidden = missing instanceof ApiError && missing.trouble === 'forbidden' ? this.#forbidden + 1 : 0;
    if (missing !== null && this.#forbidden < FORBIDDEN_LOOKS) throw missing;
    if (this.#forbidden > 0 || this.#shelf.object('plan') === null) return this.look(release);
    for (const read of rest) if (read.status === 'rejected') throw read.reason;
    let before: unknown;
    do {
      before = route();
      if (!(sure && this.isKnownRoute(release))) await this.read('status', status as Resource);
      // Another runner wrote it meanwhile, and of a route that may be newer than the one that was read.
      if (written() !== known) await this.read('route', routeOf(release));
      known = written();
      // Whoever takes over from another plan must be sure that its own is still there.
      if (this.status(release).kind === 'otherPlan') await this.read('plan', configMap(this.#planName));
      const unread = [...this.resources(release)].filter(([key]) => key !== 'status' && !Object.hasOwn(others, key));
      await Promise.all(unread.map(([key, resource]) => this.read(key, resource)));
      // A watch may have told of a newer one.
    } while (before !== route());
    const unseen = this.#late || before !== told;
    this.#late = false;
    return this.look(release, unseen);
  }

  private isKnownRoute(release: Release): boolean {
    const view = this.status(release);
    return view.kind === 'ours' && view.status.level.generation === this.look(release).route?.generation;
  }

  /**
   * Before anything is touched: some rights are needed only when it is too late to do without.
   * @throws ApiError for one that is missing
   */
  async requireRights(release: Release): Promise<void> {
    const { plan, hash } = release;
    const smoke = plan.steps.flatMap((step, index) => (step.kind === 'smoke' ? [job(smokeJobName(plan.release, hash, index))] : []));
    const followed = [...this.resources(release).values(), ...smoke];
    const missing = missingRight(await this.#api.rights(), [
      ...['get', 'list', 'watch'].flatMap((verb) => followed.map((resource): Right => [verb, resource])),
      ['patch', routeOf(release)],
      ['patch', scaleOf(plan.candidate.deployment)],
      ['create', configMap(`${plan.release}-status`)],
      ['create', EVENTS],
    ]);
    if (missing) throw lacks(...missing);
  }

  /** @throws ApiError when the effect was not done, or nobody can tell */
  async perform(effect: Exclude<Effect, { kind: 'log' | 'ask' }>, release: Release, at: number): Promise<unknown> {
    const { route, candidate } = release.plan;
    switch (effect.kind) {
      case 'setRoute': {
        const { level, resourceVersion } = effect;
        const written = await this.write('route', routeOf(release), 'json-patch+json', routePatch(route, resourceVersion, level));
        // A write of what was there already hides nobody's.
        if (versionOf(written) !== resourceVersion) this.#wrote = generationOf(written);
        return;
      }
      case 'fenceRoute': {
        const seen = viewRoute(this.#shelf.object('route'), route);
        return this.write('route', routeOf(release), 'json-patch+json', fencePatch(route, seen, `${release.hash}-${at}`));
      }
      case 'scale':
        await this.#api.patch(scaleOf(candidate.deployment), 'merge-patch+json', specPatch(effect, { replicas: effect.replicas }));
        return;
      case 'startJob':
        return this.write(jobKey(effect.job), job(effect.job), 'merge-patch+json', specPatch(effect, { suspend: false }));
      case 'saveStatus':
        return this.save(effect.status, effect.resourceVersion, release);
      case 'announce':
        return this.announce(effect, release, at);
    }
  }

  /** Whatever was there of that name. Never rejects. */
  apply({ apply }: Applied): Promise<Said> {
    return this.#api.patch(configMap(apply.metadata.name), 'apply-patch+yaml', apply).then(
      () => ({ kind: 'empty' }),
      // Whether it is worth trying again is nobody's question.
      ({ message }: Error) => ({ kind: 'error', message }) as Said,
    );
  }

  private status(release: Release): World['status'] {
    return this.#shelf.view('status', VIEWS.status, this.readingOf(release));
  }

  /** The same object as long as it says the same, so that views are kept. */
  private readingOf(release: Release): Reading {
    const { plan: found, planUid } = this;
    // Of a plan that is gone nothing is asked any more.
    if (!this.#reading || (planUid !== '' && this.#reading.found !== found))
      this.#reading = { ...release, planUid, planSince: member(this.#shelf.object('plan'), 'metadata', 'creationTimestamp'), found };
    return this.#reading;
  }

  private async read(key: string, resource: Resource): Promise<void> {
    const { stamp } = this.#shelf;
    const object = await this.#api.get(resource).catch((error: unknown) => {
      // A kept connection that was closed by the other side is no reason to read everything again.
      if (!(error instanceof ApiError) || error.trouble !== 'unreachable' || error.retryAfterMilliseconds !== null) throw error;
      return this.#api.get(resource);
    });
    this.#shelf.read(key, object, stamp);
  }

  private async write(key: string, resource: Resource, kind: Parameters<Api['patch']>[1], body: unknown): Promise<unknown> {
    const written = await this.#api.patch(resource, kind, body);
    this.#shelf.put(key, written);
    return written;
  }

  /** The version 1 never exists, so a server-side apply that names it can create and never change. */
  private save(status: Status, resourceVersion: string | null, release: Release): Promise<unknown> {
    const { plan } = release;
    const resource = configMap(`${plan.release}-status`);
    const data = statusData(status, plan);
    this.readingOf(release).own = data['status.json'];
    if (resourceVersion !== null) {
      // What was recorded before is not true of a release that goes on.
      const body = { metadata: { resourceVersion }, data: { 'record.json': null, ...data } };
      return this.write('status', resource, 'merge-patch+json', body);
    }
    return this.write('status', resource, 'apply-patch+yaml', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: resource.name,
        namespace: this.#namespace,
        resourceVersion: '1',
        labels: {
          'app.kubernetes.io/name': 'tidegate-runner',
          'app.kubernetes.io/part-of': plan.release,
          'app.kubernetes.io/managed-by': 'tidegate',
          'tidegate.dev/release': plan.release,
          'tidegate.dev/component': 'runner',
          'tidegate.dev/target': plan.target,
          ...(plan.risk === 'high' ? { 'tidegate.dev/risk': plan.risk } : {}),
        },
      },
      data,
    });
  }

  /** About the object that it concerns, where people look when something is odd. */
  private async announce(
    { about, type, reason, message }: Extract<Effect, { kind: 'announce' }>,
    release: Release,
    at: number,
  ): Promise<void> {
    const time = new Date(at).toISOString();
    const { plan } = release;
    const involved =
      about === 'route'
        ? { apiVersion: plan.route.apiVersion, kind: plan.route.kind, name: plan.route.name }
        : { apiVersion: 'apps/v1', kind: 'Deployment', name: plan.candidate.deployment };
    await this.#api.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${this.#planName}.`, namespace: this.#namespace },
      involvedObject: { ...involved, namespace: this.#namespace, uid: member(this.#shelf.object(about), 'metadata', 'uid') },
      type,
      reason,
      message: message.slice(0, 1_024),
      source: { component: 'tidegate-runner' },
      reportingComponent: 'tidegate-runner',
      reportingInstance: this.#planName,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    });
  }
}

/** An API server that starts forbids everything for a moment; what another plan has taken away stays away. */
const FORBIDDEN_LOOKS = 10;
const EVENTS = { apiVersion: 'v1', resource: 'events' } as const;

const specPatch = ({ resourceVersion }: { readonly resourceVersion: string }, spec: object) => ({ metadata: { resourceVersion }, spec });

/** ConfigMaps of others that the plan's parts look at. */
const followedBy = ({ plan, parts }: Release, status: World['status']): readonly string[] => [
  ...(parts?.queue?.follows(plan, status) ?? []),
  ...(parts?.remedies?.follows(plan) ?? []),
];

const jobKey = (name: string): string => `job/${name}`;

const routeOf = ({ plan: { route } }: Release): Resource => ({ apiVersion: route.apiVersion, resource: route.resource, name: route.name });
