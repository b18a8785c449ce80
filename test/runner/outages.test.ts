import { describe, expect, test } from 'vitest';
import { APPROVED, JUDGED, Judged, judged, UNATTENDED, WAIVED } from './judged.ts';
import { GITOPS, planOf } from './release.ts';

describe('what lasts long', () => {
  test('an API server that is away is told of once, not each time that it is asked', async () => {
    let away = false;
    const scene = new Judged(planOf(UNATTENDED, WAIVED), () => (away ? 'unavailable' : 'none'));
    const runner = scene.start();
    await scene.time.run(60_000);
    const before = runner.lines.length;
    away = true;
    scene.reset();
    await scene.time.run(1_200_000);
    expect(runner.lines.length - before).toBeGreaterThan(0);
    expect(runner.lines.length - before).toBeLessThanOrEqual(10);
  });

  test('a GitOps tool that resets the route with its interval, while people are waited for', async () => {
    const scene = await judged(planOf(JUDGED, APPROVED));
    await scene.time.run(200_000);
    for (let minute = 0; minute < 45; minute++) {
      scene.reset(GITOPS);
      await scene.time.run(60_000);
      expect(scene.weight).toBe(20);
    }
    expect(scene.status?.reason).toContain('waiting for approval');
  });
});
