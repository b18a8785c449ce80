import { expect } from 'vitest';
import { Scene, type SceneOptions } from './scene.ts';

/** A scene in which the candidate has 20 %. */
export async function atTwenty(options: SceneOptions = {}) {
  const scene = new Scene(options);
  const runner = scene.start();
  await scene.time.run(45_000);
  expect([scene.weight, scene.status?.step]).toEqual([20, 3]);
  return { scene, runner };
}

/** What the candidate was given, one after the other, in percent. */
export const levels = (scene: Scene) => scene.weights.map(({ weight }) => weight);
