import { describe, expect, test } from 'vitest';
import type { ApiRequest } from '../../lib/runner/index.ts';
import { APPROVED, JUDGED, Judged } from './judged.ts';
import { PATHS, planOf } from './release.ts';

describe('gates', () => {
  test('a status that cannot be written: gates go on, and one that fails brings stable', async () => {
    let refused = false;
    const fault = ({ method, path }: ApiRequest) =>
      refused && method === 'PATCH' && path.startsWith(PATHS.status) ? 'unavailable' : 'none';
    const scene = new Judged(planOf(JUDGED, APPROVED), fault);
    scene.start();
    await scene.time.run(300_000);
    expect(scene.weight).toBe(20);
    refused = true;
    await scene.time.run(120_000);
    scene.said = 0.5;
    await scene.time.run(120_000);
    expect(scene.weight).toBe(0);
  });

  test('a status that cannot be written now and then: every gate is asked on', async () => {
    let writes = 0;
    const fault = ({ method, path }: ApiRequest) =>
      method === 'PATCH' && path.startsWith(PATHS.status) && ++writes % 2 === 0 ? 'unavailable' : 'none';
    const scene = new Judged(planOf(JUDGED, APPROVED), fault);
    scene.start();
    await scene.time.run(900_000);
    expect(scene.weight).toBe(20);
    const before = scene.asked;
    await scene.time.run(600_000);
    expect(scene.asked - before).toBeGreaterThanOrEqual(15);
  });
});
