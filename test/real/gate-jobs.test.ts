import { expect, it } from 'vitest';
import { jobAnswer } from '../../lib/gates/providers/index.ts';
import { gateJobName } from '../../lib/plan/job-names.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { DIGEST, errors } from '../intent/valid.ts';
import { applyAll, describeCluster, freshNamespace, installCrds, KINDS, type Kube, until } from './harness.ts';

const job = { provider: { job: { image: `registry.example.com/check@${DIGEST}`, env: { DEPTH: 'full' } } } };
const orders = {
  name: 'orders',
  description: 'Orders arrive.',
  scope: 'candidate',
  ...job,
  count: 2,
  failureLimit: 0,
  inconclusiveLimit: 0,
};
const auth = { basic: { username: 'reader', passwordSecret: { name: 'prometheus', key: 'password' } } };
const secret = {
  ...errors,
  provider: { prometheus: { address: 'https://prometheus', query: 'up', auth, tls: { caConfigMap: { name: 'ca', key: 'ca.crt' } } } },
};

/** A release in flight whose gates need Jobs and keys, in a namespace that admits restricted pods only. */
async function inFlight(kube: Kube, annotations: Readonly<Record<string, string>> = {}) {
  await installCrds(kube, KINDS);
  const namespace = await freshNamespace(kube, { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
  const key = { ...KEY, namespace };
  const changes = { 'strategy.gates': [secret, orders] };
  const { objects, lock } = compile({ ...changes, image: image('a') }, compile(changes, null, { key }).lock, { key });
  const annotated = objects.map((object) => (object.kind === 'Job' ? withPodAnnotations(object, annotations) : object));
  await applyAll(kube, annotated);
  const { plan, hash } = lock.inFlight ?? {};
  const step = plan?.steps.findIndex(({ kind }) => kind === 'analysis') ?? -1;
  const ref = (run: number) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: gateJobName('web', hash ?? '', step, 1, run), namespace },
  });
  const podsOf = async (run: number) => kube.list({ apiVersion: 'v1', kind: 'Pod' }, namespace, `job-name=${ref(run).metadata.name}`);
  return { namespace, objects: annotated, ref, podsOf, runner: kube.as(await kube.token(namespace, 'web-runner')) };
}

function withPodAnnotations(object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject {
  const copy = structuredClone(object) as KubeObject & { spec: { template: { metadata: { annotations?: object } } } };
  copy.spec.template.metadata.annotations = { ...copy.spec.template.metadata.annotations, ...annotations };
  return copy;
}

describeCluster('the Jobs of a gate', (kube) => {
  it('wait without pods, and run once the runner starts them, one by one', async () => {
    const { ref, podsOf, runner } = await inFlight(kube);
    await until('both wait', async () => [await kube.get(ref(0)), await kube.get(ref(1))].every(isSuspended));
    await runner.mergePatch(ref(0), { spec: { suspend: false } });
    await until('the first has passed', async () => jobAnswer(await runner.get(ref(0))).kind === 'pass');
    expect(await podsOf(0)).toHaveLength(1);
    expect(await podsOf(1)).toEqual([]);
    expect(jobAnswer(await kube.get(ref(1)))).toEqual({ kind: 'running' });
  });

  it('fail at the first failure', async () => {
    const { ref, podsOf, runner } = await inFlight(kube, { 'fake-kubelet/behaviour': 'fail' });
    await runner.mergePatch(ref(0), { spec: { suspend: false } });
    await until('it has failed', async () => jobAnswer(await runner.get(ref(0))).kind === 'fail');
    expect(jobAnswer(await kube.get(ref(0)))).toMatchObject({ message: expect.stringContaining('BackoffLimitExceeded') });
    expect(await podsOf(0)).toHaveLength(1);
  });

  it('are suspended by a Git that is applied again, and can be started again; what is done stays done', async () => {
    const { objects, ref, podsOf, runner } = await inFlight(kube, { 'fake-kubelet/behaviour': 'hang' });
    await runner.mergePatch(ref(0), { spec: { suspend: false } });
    await until('it runs', async () => (await podsOf(0)).length === 1);
    await applyAll(kube, objects);
    await until('it is suspended', async () => isSuspended(await kube.get(ref(0))) && (await podsOf(0)).length === 0);
    await runner.mergePatch(ref(0), { spec: { suspend: false } });
    await until('it runs again', async () => (await podsOf(0)).length === 1);

    const done = await inFlight(kube);
    await done.runner.mergePatch(done.ref(0), { spec: { suspend: false } });
    await until('it has passed', async () => jobAnswer(await kube.get(done.ref(0))).kind === 'pass');
    await applyAll(kube, done.objects);
    expect(jobAnswer(await kube.get(done.ref(0)))).toEqual({ kind: 'pass' });
  });
});

const isSuspended = ({ status }: { readonly status?: unknown }): boolean => {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === 'Suspended' && condition.status === 'True');
};
