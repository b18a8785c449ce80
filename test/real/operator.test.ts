import { spawn } from 'node:child_process';
import { expect, inject, it, onTestFinished } from 'vitest';
import { readOrders } from '../../lib/plan/orders.ts';
import { type Status, statusData } from '../../lib/runner/index.ts';
import { newStatus } from '../../lib/runner/status.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { CLI, Repository } from '../cli/repository.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { applyAll, describeApi, freshNamespace, installCrds, KINDS, type Kube, until } from './harness.ts';
import { kubeconfig } from './kubeconfig.ts';
import { routers } from './routers.ts';

const operatorOf = (namespace: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-operator', namespace } });

/** Release `web` in flight in a namespace of its own, and a person at work. */
async function flight(kube: Kube) {
  await installCrds(kube, KINDS);
  const namespace = await freshNamespace(kube);
  const key = { ...KEY, namespace };
  const [router] = routers;
  const atRest = compile(router?.changes ?? {}, null, { key });
  const { lock, objects } = compile({ ...router?.changes, image: image('a') }, atRest.lock, { key });
  await applyAll(kube, objects);
  const connection = inject('controlPlane');
  if (connection === null || lock.inFlight === null) throw new Error('this test needs a control plane and a release in flight');
  const person = new Repository({ 'kubeconfig.yaml': kubeconfig(connection, namespace) });
  const tidegate = (...args: readonly string[]) => person.tidegate(...args, '--kubeconfig', 'kubeconfig.yaml');
  const status = async () => {
    const { out } = await tidegate('status', 'web', '--format', 'json');
    return out === '' ? null : JSON.parse(out);
  };
  /** Waits for a phase. */
  const phase = (wanted: string) => until(`phase ${wanted}`, async () => ((await status())?.phase === wanted ? status() : null));
  const { plan, hash } = lock.inFlight;
  /** As a runner writes it that waits for the plan's approval. */
  const asks = async () => {
    const step = plan.steps.findIndex(({ kind }) => kind === 'approval');
    const waiting: Status = { ...newStatus({ plan: hash, planUid: '', at: Date.now(), generation: 1 }), phase: 'Progressing', step };
    const labels = { 'tidegate.dev/release': 'web' };
    const metadata = { name: 'web-status', namespace, labels };
    await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: statusData(waiting, plan) });
  };
  return { namespace, connection, person, tidegate, status, phase, asks, hash };
}

/** `tidegate run` beside the test. Nothing has pods here, so it walks to the first step and waits. */
function running({ person }: { readonly person: Repository }) {
  const child = spawn(process.execPath, [CLI, 'run', 'web', '--kubeconfig', 'kubeconfig.yaml'], { cwd: person.directory });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, said, ended };
}

