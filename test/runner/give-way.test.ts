import { expect, test } from 'vitest';
import type { ApiAnswer } from '../../lib/runner/index.ts';
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

test('rights that stay away were taken by the next plan', async () => {
  const scene = forbidding(60);
  const runner = scene.start({ exit: true });
  await scene.time.run(75_000);
  expect([runner.code, scene.weight]).toEqual([12, 20]);
});
