import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { routeProblems } from '../../lib/gitops/record.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import type { Status } from '../../lib/runner/status.ts';
import { CLI } from '../cli/repository.ts';
import { available, freshNamespace, installCrds, KINDS, type Kube, until } from '../real/harness.ts';
import { type Applier, type Applying, Reconciler } from './appliers.ts';
import { served } from './harness.ts';
import { type Load, share, startLoad } from './load.ts';
import { Repository, type RepositoryOptions } from './repository.ts';
import { RunnerNode } from './runner-node.ts';
import { hostOf } from './store.ts';

export interface Way extends Pick<RepositoryOptions, 'tool' | 'order' | 'approvals' | 'intent' | 'smokeSeconds'> {
  readonly applier: (kube: Applying) => Applier;
  /** The state is applied again so often, which resets the route each time. */
  readonly everySeconds?: number;
  /** How it comes to be: who answers then. @default its first entry */
  readonly begin?: (repository: Repository, namespace: string, host: string) => Promise<string>;
  /** Of the load. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests a second. @default 200 */
  readonly rate?: number;
}

/** Longer than the route allows a request: a machine that is busy with other things fails none. */
const PATIENT_SECONDS = 20;

/** Tests here wait most of the time, so they wait together, and each needs its own end. */
export type Ending = Pick<TestContext, 'onTestFinished' | 'onTestFailed'>;

/** What is in Git: its last commit says what is in flight. */
export type Kept = Pick<Repository, 'lock'>;

export interface Place<Git extends Kept> {
  readonly namespace: string;
  readonly host: string;
  readonly repository: Git;
  readonly git: Reconciler;
}

export interface Running<Git extends Kept = Repository> extends Place<Git> {
  readonly load: Load;
  readonly node: RunnerNode;
  /** The release that was committed last. */
  flight(): Flight;
  /** Waits until users see one revision only. */
  back(revision: string): Promise<void>;
  /** Name, identity and restarts of a revision's pods. */
  pods(revision: string): Promise<readonly string[]>;
  /** What a kubelet or an application of its pods does from now on, by annotations. */
  annotate(revision: string, annotations: Readonly<Record<string, string>>): Promise<void>;
}

/** A service at rest under load on Gateway API, in a repository of its own, with a node for its runners. */
export async function running(kube: Kube, proxy: string, way: Way, ending: Ending): Promise<Running> {
  await installCrds(kube, KINDS);
  const namespace = await freshNamespace(kube, { atEnd: ending.onTestFinished });
  const host = hostOf(namespace);
  const route = {
    'traffic.router': 'gateway-api',
    'traffic.retries': undefined,
    'traffic.gateways': ['traffic/web'],
    'traffic.hosts': [host],
  };
  const git = new Reconciler(way.applier(kube), way.everySeconds);
  const repository = new Repository({ ...way, git, namespace, intent: { ...route, ...way.intent } });
  const firstEntry = async () => {
    await repository.initial();
    return repository.stable.name;
  };
  const first = await (way.begin ?? firstEntry)(repository, namespace, host);
  return underLoad(kube, proxy, { namespace, host, repository, git }, { first, ...way }, ending);
}

interface LoadOptions extends Pick<Way, 'headers' | 'rate'> {
  /** Who answers at first. */
  readonly first: string;
}