describeApi('what people say in the cluster', (kube) => {
  it('stays whole when several say it at once, under the name of the CLI', async () => {
    const scene = await flight(kube);
    const { namespace, tidegate, hash } = scene;
    await scene.asks();
    const people = ['alice', 'bob', 'carol', 'dora'];
    const outcomes = await Promise.all([
      ...people.map((by) => tidegate('approve', 'web', '--by', by)),
      tidegate('pause', 'web', '--by', 'erik', '--reason', 'lunch'),
    ]);
    expect(outcomes.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual([0, 0, 0, 0, 0]);
    const { data, metadata } = await kube.get(operatorOf(namespace));
    const { approvals, commands, unreadable } = readOrders(data, hash);
    expect(approvals.map(({ by }) => by).sort()).toEqual(people);
    expect([Object.keys(commands), unreadable]).toEqual([['pause'], []]);
    expect(metadata.labels).toMatchObject({ 'tidegate.dev/release': 'web', 'tidegate.dev/target': 'production' });
    const managers = (metadata as { managedFields?: { manager: string }[] }).managedFields ?? [];
    expect(new Set(managers.map(({ manager }) => manager))).toEqual(new Set(['tidegate-cli']));
  });

  it('can be taken back, and is not said twice', async () => {
    const { namespace, tidegate, hash } = await flight(kube);
    await tidegate('pause', 'web', '--by', 'alice');
    expect(await tidegate('pause', 'web', '--by', 'bob')).toMatchObject({ code: 1 });
    expect(await tidegate('resume', 'web', '--by', 'bob')).toMatchObject({ code: 0 });
    const { commands } = readOrders((await kube.get(operatorOf(namespace))).data, hash);
    expect(Object.keys(commands)).toEqual(['resume']);
  });

  it('needs the rights that the guide names, and no more', async () => {
    const scene = await flight(kube);
    const { namespace, connection, person } = scene;
    await scene.asks();
    const role = operatorRole(namespace);
    await applyAll(kube, [...role, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'operator', namespace } }]);
    person.write('kubeconfig.yaml', kubeconfig(connection, namespace, await kube.token(namespace, 'operator')));
    const tidegate = (...args: readonly string[]) => person.tidegate(...args, '--kubeconfig', 'kubeconfig.yaml', '--by', 'alice');
    const allowed = async () => (await tidegate('approve', 'web')).err;
    let err = await allowed();
    // A binding takes a moment until the authorizer knows it.
    for (let tries = 0; tries < 50 && err.includes('forbidden'); tries++) err = await allowed();
    expect(err).toContain('Watch it');
    for (const command of ['pause', 'abort']) expect(await tidegate(command, 'web')).toMatchObject({ code: 0 });
    expect(await person.tidegate('status', 'web', '--kubeconfig', 'kubeconfig.yaml')).toMatchObject({ code: 0 });
  });
});

/** As docs/how-to/operate.md has it. */
function operatorRole(namespace: string): readonly KubeObject[] {
  const metadata = { name: 'web-operator', namespace };
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] },
        { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['web-runner'], verbs: ['get'] },
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['web-operator'], verbs: ['create', 'patch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web-operator' },
      subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace }],
    },
  ];
}

describeApi('run', (kube) => {
  it('walks as the runner does, is seen by status, and leaves the release as it is on Ctrl-C', async () => {
    const scene = await flight(kube);
    const first = running(scene);
    await scene.phase('Progressing');
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(130);
    const [line = ''] = first.said.out.split('\n');
    expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: 'info', plan: `web-plan-${scene.hash}` });
    expect(await scene.status()).toMatchObject({ plan: scene.hash, phase: 'Progressing', run: 1 });
    const second = running(scene);
    await until('a warning of two runners', async () => second.said.err !== '');
    expect(second.said.err).toMatch(/^Warning: a runner wrote the status of web \d+s ago\. Two runners are safe/);
  });

  it('follows pause, resume and abort', async () => {
    const scene = await flight(kube);
    const { tidegate, phase } = scene;
    running(scene);
    await phase('Progressing');
    await tidegate('pause', 'web', '--by', 'alice', '--reason', 'lunch');
    expect(await phase('Held')).toMatchObject({ reason: expect.stringContaining('alice paused it: lunch') });
    await tidegate('resume', 'web', '--by', 'bob');
    await phase('Progressing');
    await tidegate('abort', 'web', '--by', 'carol', '--reason', 'orders drop');
    expect(await until('an abort', async () => ((await scene.status())?.phase.startsWith('Abort') ? scene.status() : null))).toMatchObject({
      reason: expect.stringContaining('carol said so: orders drop'),
    });
    expect(await tidegate('abort', 'web', '--by', 'carol')).toMatchObject({ code: 1 });
  });

  it('refuses a plan that it cannot read, as 20 and in one line', async () => {
    const { namespace, tidegate } = await flight(kube);
    const broken = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-plan-ffffffff', namespace }, data: { 'plan.json': '{}' } };
    await kube.create(broken);
    const { code, out } = await tidegate('run', 'web', '--plan', 'web-plan-ffffffff');
    expect(code).toBe(20);
    expect(JSON.parse(out)).toMatchObject({ level: 'error', phase: 'Refused' });
  });
});
