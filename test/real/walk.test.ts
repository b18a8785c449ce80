import { afterAll, beforeAll, describe, it } from 'vitest';
import { hasPrometheus } from '../gates/providers/prometheus-process.ts';
import { describeCluster, skipped } from './harness.ts';
import { apiServer } from './walk/api-server.ts';
import { controlPlane, type Ground } from './walk/flight.ts';
import { Metrics } from './walk/metrics.ts';
import { notified } from './walk/notified.ts';
import { others } from './walk/others.ts';
import { outcomes } from './walk/outcomes.ts';
import { rebuilt } from './walk/rebuilt.ts';
import { remedies } from './walk/remedies.ts';
import { traps } from './walk/traps.ts';

const { KUBEBUILDER_ASSETS } = process.env;

if (!hasPrometheus) skipped('a release', "needs Prometheus (Debian's package prometheus)");
else
  describeCluster('a release', (kube) => {
    let ground: Ground;
    beforeAll(async () => {
      ground = { kube, connection: controlPlane(), metrics: await Metrics.start() };
    });
    afterAll(() => ground.metrics.stop());

    // They wait most of the time, so they wait together.
    describe.concurrent('walked by its runner', { timeout: 300_000 }, () => {
      if (KUBEBUILDER_ASSETS) apiServer(() => ground.metrics, KUBEBUILDER_ASSETS);
      else it.skip('beside an API server of its own: needs KUBEBUILDER_ASSETS', () => undefined);
      notified(() => ground);
      others(() => ground);
      outcomes(() => ground);
      remedies(() => ground);
      traps(() => ground);
    });
    describe.concurrent('whose cluster is lost and built again from Git', { timeout: 300_000 }, () => {
      rebuilt(() => ground);
    });
  });
