import { Api, ApiError, type Connection, type Resource } from './api.ts';
import type { Effect } from './effect.ts';
import type { Release } from './read-plan.ts';
import { routePatch } from './route.ts';
import { readStatus, type Status, statusData } from './status.ts';
import { viewWorld, type World, wantedJob } from './world.ts';

const configMap = (name: string): Resource => ({ apiVersion: 'v1', resource: 'configmaps', name });
const deployment = (name: string): Resource => ({ apiVersion: 'apps/v1', resource: 'deployments', name });

/** The release's objects in the cluster: what a look reads, and how each effect is written. */
export class Cluster {
  private readonly api: Api;
  private readonly namespace: string;
  private readonly planName: string;
  private planUid: unknown;

  constructor(connection: Connection, namespace: string, planName: string) {
    this.api = new Api(connection, namespace);
    this.namespace = namespace;
    this.planName = planName;
  }

  /** The plan's ConfigMap, or null. */
  readPlan(): Promise<unknown> {
    return this.api.get(configMap(this.planName));
  }

  /**
   * Reads everything. The plan first, since without it nothing else is this runner's business; the status last:
   * whoever raises the route writes the status before, so a status read after the route is never the older of the two.
   */
  async look({ plan, hash }: Release): Promise<World> {
    const nothing = { route: null, candidate: null, stable: null, job: null, status: null };
    const held = await this.planState();
    if (held !== 'present') return viewWorld({ plan: held, ...nothing }, plan, hash);
    const { apiVersion, resource, name } = plan.route;
    const route = await this.api.get({ apiVersion, resource, name });
    const [candidate, stable] = await Promise.all([
      this.api.get(deployment(plan.candidate.deployment)),
      this.api.get(deployment(plan.stable.deployment)),
    ]);
    const status = await this.api.get(configMap(`${plan.release}-status`));
    const jobName = wantedJob(plan, hash, readStatus(status, plan, hash));
    const job = jobName === null ? null : await this.api.get({ apiVersion: 'batch/v1', resource: 'jobs', name: jobName });
    return viewWorld({ plan: held, route, candidate, stable, job, status }, plan, hash);
  }

  /** @throws ApiError when the effect was not done, or nobody can tell */
  async perform(effect: Exclude<Effect, { kind: 'log' }>, release: Release, at: number): Promise<void> {
    switch (effect.kind) {
      case 'routeWeight': {
        const { apiVersion, resource, name } = release.plan.route;
        return this.api.patch(
          { apiVersion, resource, name },
          'json-patch+json',
          routePatch(release.plan.route, effect.resourceVersion, effect.weight),
        );
      }
      case 'scale': {
        const body = { metadata: { resourceVersion: effect.resourceVersion }, spec: { replicas: effect.replicas } };
        return this.api.patch({ ...deployment(effect.deployment), subresource: 'scale' }, 'merge-patch+json', body);
      }
      case 'saveStatus':
        return this.save(effect.status, effect.resourceVersion, release);
      case 'announce':
        return this.announce(effect, at);
    }
  }

  private async planState(): Promise<World['plan']> {
    try {
      const plan = await this.readPlan();
      this.planUid = (plan as { readonly metadata?: { readonly uid?: unknown } } | null)?.metadata?.uid;
      return plan === null ? 'gone' : 'present';
    } catch (error) {
      if (error instanceof ApiError && error.trouble === 'forbidden') return 'forbidden';
      throw error;
    }
  }

  /** The version 1 never exists, so a server-side apply that names it can create and never change. */
  private save(status: Status, resourceVersion: string | null, { plan }: Release): Promise<void> {
    const resource = configMap(`${plan.release}-status`);
    const data = statusData(status);
    if (resourceVersion !== null) return this.api.patch(resource, 'merge-patch+json', { metadata: { resourceVersion }, data });
    return this.api.patch(resource, 'apply-patch+yaml', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: resource.name,
        namespace: this.namespace,
        resourceVersion: '1',
        labels: {
          'app.kubernetes.io/name': plan.release,
          'app.kubernetes.io/part-of': plan.release,
          'app.kubernetes.io/managed-by': 'tidegate',
          'tidegate.dev/release': plan.release,
          'tidegate.dev/target': plan.target,
          ...(plan.risk === 'high' ? { 'tidegate.dev/risk': plan.risk } : {}),
        },
      },
      data,
    });
  }

  private announce({ type, reason, message }: Extract<Effect, { kind: 'announce' }>, at: number): Promise<void> {
    const time = new Date(at).toISOString();
    return this.api.create(
      { apiVersion: 'v1', resource: 'events' },
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { generateName: `${this.planName}.`, namespace: this.namespace },
        involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', namespace: this.namespace, name: this.planName, uid: this.planUid },
        type,
        reason,
        message: message.slice(0, 1_024),
        source: { component: 'tidegate-runner' },
        reportingComponent: 'tidegate-runner',
        reportingInstance: this.planName,
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      },
    );
  }
}
