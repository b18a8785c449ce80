import { expect, it } from 'vitest';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { applyAll, available, describeApi, describeCluster, freshNamespace, installCrds, KINDS } from './harness.ts';
import { routers } from './routers.ts';

/** The states that one release goes through before anything is recorded. */
function states(namespace: string, changes: Readonly<Record<string, unknown>>) {
  const key = { ...KEY, namespace };
  const atRest = compile(changes, null, { key });
  const inFlight = compile({ ...changes, image: image('a') }, atRest.lock, { key });
  const superseded = compile({ ...changes, image: image('b') }, inFlight.lock, { key });
  const reverted = compile(changes, superseded.lock, { key });
  return { atRest, inFlight, superseded, reverted };
}

describeApi('every object of a release', (kube) => {
  it.each(routers)('on $router is accepted by server-side apply with strict fields, in every state', async ({ changes }) => {
    await installCrds(kube, KINDS);
    const namespace = await freshNamespace(kube);
    for (const { objects } of Object.values(states(namespace, changes))) await applyAll(kube, objects);
  });
});

describeCluster('the pods of a release', (kube) => {
  it.each(routers)('on $router start under the restricted Pod Security profile: revisions, smoke test and runner', async ({ changes }) => {
    await installCrds(kube, KINDS);
    const namespace = await freshNamespace(kube, { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    const { objects } = states(namespace, changes).inFlight;
    await applyAll(kube, objects);
    const deployments = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(deployments).toHaveLength(3);
    for (const name of deployments) await available(kube, namespace, name);
    const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, namespace, 'tidegate.dev/component=smoke');
    expect(pods).toHaveLength(1);
  });
});
