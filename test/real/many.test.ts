import { expect, inject, it } from 'vitest';
import { walkMany } from '../../tools/bench/many-releases.ts';
import { describeApi, hasControllers, installCrds } from './harness.ts';

describeApi('a dozen releases on one API server', (kube) => {
  it('end as they must when all of them get a new plan within seconds, and none is left alone or asks too much', {
    timeout: 120_000,
  }, async () => {
    const connection = inject('controlPlane');
    if (connection === null) return;
    await installCrds(kube, ['httproutes.gateway.networking.k8s.io']);
    const seen = await walkMany({ kube, connection, controllers: hasControllers, releases: 12, withinSeconds: 2, idleSeconds: 0 });
    for (const { phase, expected, weight } of seen.ended) expect([phase, weight]).toEqual([expected, expected === 'Promoted' ? 100 : 0]);
    expect(Math.max(...seen.perRelease)).toBeLessThanOrEqual(200);
    expect(seen.longestSilenceSeconds).toBeLessThan(45);
  });
});
