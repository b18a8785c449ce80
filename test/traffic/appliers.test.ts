import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { available, freshNamespace, until } from '../real/harness.ts';
import { argocd, flux, kubectl, type Order, ordered, Reconciler } from './appliers.ts';
import { describeTraffic, served } from './harness.ts';
import { share, startLoad } from './load.ts';
import { hostOf, store } from './store.ts';

describe('an order', () => {
  it.each<[Order, string]>([
    ['forward', 'abcdef'],
    ['reverse', 'fedcba'],
  ])('%s', (order, expected) => {
    expect(ordered([...'abcdef'], order).join('')).toBe(expected);
  });

  it('is shuffled alike for one seed, differently for others, and loses nothing', () => {
    const shuffles = [1, 1, 2, 3].map((shuffled) => ordered([...'abcdef'], { shuffled }).join(''));
    expect(shuffles[0]).toBe(shuffles[1]);
    expect(new Set(shuffles).size).toBe(3);
    expect(new Set(shuffles.map((text) => [...text].sort().join('')))).toEqual(new Set(['abcdef']));
  });
});

const deployment = (namespace: string, name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } });

describeTraffic('requests through the proxy', (kube, proxy) => {
  const route = (namespace: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'store', namespace },
  });

  it('a move of the weights fails none and is counted as it is', async () => {
    const namespace = await freshNamespace(kube);
    const host = hostOf(namespace);
    await flux(kube).sync([], store(namespace, { stable: 100, candidate: 0 }));
    await Promise.all([available(kube, namespace, 'stable'), available(kube, namespace, 'candidate')]);
    await served(proxy, host, 'stable', 100);

    const load = startLoad({ url: proxy, host, rate: 200 });
    await pause(2000);
    const moved = Date.now();
    await kube.jsonPatch(route(namespace), [
      { op: 'test', path: '/spec/rules/0/backendRefs/1/name', value: 'candidate' },
      { op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: 80 },
      { op: 'replace', path: '/spec/rules/0/backendRefs/1/weight', value: 20 },
    ]);
    await served(proxy, host, 'candidate', 20);
    const settled = Date.now();
    await pause(3000);
    const sum = await load.stop();

    expect(sum).toMatchObject({ failed: 0, failures: {} });
    expect(share(load.between(0, moved), 'candidate')).toBe(0);
    expect(share(load.between(settled), 'candidate')).toBeCloseTo(20, 0);
    expect(sum.revisions.candidate?.first).toBeGreaterThanOrEqual(moved);
  });

  it('a pod taken away while it gets requests is seen as failures', async () => {
    const namespace = await freshNamespace(kube);
    const host = hostOf(namespace);
    await flux(kube).sync([], store(namespace, { stable: 50, candidate: 50 }));
    await Promise.all([available(kube, namespace, 'stable'), available(kube, namespace, 'candidate')]);
    await served(proxy, host, 'candidate', 50);

    const load = startLoad({ url: proxy, host, rate: 200 });
    await kube.mergePatch(
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'candidate', namespace } },
      { spec: { replicas: 0 } },
    );
    await pause(7000);
    expect((await load.stop()).failed).toBeGreaterThan(100);
  });

  describe.concurrent('no request fails', () => {
    it.for([
      { name: 'flux', applier: () => flux(kube), order: 'forward' },
      { name: 'flux', applier: () => flux(kube), order: 'reverse' },
      { name: 'argocd', applier: () => argocd(kube), order: { shuffled: 1 } },
      { name: 'kubectl', applier: () => kubectl(), order: { shuffled: 2 } },
    ] as const)('when $name brings a new revision in and takes it out, order $order', async ({ applier, order }, { onTestFinished }) => {
      const namespace = await freshNamespace(kube, { atEnd: onTestFinished });
      const host = hostOf(namespace);
      const repository = new Reconciler(applier(), 2);
      const rest = store(namespace, { stable: 100 });
      await repository.commit(ordered(rest, order));
      await available(kube, namespace, 'stable');
      await served(proxy, host, 'stable', 100);

      const load = startLoad({ url: proxy, host, rate: 200 });
      await repository.commit(ordered(store(namespace, { stable: 100, candidate: 0 }), order));
      await available(kube, namespace, 'candidate');
      await pause(5000);
      await repository.commit(ordered(rest, order));
      await pause(3000);
      await repository.stop();
      const sum = await load.stop();

      expect(repository.syncs).toBeGreaterThanOrEqual(5);
      expect(sum).toMatchObject({ failed: 0, failures: {} });
      expect(Object.keys(sum.revisions)).toEqual(['stable']);
      // In the foreground a Deployment goes after its last pod.
      await until('candidate gone', async () => (await kube.find(deployment(namespace, 'candidate'))) === null);
    });
  });
});

describeTraffic('what Argo CD prunes', (kube) => {
  const configMap = (namespace: string, name: string, options?: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...(options === undefined ? {} : { annotations: { 'argocd.argoproj.io/sync-options': options } }) },
    data: { at: name },
  });

  it('goes before the apply, unless the live object says last or never', async () => {
    const namespace = await freshNamespace(kube);
    const names = async () =>
      (await kube.list({ apiVersion: 'v1', kind: 'ConfigMap' }, namespace))
        .map(({ metadata }) => metadata.name)
        .filter((name) => name !== 'kube-root-ca.crt');
    const before = [
      configMap(namespace, 'first'),
      configMap(namespace, 'last', 'ApplyOutOfSyncOnly=true,PruneLast=true'),
      configMap(namespace, 'never', 'Prune=false'),
    ];
    await argocd(kube).sync([], before);
    // An apply that fails shows what had gone by then: the cluster has no such kind.
    const broken = { apiVersion: 'example.com/v1', kind: 'Nothing', metadata: { name: 'nothing', namespace } };
    await expect(argocd(kube).sync(before, [broken])).rejects.toThrow(/no example.com\/v1 Nothing/);
    await until('first one gone', async () => (await names()).join() === 'last,never');
    await argocd(kube).sync(before, []);
    await until('last one gone', async () => (await names()).join() === 'never');
  });
});
