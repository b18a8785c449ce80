import { setMaxListeners } from 'node:events';
import { runnerRole, runnerRoleBinding } from '../../lib/engines/native/role.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import { smokeJobName } from '../../lib/plan/job-names.ts';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { type ApiRequest, connect, ownPart, runRunner } from '../../lib/runner/index.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import type { Connection } from '../../test/real/connection.ts';
import type { Kube } from '../../test/real/kube.ts';
import { until } from '../../test/real/until.ts';
import { CANDIDATE, deployment, GITOPS, gate, planOf, routeAt, STABLE } from './release.ts';

export interface ManyOptions {
  readonly kube: Kube;
  readonly connection: Connection;
  /** Whether something makes pods and runs Jobs; else their statuses are written here. */
  readonly controllers: boolean;
  readonly releases: number;
  /** The next plan of each release lands at some moment of so many seconds. */
  readonly withinSeconds: number;
  /** How long the runners are watched while they guard what has ended. */
  readonly idleSeconds: number;
}

/** What became of one release, by its second plan. */
export interface Ended {
  readonly phase: string;
  readonly expected: string;
  readonly weight: number;
  /** From the plan's landing to the end. */
  readonly seconds: number;
}

export interface ManyFigures {
  readonly ended: readonly Ended[];
  /** Requests of all runners, watches included, in each second from the first landing to the last end. */
  readonly perSecond: readonly number[];
  /** Requests by release, from its first plan to its end. */
  readonly perRelease: readonly number[];
  readonly milliseconds: readonly number[];
  /** Answers that were refusals, by status. */
  readonly refusals: Readonly<Record<number, number>>;
  /** Requests of a runner that guards, by release, in a minute. */
  readonly idlePerMinute: readonly number[];
  /** The longest time between two looks of any runner before its end. */
  readonly longestSilenceSeconds: number;
}

/** Each tenth candidate is bad, and must end on stable. */
const isBad = (index: number): boolean => index % 10 === 9;

/** Releases on one API server, each with a namespace, a narrow Role, a token, connections and a runner of its own; each gets a new plan in flight. */
export async function walkMany({ kube, connection, controllers, releases, withinSeconds, idleSeconds }: ManyOptions): Promise<ManyFigures> {
  const run = shortHash({ at: Date.now(), pid: process.pid });
  const refusals: Record<number, number> = {};
  const sent: { readonly at: number; readonly release: number }[] = [];
  const milliseconds: number[] = [];
  const latest = new Map<number, { phase: string; weight: number; at: number; plan: string }>();
  const ends = new AbortController();
  setMaxListeners(0, ends.signal);
  const finished: Promise<unknown>[] = [];
  const closing: (() => void)[] = [];
  let [silence, counting] = [0, true];

  const start = (index: number, namespace: string, plan: Plan, token: string): AbortController => {
    const ending = new AbortController();
    ends.signal.addEventListener('abort', () => ending.abort());
    const open = connect({
      server: connection.server,
      ...(connection.ca === null ? {} : { tls: { ca: connection.ca } }),
      credentials: { current: () => ({ authorization: `Bearer ${token}` }), renew: () => {} },
    });
    closing.push(() => open.close());
    const counted = async <T extends { readonly status: number } | null>(ask: () => Promise<T>, timed: boolean): Promise<T> => {
      const at = performance.now();
      if (counting) sent.push({ at, release: index });
      const answer = await ask();
      if (timed) milliseconds.push(performance.now() - at);
      if (answer !== null && answer.status >= 400 && answer.status !== 404) refusals[answer.status] = (refusals[answer.status] ?? 0) + 1;
      return answer;
    };
    const hash = shortHash(plan);
    const done = runRunner({
      connection: {
        exchange: (request: ApiRequest) => counted(() => open.exchange(request), true),
        stream: (path, receive, signal) => counted(() => open.stream(path, receive, signal), false),
        renewToken: () => open.renewToken(),
      },
      namespace,
      plan: `web-plan-${hash}`,
      clock: {
        now: Date.now,
        sleep: (wait, signal) =>
          new Promise((resolve) => {
            const timer = setTimeout(resolve, wait);
            signal?.addEventListener('abort', () => {
              clearTimeout(timer);
              resolve();
            });
          }),
      },
      log: () => {},
      part: ownPart,
      readFile: () => Promise.reject(new Error('no files here')),
      exchange: async () => ({ kind: 'answer', status: 200, headers: {}, text: `{"errors":${isBad(index) ? 1 : 0}}` }),
      signal: ending.signal,
      onReport: ({ phase, weight }) => {
        const at = performance.now();
        const before = latest.get(index);
        if (before?.plan === hash && !isOver(before.phase)) silence = Math.max(silence, at - before.at);
        latest.set(index, { phase, weight, at, plan: hash });
      },
    });
    finished.push(done);
    return ending;
  };

  const grounds = await inTurns(releases, async (index) => {
    const namespace = `many-${run}-${index}`;
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web-runner', namespace } });
    await kube.create(runnerRoleBinding(ownerOf(namespace)));
    for (const name of [STABLE, CANDIDATE]) await pods(kube, deployment(namespace, name), controllers);
    await kube.apply(routeAt(namespace, 0), { manager: GITOPS, force: true });
    return { namespace, token: await kube.token(namespace, 'web-runner') };
  });
  try {
    const first = await inTurns(releases, async (index) => {
      const { namespace, token } = grounds[index] as (typeof grounds)[number];
      const plan = quick(namespace, 1);
      await land(kube, namespace, plan, controllers);
      return start(index, namespace, plan, token);
    });
    const began = performance.now();
    const ended = await Promise.all(
      grounds.map(async ({ namespace, token }, index): Promise<Ended> => {
        await new Promise((resolve) => setTimeout(resolve, (withinSeconds * 1_000 * (index + 0.5)) / releases));
        const plan = quick(namespace, 2);
        first[index]?.abort();
        const landed = performance.now();
        await kube.apply(routeAt(namespace, 0), { manager: GITOPS, force: true });
        // Where nothing runs pods, nobody gives a candidate that was given up its pods again.
        if (!controllers) await pods(kube, deployment(namespace, CANDIDATE), controllers);
        await land(kube, namespace, plan, controllers);
        await kube.remove(configMap(namespace, `web-plan-${shortHash(quick(namespace, 1))}`));
        start(index, namespace, plan, token);
        const hash = shortHash(plan);
        const over = () => {
          const seen = latest.get(index);
          return seen?.plan === hash && isOver(seen.phase) ? seen : null;
        };
        const seen = await until(`end of ${namespace}`, async () => over(), { seconds: 420, everyMs: 100 });
        return {
          phase: seen.phase,
          expected: isBad(index) ? 'Aborted' : 'Promoted',
          weight: seen.weight,
          seconds: (seen.at - landed) / 1_000,
        };
      }),
    );
    const lasted = performance.now() - began;
    const perSecond = Array.from({ length: Math.ceil(lasted / 1_000) }, (_, second) =>
      count(sent, ({ at }) => Math.floor((at - began) / 1_000) === second),
    );
    const perRelease = grounds.map((_, index) => count(sent, ({ release }) => release === index));
    const idleFrom = sent.length;
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000));
    counting = false;
    const idle = sent.slice(idleFrom);
    const idlePerMinute = grounds.map((_, index) =>
      idleSeconds === 0 ? 0 : (count(idle, ({ release }) => release === index) * 60) / idleSeconds,
    );
    return { ended, perSecond, perRelease, milliseconds, refusals, idlePerMinute, longestSilenceSeconds: silence / 1_000 };
  } finally {
    ends.abort();
    await Promise.all(finished);
    for (const close of closing) close();
    await inTurns(releases, (index) =>
      kube.remove({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: (grounds[index] as (typeof grounds)[number]).namespace } }),
    );
  }
}