/** What has been brought in gets requests from now on, and a node for its runners. */
export async function underLoad<Git extends Kept>(
  kube: Kube,
  proxy: string,
  place: Place<Git>,
  { first, rate = 200, headers }: LoadOptions,
  { onTestFinished, onTestFailed }: Ending,
): Promise<Running<Git>> {
  const { namespace, host, repository } = place;
  await available(kube, namespace, first);
  await served(proxy, host, first, 100);
  const load = startLoad({ url: proxy, host, rate, timeoutSeconds: PATIENT_SECONDS, ...(headers === undefined ? {} : { headers }) });
  const node = new RunnerNode(kube, namespace);
  onTestFinished(async () => {
    await node.stop();
    await load.stop();
  });
  onTestFailed(() => {
    const failing = load.failing().slice(0, 20);
    const lines = failing.map(({ at, outcome, revision }) => `${new Date(at).toISOString()} ${outcome} ${revision}`);
    console.error([...lines, ...node.log.slice(-60)].join('\n'));
  });

  const seen = (revision: string, percent: number) =>
    until(
      `${percent} % for ${revision} at ${host}`,
      async () => {
        const lately = load.latest(60);
        return lately.failed === 0 && Math.abs(share(lately, revision) - percent) <= 3;
      },
      { seconds: 90, everyMs: 100 },
    );
  const list = (revision: string) => kube.list({ apiVersion: 'v1', kind: 'Pod' }, namespace, `tidegate.dev/revision=${revision}`);
  return {
    ...place,
    load,
    node,
    flight: () => flightOf(kube, namespace, repository, seen),
    back: async (revision) => void (await seen(revision, 100)),
    pods: async (revision) =>
      (await list(revision)).map(({ metadata, status }) => {
        const containers = (status?.containerStatuses ?? []) as { restartCount: number }[];
        return `${metadata.name} ${metadata.uid} ${containers.map(({ restartCount }) => restartCount).join()}`;
      }),
    annotate: async (revision, annotations) => {
      const pods = await list(revision);
      await Promise.all(pods.map((pod) => kube.mergePatch(pod, { metadata: { annotations } })));
    },
  };
}

const statusOf = (namespace: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-status', namespace } });

/** One release under way. */
export interface Flight {
  readonly candidate: string;
  readonly plan: Plan;
  /** Waits until the runner has written such a status of this plan. */
  until(what: string, wanted: (status: Status) => boolean, seconds?: number): Promise<Status>;
  /** The moment at which its last smoke test had passed, as the API server says: cut to whole seconds. */
  proven(): Promise<number>;
  /** The runner says that the weight is set, and users see it. */
  at(weight: number): Promise<void>;
  /** The release record that its runner has left, and the route as it is: what `tidegate record` reads. */
  record(): Promise<string>;
  route(): Promise<unknown>;
  /** The same at a moment at which the route agrees: no reconciler has just reset it. */
  promoted(): Promise<readonly [record: string, route: unknown]>;
  /** As a person does it. */
  approve(by: string): Promise<void>;
}

function flightOf(kube: Kube, namespace: string, repository: Kept, seen: (revision: string, percent: number) => Promise<unknown>): Flight {
  const { inFlight } = repository.lock;
  if (inFlight === null) throw new Error('nothing is in flight');
  const { candidate, hash, plan, jobs } = inFlight;
  const waitFor: Flight['until'] = (what, wanted, seconds = 90) =>
    until(
      `${what} of plan ${hash}`,
      async () => {
        const data = (await kube.find(statusOf(namespace)))?.data as Readonly<Record<string, string>> | undefined;
        if (data?.plan !== hash) return null;
        const status: Status = JSON.parse(data['status.json'] ?? 'null');
        return wanted(status) ? status : null;
      },
      { seconds, everyMs: 100 },
    );
  const record = async () => String(Object((await kube.find(statusOf(namespace)))?.data)['record.json']);
  const route = () =>
    kube.find({ apiVersion: plan.route.apiVersion, kind: plan.route.kind, metadata: { name: plan.route.name, namespace } });
  return {
    candidate: candidate.name,
    plan,
    until: waitFor,
    proven: async () => {
      const moments = jobs.map(({ metadata: { name } }) =>
        until(`${name} complete`, async () => {
          const job = await kube.get({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace } });
          return typeof job.status?.completionTime === 'string' && Date.parse(job.status.completionTime);
        }),
      );
      return Math.max(...(await Promise.all(moments)));
    },
    at: async (weight) => {
      await waitFor(`weight ${weight}`, ({ level }) => level.set.weight === weight);
      await seen(candidate.name, weight);
    },
    record,
    route,
    promoted: async () => {
      await waitFor('promotion', ({ phase }) => phase === 'Promoted');
      const agreed = await until('a route that agrees', async () => {
        const live = await route();
        return routeProblems('promoted', plan.route, live).length === 0 && live;
      });
      return [await record(), agreed];
    },
    approve: async (by) => {
      const words = ['--by', by, '--reason', 'looked at the dashboard'];
      await promisify(execFile)(process.execPath, [CLI, 'approve', 'web', '--namespace', namespace, ...words]);
    },
  };
}
