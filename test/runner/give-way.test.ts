import { expect, test } from 'vitest';
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
  await scene.time.run(31_000);
  expect([runner.code, scene.weight]).toEqual([10, 0]);
});
