import { describe, expect, test } from 'vitest';
import { judged, UNATTENDED, WAIVED } from './judged.ts';
import { planOf } from './release.ts';

const HOUR = 3_600_000;

describe('a clock that is set back by an hour', () => {
  test('while gates judge: they go on, asked as often as before', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    await scene.time.run(60_000);
    const before = scene.asked;
    scene.time.offset = -HOUR;
    await scene.time.run(120_000);
    expect(scene.asked - before).toBeGreaterThanOrEqual(3);
    expect(scene.asked - before).toBeLessThanOrEqual(8);
    scene.said = 0.5;
    await scene.time.run(90_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
  });

  test('while no gate judges yet: those that begin do not wait for the hour to pass', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    scene.time.offset = -HOUR;
    await scene.time.run(20_000);
    scene.said = 0.5;
    await scene.time.run(90_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
  });
});
