import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../lib/schema/index.ts';
import { available, freshNamespace, installCrds, KINDS, type Kube } from '../real/harness.ts';
import { type Applier, argocd, flux, kubectl, type Order, Reconciler } from './appliers.ts';
import { describeTraffic, served } from './harness.ts';
import { type Load, share, startLoad } from './load.ts';
import { Repository } from './repository.ts';
import { hostOf } from './store.ts';
import { Walker } from './walker.ts';

const REPLICAS = 3;
const fixed = { replicas: REPLICAS };
const autoscaled = { replicas: undefined, autoscale: { min: REPLICAS, max: 10, cpu: 70 } };

interface Way {
  readonly name: string;
  readonly applier: (kube: Kube) => Applier;
  readonly everySeconds?: number;
  readonly order: Order;
  readonly scale: Readonly<Record<string, unknown>>;
}

const ways: readonly Way[] = [
  { name: 'flux', applier: flux, everySeconds: 5, order: 'forward', scale: fixed },
  { name: 'flux', applier: flux, everySeconds: 5, order: 'reverse', scale: autoscaled },
  { name: 'argocd', applier: argocd, everySeconds: 3, order: 'forward', scale: autoscaled },
  { name: 'argocd', applier: argocd, everySeconds: 3, order: { shuffled: 7 }, scale: fixed },
  { name: 'kubectl', applier: kubectl, order: { shuffled: 11 }, scale: autoscaled },
];

/** A release takes about 70 s here; a busy machine may take its time. */
const PATIENCE = 300_000;

describeTraffic('under 200 requests/s', (kube, proxy) => {
  it.each(ways)(
    'a release applied by $name, order $order, fails no request and reaches no unproven candidate',
    async (way) => {
      const { repository, git, load, begin, pods } = await running(kube, proxy, way);
      const { name: stable } = repository.stable;
      const proven = new Map([[stable, 0]]);
      const begun = async (digit: string) => {
        const release = await begin(digit);
        proven.set(release.candidate, release.provenAt);
        return release;
      };

      const first = await begun('a');
      await first.walk(5);
      await first.walk(20);
      await first.stop();

      // Superseded at 20 %, and that one taken back at 20 % by an edit.
      const second = await begun('b');
      await second.walk(20);
      await second.stop();
      await repository.synth();
      await served(proxy, hostOf(second.namespace), stable, 100);

      // Taken back at 20 % by `git revert`: the candidate's objects go while the live route names them.
      const third = await begun('c');
      await third.walk(20);
      await third.stop();
      await repository.revert();
      await served(proxy, hostOf(third.namespace), stable, 100);

      // Finished, recorded, and the replaced revision dropped: no pod of the one that serves is touched.
      const last = await begun('d');
      await last.walk(50);
      await last.walk(100);
      const serving = await pods(last.candidate);
      await last.stop();
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

  it('a revert that prunes first without PruneLast is felt: what the annotation is for, and that this test would see it', async () => {
    const unannotated = (objects: readonly KubeObject[]) =>
      objects.map((object) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }));
    const applier = (kube: Kube): Applier => ({
      name: 'argocd',
      sync: (previous, next) => argocd(kube).sync(unannotated(previous), unannotated(next)),
    });
    const { repository, git, load, begin } = await running(kube, proxy, { name: 'argocd', applier, order: 'forward', scale: fixed });
    const release = await begin('a');
    await release.walk(50);
    await release.stop();
    await repository.revert();
    await pause(12_000);
    await git.stop();
    expect((await load.stop()).failed).toBeGreaterThan(0);
  });
});

/** A service at rest under load, and what a test does with it. */
async function running(kube: Kube, proxy: string, { applier, everySeconds, order, scale }: Way) {
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
  const repository = new Repository(git, order, namespace, { ...route, ...scale });
  await repository.synth();
  await available(kube, namespace, repository.stable.name);
  await served(proxy, host, repository.stable.name, 100);
  const load: Load = startLoad({ url: proxy, host, rate: 200 });

  /** Commits a candidate and proves it: pods available, smoke test passed. */
  const begin = async (digit: string) => {
    await repository.synth(digit);
    const { inFlight } = repository.lock;
    if (inFlight === null) throw new Error('nothing is in flight');
    const walker = new Walker(kube.as(await kube.token(namespace, 'web-runner')), namespace, inFlight);
    const candidate = inFlight.candidate.name;
    const provenAt = await walker.prove(REPLICAS);
    const walk = async (weight: number) => {
      await walker.weight(weight);
      await served(proxy, host, candidate, weight);
      await pause(4000);
    };
    return { namespace, candidate, provenAt, walk, stop: () => walker.stop() };
  };

  /** Name, identity and restarts of a revision's pods. */
  const pods = async (revision: string) => {
    const list = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, namespace, `tidegate.dev/revision=${revision}`);
    return list.map(({ metadata, status }) => {
      const containers = (status?.containerStatuses ?? []) as { restartCount: number }[];
      return `${metadata.name} ${metadata.uid} ${containers.map(({ restartCount }) => restartCount).join()}`;
    });
  };
  return { repository, git, load, begin, pods };
}
