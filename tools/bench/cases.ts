import { setTimeout as pause } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.ts';
import { countingProxy } from './counting-proxy.ts';
import { type Figure, figure } from './figures.ts';
import { GITOPS, gate, STEP, weightOf } from './release.ts';
import { Stage } from './stage.ts';

/** How often, and how long. */
export interface Extent {
  readonly repetitions: number;
  /** Each takes half a minute. */
  readonly outages: number;
  readonly blindSeconds: number;
  readonly waitingSeconds: number;
}

export const FULL: Extent = { repetitions: 30, outages: 5, blindSeconds: 60, waitingSeconds: 300 };
export const QUICK: Extent = { repetitions: 5, outages: 1, blindSeconds: 60, waitingSeconds: 60 };

/** Figures, or why there are none. */
export type Measured = readonly Figure[] | string;

export interface Case {
  readonly name: string;
  readonly measure: (plane: ControlPlane, extent: Extent) => Promise<Measured>;
}

const GOOD = [0.001];
const BAD = [0.2];
const AT_20 = { step: STEP.firstAnalysis, judging: STEP.firstAnalysis, weight: 20 };
/** Longer than any watch needs to be open and told. */
const SETTLED_MILLISECONDS = 300;

const isAt = (weight: number) => (route: Parameters<typeof weightOf>[0]) => weightOf(route) === weight;

async function onStage<T>(plane: ControlPlane, name: string, act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await Stage.set(plane, name);
  try {
    return await act(stage);
  } finally {
    await stage.strike();
  }
}

async function repeated(times: number, once: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let index = 0; index < times; index++) values.push(await once());
  return values;
}

/** A runner in the middle of an analysis that has asked and was answered well. */
async function walking(stage: Stage, count = 1_000, intervalSeconds = 30) {
  const { prometheus } = stage;
  await stage.place([gate(prometheus.address, { name: 'errors', count, intervalSeconds })], AT_20);
  prometheus.says = GOOD;
  const asked = prometheus.asked.length;
  const runner = await stage.start();
  await prometheus.question(asked);
  prometheus.says = 'never';
  return { runner, asked: asked + 1 };
}

/** From the last byte of the deciding answer until a watch saw the route's new version. */
async function decided(stage: Stage, values: readonly number[], count: number, weight: number): Promise<number> {
  const { prometheus, watch } = stage;
  const { runner, asked } = await walking(stage, count, 1);
  await prometheus.question(asked);
  const from = watch.seen.length;
  const answered = prometheus.answer(values);
  const { at } = await watch.next(`route at ${weight} %`, from, isAt(weight));
  await runner.kill();
  return at - answered;
}

const abort: Case = {
  name: 'abort',
  measure: (plane, { repetitions }) =>
    onStage(plane, 'abort', async (stage) => [
      figure('failing sample answered -> route at stable', 'ms', await repeated(repetitions, () => decided(stage, BAD, 1_000, 0)), {
        median: 20,
        p99: 60,
      }),
    ]),
};

const raise: Case = {
  name: 'raise',
  measure: (plane, { repetitions }) =>
    onStage(plane, 'raise', async (stage) => [
      figure('last passing sample answered -> route raised', 'ms', await repeated(repetitions, () => decided(stage, GOOD, 2, 50)), {
        median: 20,
        p99: 60,
      }),
    ]),
};

/** From when a write was sent, and from when the API server had answered it, until the route is as the runner wants it. */
async function answeredTo(stage: Stage, write: () => Promise<unknown>, weight: number, moves: number) {
  const { watch } = stage;
  const { runner } = await walking(stage);
  await pause(SETTLED_MILLISECONDS);
  const from = watch.seen.length;
  const sent = performance.now();
  await write();
  const done = performance.now();
  // Of a reset the watch sees the reset itself first.
  const moved = moves === 1 ? null : await watch.next('reset route', from, isAt(0));
  const { at } = await watch.next(`route at ${weight} %`, moved === null ? from : watch.seen.indexOf(moved), isAt(weight));
  await runner.kill();
  return { fromSent: at - sent, fromSeen: at - Math.min(done, moved?.at ?? done) };
}

const command: Case = {
  name: 'command',
  measure: (plane, { repetitions }) =>
    onStage(plane, 'command', async (stage) => {
      const times = await collected(repetitions, () => answeredTo(stage, () => stage.command('abort'), 0, 1));
      return [
        figure(
          'abort command written -> route at stable',
          'ms',
          times.map(({ fromSeen }) => fromSeen),
          { median: 20 },
        ),
        figure(
          'abort command sent -> route at stable',
          'ms',
          times.map(({ fromSent }) => fromSent),
        ),
      ];
    }),
};

const reset: Case = {
  name: 'reset',
  measure: (plane, { repetitions }) =>
    onStage(plane, 'reset', async (stage) => {
      const times = await collected(repetitions, () => answeredTo(stage, () => stage.routeAt(0, GITOPS), 20, 2));
      return [
        figure(
          'route reset by GitOps -> returned',
          'ms',
          times.map(({ fromSeen }) => fromSeen),
          { median: 30 },
        ),
        figure(
          'reset sent -> returned',
          'ms',
          times.map(({ fromSent }) => fromSent),
        ),
      ];
    }),
};

