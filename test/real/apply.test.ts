import { expect, it } from 'vitest';
import { hostOf, restrictedPod, store } from '../traffic/store.ts';
import { available, describeApi, describeCluster, freshNamespace, installCrds, KubeError } from './harness.ts';

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const apply = { manager: 'kustomize-controller', force: true } as const;
const deployment = (namespace: string, pod: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: pod } },
});

describeApi('server-side apply by the test client', (kube) => {
  it('brings a service with its route in, and again without a change', async () => {
    await installCrds(kube, ['httproutes.gateway.networking.k8s.io']);
    const namespace = await freshNamespace(kube);
    const objects = store(namespace, { stable: 100, candidate: 0 });
    for (const object of objects) await kube.apply(object, apply);
    const route = objects.find(({ kind }) => kind === 'HTTPRoute');
    if (route === undefined) throw new Error('the store has no route');
    const live = await kube.get(route);
    expect(live.spec).toMatchObject({ hostnames: [hostOf(namespace)] });
    // A gateway may write the status meanwhile; the generation moves with the spec only.
    expect((await kube.apply(route, apply)).metadata.generation).toBe(live.metadata.generation);
  });

  it('refuses a field that the kind does not have, also in a dry run', async () => {
    const namespace = await freshNamespace(kube);
    const misspelt = deployment(namespace, { ...(restrictedPod() as object), terminationGraceSeconds: 5 });
    await expect(kube.apply(misspelt, { ...apply, dryRun: true })).rejects.toThrow(/terminationGraceSeconds: field not declared in schema/);
    expect(await kube.find(misspelt)).toBeNull();
  });

  it('says who owns a field that it does not take over', async () => {
    const namespace = await freshNamespace(kube);
    await kube.apply(deployment(namespace, restrictedPod() as object), apply);
    const scaled = deployment(namespace, restrictedPod() as object);
    const conflict = kube.apply({ ...scaled, spec: { ...scaled.spec, replicas: 3 } }, { manager: 'somebody' });
    await expect(conflict).rejects.toThrow(KubeError);
    await expect(conflict).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
  });
});

describeCluster('pods under the restricted Pod Security profile', (kube) => {
  it('start where the template meets it', async () => {
    const namespace = await freshNamespace(kube, { labels: restricted });
    await kube.apply(deployment(namespace, restrictedPod() as object), apply);
    expect((await available(kube, namespace, 'web')).status).toMatchObject({ availableReplicas: 2 });
  });

  it('are refused where it does not', async () => {
    const namespace = await freshNamespace(kube, { labels: restricted });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root', namespace },
      spec: { containers: [{ name: 'root', image: 'registry.example.com/root' }] },
    };
    await expect(kube.create(pod)).rejects.toMatchObject({ status: 403 });
  });
});
