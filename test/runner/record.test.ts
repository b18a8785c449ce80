import { describe, expect, test } from 'vitest';
import { judged, UNATTENDED, WAIVED } from './judged.ts';
import { PATHS, planOf } from './release.ts';

describe('the release record', () => {
  test('says nothing of a release that is not over any more', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    await scene.until(['Promoted'], 900);
    await scene.time.run(100);
    expect(JSON.parse(scene.api.at(PATHS.status).data['record.json'])).toMatchObject({ outcome: 'promoted' });
    scene.said = 0.5;
    await scene.time.run(75_000);
    expect(scene.phase).toBe('Aborting');
    expect(scene.api.at(PATHS.status).data['record.json']).toBeUndefined();
  });
});