async function collected<T>(times: number, once: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let index = 0; index < times; index++) all.push(await once());
  return all;
}

const restart: Case = {
  name: 'restart',
  measure: (plane, { repetitions }) =>
    onStage(plane, 'restart', async (stage) => {
      const { prometheus, watch } = stage;
      const once = async () => {
        const { runner: first, asked } = await walking(stage);
        await pause(SETTLED_MILLISECONDS);
        await first.kill();
        prometheus.says = BAD;
        const from = watch.seen.length;
        const second = await stage.start();
        const question = await prometheus.question(asked);
        const { at } = await watch.next('route at stable', from, isAt(0));
        await second.kill();
        return { asked: question.at - second.startedAt, off: at - second.startedAt };
      };
      const times = await collected(repetitions, once);
      return [
        figure(
          'process started after SIGKILL -> next measurement asked',
          'ms',
          times.map(({ asked }) => asked),
          { max: 500 },
        ),
        figure(
          'process started after SIGKILL -> bad candidate off the route',
          'ms',
          times.map(({ off }) => off),
          { max: 1_000 },
        ),
      ];
    }),
};

const OUTAGE_MILLISECONDS = 20_000;

const outage: Case = {
  name: 'outage',
  measure: async (plane, { outages }) => {
    const { pid } = plane;
    if (pid === null)
      return 'the API server cannot be stopped from here: set TIDEGATE_CLUSTER_DIR to the folder of a cluster with its pids';
    return onStage(plane, 'outage', async (stage) => {
      const once = async () => {
        const { prometheus, watch } = stage;
        const { runner, asked } = await walking(stage, 1_000, 1);
        await prometheus.question(asked);
        const from = watch.seen.length;
        process.kill(pid, 'SIGSTOP');
        try {
          prometheus.answer(BAD);
          await pause(OUTAGE_MILLISECONDS);
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        const back = performance.now();
        const { at } = await watch.next('route at stable', from, isAt(0));
        await runner.kill();
        return at - back;
      };
      return [figure('API server back after 20 s -> route at stable', 'ms', await repeated(outages, once), { max: 2_000 })];
    });
  },
};

const blind: Case = {
  name: 'blind',
  measure: async (plane, { blindSeconds }) => {
    const held = (name: string, says: 'refused' | readonly number[]) =>
      onStage(plane, name, async (stage) => {
        const { prometheus, watch } = stage;
        const { runner } = await walking(stage, 1_000, 5);
        prometheus.answer(GOOD);
        prometheus.says = says;
        const from = watch.seen.length;
        await pause(blindSeconds * 1_000);
        const moves = watch.seen.slice(from).filter(({ route }) => weightOf(route) !== 20);
        await runner.ready();
        await runner.kill();
        return moves.length;
      });
    const [refused, empty] = await Promise.all([held('refused', 'refused'), held('empty', [])]);
    return [
      figure(`metrics refused for ${blindSeconds} s: route moved`, 'changes', [refused ?? 1], { max: 0 }),
      figure(`metrics empty for ${blindSeconds} s: route moved`, 'changes', [empty ?? 1], { max: 0 }),
    ];
  },
};

/** What belongs to the start and not to the waiting. */
const BEGINNING_MILLISECONDS = 10_000;

const waiting: Case = {
  name: 'waiting',
  measure: (plane, { waitingSeconds, repetitions }) =>
    onStage(plane, 'waiting', async (stage) => {
      const { server, ca } = plane.connection;
      const proxy = await countingProxy(server, ca ?? '');
      try {
        const { address } = stage.prometheus;
        const gates = ['errors', 'latency', 'restarts'].map((name) => gate(address, { name, count: 3, intervalSeconds: 30 }));
        stage.prometheus.says = GOOD;
        const place = { step: STEP.approval, judging: STEP.secondAnalysis, weight: 50 };
        await stage.place(gates, place);
        const starts = await repeated(repetitions, async () => {
          const runner = await stage.start();
          const milliseconds = await runner.ready();
          await runner.kill();
          return milliseconds;
        });
        const runner = await stage.start(proxy);
        await runner.ready();
        await pause(BEGINNING_MILLISECONDS);
        const from = proxy.requests.length;
        await pause(waitingSeconds * 1_000);
        const requests = ((proxy.requests.length - from) * 60) / waitingSeconds;
        const resident = runner.residentMiB();
        await runner.kill();
        return [
          figure('start -> ready', 'ms', starts),
          figure('API requests while waiting for an approval, 3 gates every 30 s', '1/min', [requests], { max: 6 }),
          figure('resident memory then', 'MiB', [resident], { max: 60 }),
        ];
      } finally {
        proxy.close();
      }
    }),
};

export const CASES: readonly Case[] = [abort, raise, command, reset, restart, outage, blind, waiting];
