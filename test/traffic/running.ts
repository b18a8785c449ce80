import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import type { Plan } from '../../lib/plan/plan.ts';
import type { Status } from '../../lib/runner/status.ts';
import { CLI } from '../cli/repository.ts';
import { available, freshNamespace, installCrds, KINDS, type Kube, until } from '../real/harness.ts';
import { type Applier, type Applying, Reconciler } from './appliers.ts';
import { served } from './harness.ts';
import { type Load, startLoad } from './load.ts';
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
}

/** Longer than the route allows a request: a machine that is busy with other things fails none. */
const PATIENT_SECONDS = 20;

/** Tests here wait most of the time, so they wait together, and each needs its own end. */
export type Ending = Pick<TestContext, 'onTestFinished' | 'onTestFailed'>;

export interface Running {
  readonly namespace: string;
  readonly host: string;
  readonly repository: Repository;
  readonly git: Reconciler;
  /** 200 requests a second. */
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
export async function running(kube: Kube, proxy: string, way: Way, { onTestFinished, onTestFailed }: Ending): Promise<Running> {
  await installCrds(kube, KINDS);
  const namespace = await freshNamespace(kube, { atEnd: onTestFinished });
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
  await available(kube, namespace, first);
  await served(proxy, host, first, 100);
  const load = startLoad({
    url: proxy,
    host,
    rate: 200,
    timeoutSeconds: PATIENT_SECONDS,
    ...(way.headers === undefined ? {} : { headers: way.headers }),
  });
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

  const list = (revision: string) => kube.list({ apiVersion: 'v1', kind: 'Pod' }, namespace, `tidegate.dev/revision=${revision}`);
  return {
    namespace,
    host,
    repository,
    git,
    load,
    node,
    flight: () => flightOf(kube, proxy, namespace, host, repository),
    back: (revision) => served(proxy, host, revision, 100),
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
  /** As a person does it. */
  approve(by: string): Promise<void>;
}

function flightOf(kube: Kube, proxy: string, namespace: string, host: string, repository: Repository): Flight {
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
      { seconds },
    );
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
      await served(proxy, host, candidate.name, weight);
    },
    record: async () => String(Object((await kube.find(statusOf(namespace)))?.data)['record.json']),
    route: () => kube.find({ apiVersion: plan.route.apiVersion, kind: plan.route.kind, metadata: { name: plan.route.name, namespace } }),
    approve: async (by) => {
      const words = ['--by', by, '--reason', 'looked at the dashboard'];
      await promisify(execFile)(process.execPath, [CLI, 'approve', 'web', '--namespace', namespace, ...words]);
    },
  };
}
