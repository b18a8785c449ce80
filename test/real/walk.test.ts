import { afterAll, beforeAll, describe } from 'vitest';
import { hasPrometheus } from '../gates/providers/prometheus-process.ts';
import { describeCluster, skipped } from './harness.ts';
import { controlPlane, type Ground } from './walk/flight.ts';
import { Metrics } from './walk/metrics.ts';
import { others } from './walk/others.ts';
import { outcomes } from './walk/outcomes.ts';

if (!hasPrometheus) skipped('a release', "needs Prometheus (Debian's package prometheus)");
else
  describeCluster('a release', (kube) => {
    let ground: Ground;
    beforeAll(async () => {
      ground = { kube, connection: controlPlane(), metrics: await Metrics.start() };
    });
    afterAll(() => ground.metrics.stop());

    // They wait most of the time, so they wait together.
    describe.concurrent('walked by its runner', { timeout: 240_000 }, () => {
      outcomes(() => ground);
      others(() => ground);
    });
  });
