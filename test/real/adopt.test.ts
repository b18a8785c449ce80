import { expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { adopt } from '../../lib/gitops/adopt/adopt.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { portNames } from '../../lib/lock/revision.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { chart, Repository } from '../cli/repository.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { type Applier, type Applying, argocd, flux, kubectl } from '../traffic/appliers.ts';
import { legacy } from '../traffic/legacy.ts';
import { available, describeCluster, freshNamespace, installCrds, KINDS, type Kube, until } from './harness.ts';
import { kubeconfig } from './kubeconfig.ts';

/** As Helm makes objects, which then have no manager that applies. */
const created = (kube: Kube): Applier => ({
  name: 'kubectl',
  sync: async (_, next) => {
    for (const object of next) await kube.create(object);
  },
});

const sources: readonly [string, (kube: Kube) => Applier][] = [
  ['kubectl', kubectl],
  ['Flux', flux],
  ['Argo CD', (kube) => argocd(kube, 0)],
  ['Helm', created],
];
const appliers: readonly [string, (kube: Applying) => Applier][] = [
  ['kubectl', kubectl],
  ['Flux', flux],
  ['Argo CD', (kube) => argocd(kube, 0)],
];
const pairs = sources.flatMap(([had, by]) => appliers.map(([has, next]) => ({ had, by, has, next })));

/** What the cluster has of a Service that matters to its callers. */
function reached({ spec }: { readonly spec: KubeObject[string] }) {
  const { selector, ports, clusterIP, type, sessionAffinity } = spec as Record<string, unknown>;
  return { selector, ports, clusterIP, type, sessionAffinity };
}

describeCluster('the Service of an adopted workload', (kube) => {
  it.concurrent.for(pairs)(
    'that $had made is taken over by $has as it is, switched by the record, and back by its revert',
    async ({ by, has, next }, { onTestFinished, expect }) => {
      await installCrds(kube, KINDS);
      const namespace = await freshNamespace(kube, { atEnd: onTestFinished });
      const key = { ...KEY, namespace };
      const routed = {
        'ports.metrics': undefined,
        'traffic.port': 'http',
        'traffic.router': 'gateway-api',
        'traffic.retries': undefined,
        'traffic.gateways': ['traffic/web'],
      };
      const theirs = legacy(namespace, { web: 'web.example.com' });
      await by(kube).sync([], theirs);
      const running = await available(kube, namespace, 'web');
      const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace } };
      const before = reached(await kube.get(service));

      const { lock: described, objects } = compile(routed, null, { key });
      if ('external' in described.stable) throw new Error('the fixture describes no revision');
      const live = await Promise.all([...theirs].map((object) => kube.get(object)));
      const { stable } = adopt(
        { deployment: 'web', service: null, resolved: described.resolved, revision: described.stable, objects },
        { objects: live, unseen: [] },
      );
      const adopted = compile(routed, { ...described, stable, portNames: portNames(stable.objects) }, { key });
      const flight = compile({ ...routed, image: image('a') }, adopted.lock, { key });
      const candidate = flight.lock.inFlight?.candidate;
      if (candidate === undefined) throw new Error('nothing is in flight');
      const recorded: Lock = { ...flight.lock, stable: candidate, inFlight: null };
      const record = compile({ ...routed, image: image('a') }, recorded, { key });
      const git = next(kube);

      // What somebody else had before; the rest of a release is new.
      const takenOver = (objects: readonly KubeObject[]) =>
        objects.filter(({ kind, metadata }) => metadata.name === 'web' && ['Service', 'HTTPRoute'].includes(kind));
      const [atRest, inFlight, done] = [takenOver(adopted.objects), takenOver(flight.objects), takenOver(record.objects)];
      expect([atRest, inFlight, done].map(({ length }) => length)).toEqual([2, 2, 2]);

      await git.sync([], atRest);
      expect(reached(await kube.get(service))).toEqual(before);
      await git.sync(atRest, inFlight);
      expect(reached(await kube.get(service))).toEqual(before);
      await git.sync(inFlight, done);
      expect((await kube.get(service)).spec).toMatchObject({
        clusterIP: before.clusterIP,
        selector: { 'tidegate.dev/release': 'web', 'tidegate.dev/revision': candidate.name },
        ports: [{ name: 'web', port: 80, targetPort: 'http' }],
      });
      expect(Object.keys((await kube.get(service)).spec.selector as object)).toHaveLength(2);
      await git.sync(done, inFlight);
      expect(reached(await kube.get(service))).toEqual(before);
      // The adoption itself is reverted: nothing that users reach goes with it. With kubectl nobody prunes.
      if (has !== 'kubectl') await git.sync(inFlight, []);
      expect(reached(await kube.get(service))).toEqual(before);
      const after = await kube.get(running);
      expect([after.metadata.uid, after.metadata.generation]).toEqual([running.metadata.uid, running.metadata.generation]);
    },
  );
});

