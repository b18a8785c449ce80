import { expect, test } from 'vitest';
import type { ApiAnswer } from '../../lib/runner/index.ts';
import { newStatus, statusText } from '../../lib/runner/status.ts';
import { PATHS } from './release.ts';
import { Scene } from './scene.ts';

/** As Git does that brings another plan: the route is rewritten before the plan that was is dropped. */
function rewritten(scene: Scene): void {
  scene.api.edit(PATHS.route, 'kustomize-controller', (route) => {
    route.spec.rules[0].backendRefs.length = 1;
  });
}

test('a plan that is dropped a while after its route was rewritten is superseded, not aborted', async () => {
  const scene = new Scene();
  const runner = scene.start({ exit: true });
  await scene.time.run(45_000);
  rewritten(scene);
  await scene.time.run(20_000);
  expect([runner.code, scene.phase]).toEqual([null, 'Held']);
  scene.api.delete(PATHS.plan(scene.plan));
  await scene.time.run(1_000);
  expect(runner.code).toBe(12);
});

test('a route that was rewritten with nothing to follow ends the run as aborted', async () => {
  const scene = new Scene();
  const runner = scene.start({ exit: true });
  await scene.time.run(45_000);
  rewritten(scene);
  await scene.time.run(60_000);
  expect([runner.code, scene.weight]).toEqual([10, 0]);
});

/** An API server that forbids everything for a while, as one does that has just started. */
function forbidding(seconds: number): Scene {
  const forbidden: ApiAnswer = { status: 403, body: { message: 'forbidden' }, retryAfterMilliseconds: null };
  const scene: Scene = new Scene({
    wrap: (connection) => {
      const refuses = () => scene.time.now >= scene.began + 45_000 && scene.time.now < scene.began + 45_000 + seconds * 1_000;
      return {
        ...connection,
        exchange: async (request) => (refuses() ? forbidden : connection.exchange(request)),
        stream: async (path, receive, signal) => {
          const ending = new AbortController();
          signal.addEventListener('abort', () => ending.abort());
          scene.time.after(Math.max(0, scene.began + 45_000 - scene.time.now), () => refuses() && ending.abort());
          return refuses() ? forbidden : connection.stream(path, receive, ending.signal);
        },
      };
    },
  });
  return scene;
}

test('rights that are gone for a moment, as while an API server starts, supersede nothing', async () => {
  const scene = forbidding(3);
  const runner = scene.start({ exit: true });
  await scene.time.run(50_000);
  expect([runner.code, scene.phase, scene.weight]).toEqual([null, 'Progressing', 20]);
  scene.move(0);
  await scene.time.run(1_000);
  expect(scene.phase).toBe('Aborting');
});

test('a runner that starts again while the next plan runs has no rights any more, and takes nothing back', async () => {
  // The one Role of a release names one plan: it is what fences plans off from each other.
  const scene = forbidding(600);
  const first = scene.start();
  await scene.time.run(44_000);
  first.alive = false;
  await scene.time.run(2_000);
  scene.api.edit(PATHS.status, 'tidegate-runner', (status) => {
    status.data = { plan: 'ffffffff', 'status.json': '{"plan":"ffffffff"}' };
  });
  const before = scene.api.at(PATHS.status).metadata.resourceVersion;
  const second = scene.start();
  await scene.time.run(120_000);
  expect(scene.api.at(PATHS.status).metadata.resourceVersion).toBe(before);
  expect(scene.weight).toBe(20);
  expect(second.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(second.lines.map(({ message }) => message).join('\n')).toContain('lacks verb');
});

test('a runner whose release another plan has taken over begins nothing when the status is deleted', async () => {
  const scene = new Scene();
  scene.start();
  await scene.time.run(15_000);
  const theirs = statusText(newStatus({ plan: 'ffffffff', planUid: 'next', at: scene.time.now, generation: 1 }));
  scene.api.edit(PATHS.status, 'tidegate-runner', (status) => {
    status.data = { plan: 'ffffffff', 'status.json': theirs };
  });
  await scene.time.run(1_000);
  scene.api.delete(PATHS.status);
  await scene.time.run(60_000);
  expect([scene.status, scene.weight]).toEqual([null, 0]);
});

test('of two runners the one that hears late of the status takes nothing back that the other has raised', async () => {
  const late = 50;
  let runners = 0;
  const scene: Scene = new Scene({
    latency: () => 5,
    wrap: (connection) => {
      const isLate = (path: string) => lags && path.includes('web-status');
      const lags = runners++ === 0;
      return {
        ...connection,
        exchange: async (request) => {
          const answer = await connection.exchange(request);
          if (request.method === 'GET' && isLate(request.path)) await new Promise<void>((come) => scene.time.after(late, come));
          return answer;
        },
        stream: (path, receive, signal) =>
          connection.stream(path, (line) => scene.time.after(isLate(path) ? late : 0, () => receive(line)), signal),
      };
    },
  });
  scene.start();
  scene.start();
  await scene.until(['Promoted', 'Aborting']);
  expect(scene.weights.map(({ weight }) => weight)).toEqual([0, 20, 50, 100]);
});

test('rights that stay away were taken by the next plan', async () => {
  const scene = forbidding(60);
  const runner = scene.start({ exit: true });
  await scene.time.run(75_000);
  expect([runner.code, scene.weight]).toEqual([12, 20]);
});
