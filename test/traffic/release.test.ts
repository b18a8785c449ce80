import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../lib/schema/index.ts';
import { until } from '../real/harness.ts';
import { type Applier, type Applying, argocd, flux, kubectl } from './appliers.ts';
import { describeTraffic, PROXY_MILLISECONDS } from './harness.ts';
import { share } from './load.ts';
import { running, type Way } from './running.ts';

const fixed = { approvals: 'waived', intent: { replicas: 3 } } as const;
const autoscaled = { approvals: 'waived', intent: { replicas: undefined, autoscale: { min: 3, max: 10, cpu: 70 } } } as const;

const ways: readonly Way[] = [
  { tool: 'flux', applier: flux, everySeconds: 20, order: 'forward', ...fixed },
  { tool: 'flux', applier: flux, everySeconds: 20, order: 'reverse', ...autoscaled },
  { tool: 'argocd', applier: argocd, everySeconds: 20, order: 'forward', ...autoscaled },
  { tool: 'argocd', applier: argocd, everySeconds: 20, order: { shuffled: 7 }, ...fixed },
  { tool: 'none', applier: kubectl, order: { shuffled: 11 }, ...autoscaled },
];

/** Of each, a second: enough that 10 ms without an answer are seen. */
const RATE = 100;
/** A release takes a minute and a half here; a busy machine may take its time. */
const PATIENCE = 400_000;

describeTraffic(`under ${RATE} requests/s each`, (kube, proxy) => {
  describe.concurrent('a release walked by the runner fails no request and reaches no unproven candidate', () => {
    it.for(ways)('applied as $tool does, order $order', { timeout: PATIENCE }, async (way, context) => {
      const { repository, git, node, load, flight, pods, back } = await running(kube, proxy, { ...way, rate: RATE }, context);
      const { name: stable } = repository.stable;
      const proven = new Map([[stable, 0]]);
      const begin = async (digit: string, weights: readonly number[]) => {
        await repository.releaseUngated(digit, weights);
        const release = flight();
        proven.set(release.candidate, await release.proven());
        return release;
      };

      const first = await begin('a', [20]);
      await first.at(20);
      // Superseded at 20 %, and that one taken back at 20 % by an edit.
      const second = await begin('b', [20]);
      await second.at(20);
      await repository.takeBack();
      await back(stable);
      // Taken back at 20 % by `git revert`: the candidate's objects go while the live route names them.
      const third = await begin('c', [20]);
      await third.at(20);
      await repository.revert();
      await back(stable);

      // Finished though the runner is killed on the way, recorded, and the replaced revision dropped: no pod of the
      // one that serves is touched.
      const last = await begin('d', [50, 100]);
      await last.at(50);
      await node.crash();
      await last.at(100);
      const serving = await pods(last.candidate);
      await repository.record(...(await last.promoted()));
      await git.again();
      await pause(PROXY_MILLISECONDS);
      expect(await pods(last.candidate)).toEqual(serving);
      await repository.retire(await last.route());
      await git.again();
      await until('end of what retires', async () => (await pods(stable)).length === 0);
      expect(await pods(last.candidate)).toEqual(serving);

      // The first revision comes back from no pods at all: the same Deployment gets new ones before it gets a request.
      await repository.rollBack(stable);
      const returning = flight();
      proven.set(stable, 0);
      await returning.at(100);
      await repository.record(...(await returning.promoted()));
      await git.again();
      await pause(PROXY_MILLISECONDS);
      await git.stop();
      const end = Date.now();
      const sum = await load.stop();

      expect(sum.failures).toEqual({});
      expect(new Set(Object.keys(sum.revisions))).toEqual(new Set(proven.keys()));
      for (const [revision, seen] of Object.entries(sum.revisions))
        expect(seen.first).toBeGreaterThanOrEqual(proven.get(revision) ?? Infinity);
      expect(share(load.between(end - 2000), stable)).toBe(100);
    });
  });

  describe.concurrent('a revert that prunes first without PruneLast', () => {
    const unannotated = (objects: readonly KubeObject[]) =>
      objects.map((object) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }));
    const applier = (client: Applying): Applier => ({
      name: 'argocd',
      sync: (previous, next) => argocd(client).sync(unannotated(previous), unannotated(next)),
    });

    it('is felt where no runner is there to help: what the annotation is for, and that these tests would see it', async (context) => {
      const way = { tool: 'argocd', applier, order: 'forward', ...fixed } as const;
      const { repository, git, node, load, flight } = await running(kube, proxy, { ...way, rate: RATE }, context);
      await repository.releaseUngated('a', [50]);
      await flight().at(50);
      await node.stop();
      await repository.revert();
      await pause(12_000);
      await git.stop();
      expect((await load.stop()).failed).toBeGreaterThan(0);
    });
  });
});
