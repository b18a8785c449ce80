import { expect, it } from 'vitest';
import { movementOf } from '../../lib/runner/movement.ts';
import { routePatch, viewRoute } from '../../lib/runner/route.ts';
import { newStatus } from '../../lib/runner/status.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { errors } from '../intent/valid.ts';
import { applyAll, available, describeApi, describeCluster, freshNamespace, type Kube, type LiveObject, until } from './harness.ts';

const GITOPS = 'kustomize-controller';
const JSON_PATCH = 'application/json-patch+json';
const changes = {
  'traffic.router': 'service',
  'traffic.hosts': undefined,
  'traffic.gateways': undefined,
  'traffic.retries': undefined,
  strategy: { kind: 'blueGreen', preview: { gates: [errors] }, after: { gates: [errors] } },
};

describeApi('a Service that is switched', (kube) => {
  it('has no generation, and its selector is owned by whoever set it and whoever says the same', async () => {
    const { plan, apply, live, write } = await flight(kube);
    await apply();
    const before = viewRoute(await live(), plan.route);
    expect(await live()).not.toHaveProperty('metadata.generation');
    expect(before).toMatchObject({ foreign: null, extra: null, owners: [GITOPS], generation: Number(before.resourceVersion) });

    expect(await write(100)).toBe(200);
    const status = newStatus({ plan: 'p', planUid: 'u', at: 0, generation: null });
    const earned = { ...status, level: { ...status.level, set: { weight: 100, routes: {} } } };
    const movement = async () => movementOf(viewRoute(await live(), plan.route), earned, [GITOPS], null);
    expect([viewRoute(await live(), plan.route).owners, await movement()]).toEqual([['tidegate-runner'], { is: 'held' }]);

    await apply();
    expect(await movement()).toEqual({ is: 'reset', by: GITOPS });
    expect(await write(100)).toBe(200);
    expect(await write(0, 'kubectl-edit')).toBe(200);
    await apply();
    expect(await movement()).toMatchObject({ is: 'lowered', person: true });
  });

  it('is written only as it was read, for the plan that it names, by a runner that may write no other', async () => {
    const { plan, apply, live, runner, path } = await flight(kube);
    await apply();
    const stale = routePatch(plan.route, (await live()).metadata.resourceVersion, { weight: 100, routes: {} });
    expect((await runner.send('PATCH', path('web'), stale, JSON_PATCH)).status).toBe(200);
    expect((await runner.send('PATCH', path('web'), stale, JSON_PATCH)).status).toBe(409);
    const now = routePatch(plan.route, (await live()).metadata.resourceVersion, { weight: 100, routes: {} });
    const other = now.map((operation) => (operation.op === 'test' ? { ...operation, value: 'web-cccccccc' } : operation));
    expect((await runner.send('PATCH', path('web'), other, JSON_PATCH)).status).toBe(422);
    expect((await runner.send('PATCH', path('web-canary'), now, JSON_PATCH)).status).toBe(403);
  });
});

describeCluster('a Service that is switched', (kube) => {
  it('leads to the pods of the one revision, then to those of the other', async () => {
    const { namespace, plan, objects, write } = await flight(kube);
    await applyAll(
      kube,
      objects.filter(({ kind, metadata }) => ['Deployment', 'Service', 'ConfigMap'].includes(kind) && metadata.name !== 'web-runner'),
    );
    await Promise.all([plan.stable, plan.candidate].map(({ deployment }) => available(kube, namespace, deployment)));
    const leadsTo = (revision: string) =>
      until(`Service web leads to ${revision} alone`, async () => {
        const names = await addressed(kube, namespace);
        return names.length > 0 && names.every((name) => name.startsWith(`${revision}-`));
      });
    await leadsTo(plan.stable.revision);
    expect(await write(100)).toBe(200);
    await leadsTo(plan.candidate.revision);
    expect(await write(0)).toBe(200);
    await leadsTo(plan.stable.revision);
  });
});

/** Names of the pods behind Service `web`. */
async function addressed(kube: Kube, namespace: string): Promise<string[]> {
  const slices = await kube.list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, namespace, 'kubernetes.io/service-name=web');
  return slices
    .flatMap((slice) => (slice as unknown as { endpoints: { targetRef: { name: string } }[] }).endpoints ?? [])
    .map(({ targetRef }) => targetRef.name);
}

/** A release in flight in a namespace of its own. */
async function flight(kube: Kube) {
  const namespace = await freshNamespace(kube);
  const key = { ...KEY, namespace };
  const { lock, objects } = compile({ ...changes, image: image('a') }, compile(changes, null, { key }).lock, { key });
  if (lock.inFlight === null) throw new Error('nothing is in flight');
  const { plan } = lock.inFlight;
  await applyAll(
    kube,
    objects.filter(({ kind, metadata }) => ['ServiceAccount', 'Role', 'RoleBinding'].includes(kind) || metadata.name === 'web-canary'),
  );
  const ref = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace } };
  const path = (name: string) => `/api/v1/namespaces/${namespace}/services/${name}`;
  const live = (): Promise<LiveObject> => kube.get(ref);
  return {
    namespace,
    plan,
    objects,
    path,
    live,
    runner: kube.as(await kube.token(namespace, 'web-runner')),
    /** Applies it as Git has it. */
    apply: () =>
      applyAll(
        kube,
        objects.filter(({ kind, metadata }) => kind === 'Service' && metadata.name === 'web'),
      ),
    /** Writes it as the runner does. */
    write: async (weight: number, manager = 'tidegate-runner') => {
      const operations = routePatch(plan.route, (await live()).metadata.resourceVersion, { weight, routes: {} });
      return (await kube.send('PATCH', `${path('web')}?fieldManager=${manager}`, operations, JSON_PATCH)).status;
    },
  };
}
