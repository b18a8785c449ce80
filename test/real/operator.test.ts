import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { readOrders } from '../../lib/plan/orders.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { CLI, Repository } from '../cli/repository.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import type { Connection } from './connection.ts';
import { applyAll, describeApi, freshNamespace, installCrds, KINDS, type Kube } from './harness.ts';
import { routers } from './routers.ts';

/** A kubeconfig for a connection, or for another token on the same server. */
function kubeconfig({ server, ca, user }: Connection, namespace: string, token?: string): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const login =
    token !== undefined
      ? { token }
      : 'token' in user
        ? user
        : { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) };
  return stringify({
    'current-context': 'here',
    clusters: [{ name: 'here', cluster: { server, ...(ca === null ? {} : { 'certificate-authority-data': base64(ca) }) } }],
    users: [{ name: 'operator', user: login }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'operator', namespace } }],
  });
}

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
  return { namespace, connection, person, tidegate, hash: lock.inFlight.hash };
}

describeApi('what people say in the cluster', (kube) => {
  it('stays whole when several say it at once, under the name of the CLI', async () => {
    const { namespace, tidegate, hash } = await flight(kube);
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
    const { namespace, connection, person } = await flight(kube);
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
  let child: ChildProcess | null = null;
  beforeEach(() => {
    child = null;
  });
  afterEach(() => void child?.kill('SIGKILL'));

  it('walks as the runner does, is seen by status, and leaves the release as it is on Ctrl-C', async () => {
    const { person, tidegate, hash } = await flight(kube);
    const started = spawn(process.execPath, [CLI, 'run', 'web', '--kubeconfig', 'kubeconfig.yaml'], { cwd: person.directory });
    child = started;
    const ended = new Promise<number | null>((resolve) => started.on('exit', resolve));
    const lines: string[] = [];
    for await (const text of started.stdout.setEncoding('utf8')) {
      lines.push(...String(text).trimEnd().split('\n'));
      const { out } = await tidegate('status', 'web', '--format', 'json');
      if (out !== '' && JSON.parse(out).phase !== null) break;
    }
    const first = JSON.parse(lines[0] ?? '');
    expect(first).toMatchObject({ time: expect.any(String), level: 'info', plan: `web-plan-${hash}` });
    started.kill('SIGINT');
    expect(await ended).toBe(130);
    const { out } = await tidegate('status', 'web', '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({ plan: hash, step: { index: 0, kind: 'scale' }, weight: { set: 0 } });
    const again = spawn(process.execPath, [CLI, 'run', 'web', '--kubeconfig', 'kubeconfig.yaml'], { cwd: person.directory });
    child = again;
    for await (const text of again.stderr.setEncoding('utf8')) {
      expect(text).toMatch(/^Warning: a runner wrote the status of web \d+s ago\. Two runners are safe/);
      break;
    }
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