describeCluster('a Service that comes into Git with the record alone', (kube) => {
  it('keeps what it selected before where kubectl applies it: why it is there from the adoption on', async () => {
    const namespace = await freshNamespace(kube);
    const service = (selector: object) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { selector, ports: [{ name: 'http', port: 80 }] },
    });
    await flux(kube).sync([], [service({ app: 'web' })]);
    await kubectl().sync([], [service({ 'tidegate.dev/revision': 'web-1a2b3c4d' })]);
    const { spec } = await kube.get(service({}));
    expect(spec.selector).toEqual({ app: 'web', 'tidegate.dev/revision': 'web-1a2b3c4d' });
  });
});

describeCluster('record --initial --adopt', (kube) => {
  /** A person in a repository with release `web`, who may do what the rules say; without them anything. */
  async function scene(rules: readonly object[] | null = null) {
    await installCrds(kube, KINDS);
    const namespace = await freshNamespace(kube);
    const connection = inject('controlPlane');
    if (connection === null) throw new Error('this test needs a control plane');
    for (const object of legacy(namespace, {})) await kube.apply(object, { manager: 'kustomize-controller', force: true });
    await available(kube, namespace, 'web');
    let token: string | undefined;
    if (rules !== null) {
      const meta = { name: 'person', namespace };
      await kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta });
      await kube.create({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: meta, rules });
      await kube.create({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: meta,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'person' },
        subjects: [{ kind: 'ServiceAccount', name: 'person', namespace }],
      });
      token = await kube.token(namespace, 'person');
    }
    const person = new Repository({
      'charts/main.ts': chart().replace("namespace: 'shop'", `namespace: '${namespace}'`),
      'kubeconfig.yaml': kubeconfig(connection, namespace, token),
    });
    const adoption = () => person.tidegate('record', 'web', '--initial', '--adopt', 'deployment/web', '--kubeconfig', 'kubeconfig.yaml');
    return { namespace, person, adoption };
  }

  it('reads the cluster, changes nothing in it, and writes lock and dist, from which the first release starts', async () => {
    const { namespace, person, adoption } = await scene();
    const versions = async () =>
      Promise.all(
        legacy(namespace, {}).map(async (object) => (await kube.get(object)).metadata.generation ?? (await kube.get(object)).metadata.uid),
      );
    const before = await versions();
    const outcome = await adoption();
    expect(outcome.err).toContain('web is stable of web with registry.example.com/store@sha256:');
    expect(outcome.code).toBe(0);
    expect(await versions()).toEqual(before);
    const folder = `production/${namespace}/web`;
    expect(Object.keys(person.files(`dist/${folder}`)).sort()).toEqual([
      `dist/${folder}/.files`,
      expect.stringMatching(/configmap-web-runner-[0-9a-f]{8}\.yaml$/),
      `dist/${folder}/service-web.yaml`,
      `dist/${folder}/virtualservice-web.yaml`,
    ]);
    expect(parse(person.read(`lock/production/${namespace}/web.yaml`)).stable).toMatchObject({ external: true, deployment: 'web' });
    expect((await person.tidegate('synth', '--check')).code).toBe(0);
    const started = await person.tidegate('synth', '--refresh', '--only', 'web');
    expect(started.out).toContain('release started: web -> web-');
    expect(await adoption()).toMatchObject({ code: 2, err: expect.stringContaining("release 'web' has a lock already") });
  });

  it('says what this person may not see, and needs the Deployment alone', async () => {
    const rules = [
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      { apiGroups: [''], resources: ['services', 'pods'], verbs: ['list'] },
    ];
    const { namespace, adoption } = await scene(rules);
    const { code, err } = await until('rights', async () => {
      const outcome = await adoption();
      return outcome.err.includes('you may not') ? null : outcome;
    });
    expect([code, err]).toEqual([0, expect.stringContaining(`any VirtualService in namespace ${namespace} serves`)]);
    const none = await scene([]);
    expect(await none.adoption()).toMatchObject({ code: 2, err: expect.stringContaining('you may not get deployments web') });
  });
});
