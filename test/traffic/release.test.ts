import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFailed, onTestFinished } from 'vitest';
import type { KubeObject } from '../../lib/schema/index.ts';
import { available, freshNamespace, installCrds, KINDS, type Kube, until } from '../real/harness.ts';
import { type Applier, argocd, flux, kubectl, type Order, Reconciler } from './appliers.ts';
import { describeTraffic, served } from './harness.ts';
import { share, startLoad } from './load.ts';
import { Repository } from './repository.ts';
import { RunnerNode } from './runner-node.ts';
import { hostOf } from './store.ts';

const fixed = { replicas: 3 };
const autoscaled = { replicas: undefined, autoscale: { min: 3, max: 10, cpu: 70 } };

interface Way {
  /** As `tidegate.yaml` names it. */
  readonly tool: 'flux' | 'argocd' | 'none';
  readonly applier: (kube: Kube) => Applier;
  /** The state is applied again so often, which resets the route each time. */
  readonly everySeconds?: number;
  readonly order: Order;
  readonly scale: Readonly<Record<string, unknown>>;
}

const ways: readonly Way[] = [
  { tool: 'flux', applier: flux, everySeconds: 12, order: 'forward', scale: fixed },
  { tool: 'flux', applier: flux, everySeconds: 12, order: 'reverse', scale: autoscaled },
  { tool: 'argocd', applier: argocd, everySeconds: 12, order: 'forward', scale: autoscaled },
  { tool: 'argocd', applier: argocd, everySeconds: 12, order: { shuffled: 7 }, scale: fixed },
  { tool: 'none', applier: kubectl, order: { shuffled: 11 }, scale: autoscaled },
];

/** A release takes a minute and a half here; a busy machine may take its time. */
const PATIENCE = 400_000;

describeTraffic('under 200 requests/s', (kube, proxy) => {
  it.each(ways)(
    'a release walked by the runner and applied as $tool does, order $order, fails no request and reaches no unproven candidate',
    async (way) => {
      const { repository, git, node, load, begin, pods, back } = await running(kube, proxy, way);
      const { name: stable } = repository.stable;
      const proven = new Map([[stable, 0]]);
      const begun = async (digit: string, weights: readonly number[]) => {
        const release = await begin(digit, weights);
        proven.set(release.candidate, await release.proven());
        await release.at(weights.at(-1) ?? 0);
        return release;
      };

      await begun('a', [5, 20]);
      // Superseded at 20 %, and that one taken back at 20 % by an edit.
      await begun('b', [20]);
      await repository.takeBack();
      await back(stable);
      // Taken back at 20 % by `git revert`: the candidate's objects go while the live route names them.
      await begun('c', [20]);
      await repository.revert();
      await back(stable);

      // Finished though the runner is killed on the way, recorded, and the replaced revision dropped: no pod of the one
      // that serves is touched.
      const last = await begin('d', [50, 100]);
      proven.set(last.candidate, await last.proven());
      await last.at(50);
      await node.crash();
      await last.at(100);
      const serving = await pods(last.candidate);
      await repository.record();
      await pause(6000);
      expect(await pods(last.candidate)).toEqual(serving);
      await repository.retire();
      await pause(12_000);
      expect(await pods(last.candidate)).toEqual(serving);
      await git.stop();
      const end = Date.now();
      const sum = await load.stop();

      expect(sum).toMatchObject({ failed: 0, failures: {} });
      expect(new Set(Object.keys(sum.revisions))).toEqual(new Set(proven.keys()));
      for (const [revision, seen] of Object.entries(sum.revisions))
        expect(seen.first).toBeGreaterThanOrEqual(proven.get(revision) ?? Infinity);
      expect(share(load.between(end - 2000), last.candidate)).toBe(100);
    },
    PATIENCE,
  );

  it(
    'a revert that prunes first without PruneLast is felt: what the annotation is for, and that this test would see it',
    async () => {
      const unannotated = (objects: readonly KubeObject[]) =>
        objects.map((object) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }));
      const applier = (client: Kube): Applier => ({
        name: 'argocd',
        sync: (previous, next) => argocd(client).sync(unannotated(previous), unannotated(next)),
      });
      const { repository, git, load, begin } = await running(kube, proxy, { tool: 'argocd', applier, order: 'forward', scale: fixed });
      const release = await begin('a', [50]);
      await release.at(50);
      await repository.revert();
      await pause(12_000);
      await git.stop();
      expect((await load.stop()).failed).toBeGreaterThan(0);
    },
    PATIENCE,
  );
});

/** A service at rest under load, and what a test does with it. */
async function running(kube: Kube, proxy: string, { tool, applier, everySeconds, order, scale }: Way) {
  await installCrds(kube, KINDS);
  const namespace = await freshNamespace(kube);
  const host = hostOf(namespace);
  const route = {
    'traffic.router': 'gateway-api',
    'traffic.retries': undefined,
    'traffic.gateways': ['traffic/web'],
    'traffic.hosts': [host],
  };
  const git = new Reconciler(applier(kube), everySeconds);
  const repository = new Repository(git, order, namespace, tool, { ...route, ...scale });
  await repository.initial();
  await available(kube, namespace, repository.stable.name);
  await served(proxy, host, repository.stable.name, 100);
  const load = startLoad({ url: proxy, host, rate: 200 });
  const node = new RunnerNode(kube, namespace);
  onTestFinished(() => node.stop());
  onTestFailed(() => console.error(node.log.slice(-60).join('\n')));

  /** Commits a candidate; the runner does the rest. */
  const begin = async (digit: string, weights: readonly number[]) => {
    await repository.release(digit, weights);
    const { inFlight } = repository.lock;
    if (inFlight === null) throw new Error('nothing is in flight');
    const { candidate, hash, jobs } = inFlight;
    const status = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-status', namespace } };
    return {
      candidate: candidate.name,
      /** The moment at which its last smoke test had passed, as the API server says: cut to whole seconds. */
      proven: async () => {
        const moments = jobs.map(({ metadata }) =>
          until(`${metadata.name} complete`, async () => {
            const job = await kube.get({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: metadata.name, namespace } });
            return typeof job.status?.completionTime === 'string' && Date.parse(job.status.completionTime);
          }),
        );
        return Math.max(...(await Promise.all(moments)));
      },
      /** The runner says that it is there, and users see it. */
      at: async (weight: number) => {
        const data = async () => (await kube.find(status))?.data as Record<string, string> | undefined;
        await until(
          `weight ${weight} of plan ${hash}`,
          async () => {
            const { plan, weight: set } = (await data()) ?? {};
            return plan === hash && set === String(weight);
          },
          { seconds: 90 },
        );
        await served(proxy, host, candidate.name, weight);
      },
    };
  };
  const back = (revision: string) => served(proxy, host, revision, 100);

  /** Name, identity and restarts of a revision's pods. */
  const pods = async (revision: string) => {
    const list = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, namespace, `tidegate.dev/revision=${revision}`);
    return list.map(({ metadata, status }) => {
      const containers = (status?.containerStatuses ?? []) as { restartCount: number }[];
      return `${metadata.name} ${metadata.uid} ${containers.map(({ restartCount }) => restartCount).join()}`;
    });
  };
  return { repository, git, node, load, begin, back, pods };
}
