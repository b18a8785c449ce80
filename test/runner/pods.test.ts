import { describe, expect, test } from 'vitest';
import type { ApiRequest } from '../../lib/runner/index.ts';
import { analysis, Judged, judged, WAIVED } from './judged.ts';
import { deployment, gate, PATHS, pause, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import type { Fault } from './scene.ts';

const scaling = planOf([scale(), smoke(), setWeight(20), analysis([{ ...gate, onFailure: 'scaleUp' }]), switchOver()], WAIVED);
const isScale = ({ path, body }: ApiRequest, replicas: number) =>
  path.includes('/scale') && JSON.stringify(body).includes(`"replicas":${replicas}`);

describe('a candidate that is scaled up because a gate failed', () => {
  test.each<Fault>(['lost before', 'lost after', 'unavailable', 'killed before', 'killed after'])(
    'gets its pods although the write is %s',
    async (fault) => {
      let faults = 1;
      const scene = new Judged(scaling, (request) => (isScale(request, 5) && faults-- > 0 ? fault : 'none'));
      scene.start();
      await scene.time.run(30_000);
      scene.said = 0.5;
      await scene.time.run(60_000);
      if (fault.startsWith('killed')) scene.start();
      await scene.time.run(30_000);
      expect([scene.weight, scene.replicas]).toEqual([20, 5]);
    },
  );
});

describe('a candidate that its autoscaler scales up', () => {
  test('may take longer than 30 s to have the new pods', async () => {
    const scene = await judged(planOf([scale(), smoke(), setWeight(20), pause(600, 20), switchOver()], WAIVED));
    scene.api.apply(PATHS.candidate, deployment('web-cccccccc', 9), 'hpa');
    await scene.time.run(2_500);
    // As if none of the new ones had come yet.
    scene.api.report(PATHS.candidate, { availableReplicas: 3 });
    await scene.time.run(120_000);
    expect(scene.weight).toBe(20);
  });

  test('is short when most of those that it must have are gone', async () => {
    const scene = await judged(planOf([scale(), smoke(), setWeight(20), pause(600, 20), switchOver()], WAIVED));
    scene.api.report(PATHS.candidate, { availableReplicas: 1 });
    await scene.time.run(35_000);
    expect(scene.weight).toBe(0);
  });
});