const isOver = (phase: string): boolean => phase === 'Promoted' || phase === 'Aborted';
const count = <T>(all: readonly T[], test: (one: T) => boolean): number => all.filter(test).length;
const ownerOf = (namespace: string) => ({ release: 'web', namespace, target: 'bench', risk: 'normal' }) as const;
const configMap = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });

/** For all, a few at a time: who sets up is no part of what is measured. */
async function inTurns<T>(size: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < size) {
        const index = next++;
        made[index] = await make(index);
      }
    }),
  );
  return made;
}

/** 20 and 50 percent with a gate that is asked each second, then all. */
function quick(namespace: string, attempt: number): Plan {
  const health = gate('', { name: 'health', count: 2, successCondition: 'result < 0.5', failureCondition: null });
  const gates = [
    {
      ...health,
      provider: { web: { url: 'http://health/', method: 'GET', headers: {}, body: null, jsonPath: '{$.errors}', timeoutSeconds: 5 } },
    } as const,
  ];
  const watched = (weight: number): readonly Step[] => [
    { kind: 'setWeight', exposure: weight, deadlineSeconds: 300, weight },
    { kind: 'analysis', exposure: weight, deadlineSeconds: 300, durationSeconds: 1, gates },
  ];
  const plan = planOf(namespace, attempt, []);
  const [scale, smoke] = plan.steps as [Step, Step];
  return {
    ...plan,
    route: { ...plan.route, acceptance: 'none' },
    steps: [
      scale,
      smoke,
      ...watched(20),
      ...watched(50),
      { kind: 'switch', exposure: 100, deadlineSeconds: 300 },
      { kind: 'bake', exposure: 100, deadlineSeconds: 0, gates: [] },
    ],
    scaleDownDelaySeconds: 1,
    approvals: { required: [], waived: 'tidegate.yaml: a bench' },
  };
}

/** Brings in what Git has of an attempt: Role, smoke Job and plan. */
async function land(kube: Kube, namespace: string, plan: Plan, controllers: boolean): Promise<void> {
  const hash = shortHash(plan);
  const container = { name: 'smoke', image: 'registry.k8s.io/pause:3.10' };
  const job: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: smokeJobName('web', hash, 1), namespace },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
  await kube.apply(runnerRole({ plan, hash, jobs: [job] }, ownerOf(namespace)), { manager: GITOPS, force: true });
  const made = await kube.create(job);
  if (!controllers) {
    const at = new Date().toISOString();
    const condition = (type: string) => ({ type, status: 'True', lastProbeTime: at, lastTransitionTime: at });
    const status = { startTime: at, completionTime: at, succeeded: 1, conditions: ['SuccessCriteriaMet', 'Complete'].map(condition) };
    await kube.mergePatch(made as KubeObject, { status }, '/status');
  }
  await kube.create({
    ...configMap(namespace, `web-plan-${hash}`),
    immutable: true,
    data: { 'plan.json': JSON.stringify({ hash, ...plan }) },
  });
}

/** Where nothing runs pods, their numbers are written. */
async function pods(kube: Kube, object: KubeObject, controllers: boolean): Promise<void> {
  await kube.remove(object);
  const { metadata } = await kube.create(object);
  if (controllers) return;
  const status = { observedGeneration: metadata.generation, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  await kube.mergePatch(object, { status }, '/status');
}
