import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENGINES } from '../../lib/engines/index.ts';
import type { ResolvedIntent, ResolvedSidecar } from '../../lib/intent/resolved.ts';
import { REVISION_LABEL } from '../../lib/lock/labels.ts';
import { at, revisionHash } from '../../lib/lock/revision.ts';
import { ofParts } from '../../lib/plan/uses.ts';
import { context, digest, freeze, web, withTraffic, withWorkload } from './fixtures.ts';
import { only, restrictedViolations, templateOf } from './pods.ts';

const sidecar: ResolvedSidecar = {
  name: 'proxy',
  image: { repository: 'registry.example.com/proxy', tag: null, digest: digest('d') },
  init: false,
  command: null,
  args: ['--port=5432'],
  env: {},
  ports: [{ name: 'db', container: 5432 }],
  resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: null, memory: '32Mi' } },
  readiness: { check: { tcp: { port: 'db' } }, everySeconds: 5, timeoutSeconds: 2, failures: 3 },
  mounts: [{ volume: 'tmp', mountPath: '/scratch' }],
};

const deploymentOf = (intent: ResolvedIntent) => freeze(intent).objects.deployment;
const podOf = (intent: ResolvedIntent) => templateOf(deploymentOf(intent)).spec;
const appOf = (intent: ResolvedIntent) => podOf(intent).containers.find(({ name }) => name === intent.release);

describe('a revision', () => {
  const revision = freeze(web);
  const { deployment, service, configMaps } = revision.objects;

  test('is named by release and content, and its objects by it', () => {
    expect(revision.rev).toMatch(/^[0-9a-f]{8}$/);
    expect(revision.name).toBe(`web-${revision.rev}`);
    expect([deployment.metadata.name, service.metadata.name]).toEqual([revision.name, revision.name]);
    expect(revisionHash(revision)).toBe(revision.rev);
    expect(revision).toMatchObject({ image: `registry.example.com/shop/web:1.4.0@${digest('a')}`, version: '1.4.0', scale: web.scale });
  });

  test('rolls without a gap and leaves the number of pods open', () => {
    expect(deployment.spec).toMatchObject({
      selector: { matchLabels: { 'tidegate.dev/release': 'web', [REVISION_LABEL]: revision.name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 600,
    });
    expect(deployment.spec).not.toHaveProperty('replicas');
    expect(templateOf(deployment).metadata).toEqual({
      labels: {
        'app.kubernetes.io/name': 'web',
        'app.kubernetes.io/part-of': 'web',
        'app.kubernetes.io/managed-by': 'tidegate',
        'tidegate.dev/release': 'web',
        'tidegate.dev/target': 'production',
        [REVISION_LABEL]: revision.name,
      },
    });
  });

  test('has a Service that selects its pods only', () => {
    expect(service.spec).toEqual({
      type: 'ClusterIP',
      selector: { 'tidegate.dev/release': 'web', [REVISION_LABEL]: revision.name },
      ports: [
        { name: 'admin', port: 9090, targetPort: 'admin', protocol: 'TCP', appProtocol: 'http' },
        { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' },
      ],
    });
  });

  test('is pruned last, whatever reconciles it', () => {
    for (const object of [deployment, service, ...configMaps])
      expect(object.metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-options': 'PruneLast=true' });
  });

  test('runs the intent in its container', () => {
    expect(appOf(web)).toMatchObject({
      name: 'web',
      image: revision.image,
      imagePullPolicy: 'IfNotPresent',
      ports: [
        { name: 'admin', containerPort: 9090, protocol: 'TCP' },
        { name: 'http', containerPort: 8080, protocol: 'TCP' },
      ],
      startupProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 2, timeoutSeconds: 1, failureThreshold: 30 },
      readinessProbe: {
        httpGet: {
          httpHeaders: [
            { name: 'accept', value: '*/*' },
            { name: 'x-probe', value: 'ready' },
          ],
        },
      },
      livenessProbe: { grpc: { port: 9090 } },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
      lifecycle: { preStop: { sleep: { seconds: 10 } } },
    });
    expect(appOf(web)).not.toHaveProperty('command');
    expect(podOf(web)).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false, terminationGracePeriodSeconds: 40 });
  });

  test('keeps its configuration in an immutable ConfigMap named by content', () => {
    const configMap = only(configMaps);
    expect(configMap.metadata.name).toMatch(/^web-app-[0-9a-f]{8}$/);
    expect(configMap).toMatchObject({ immutable: true, data: { mode: 'fast', 'app.yaml': 'a: 1\n' } });
    expect(appOf(web)?.env).toEqual([
      { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'web-keys', key: 'api' } } },
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'MODE', valueFrom: { configMapKeyRef: { name: configMap.metadata.name, key: 'mode' } } },
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ]);
    expect(podOf(web).volumes).toContainEqual({ name: 'config-app', configMap: { name: configMap.metadata.name } });
    expect(appOf(web)?.volumeMounts).toContainEqual({ name: 'config-app', mountPath: '/etc/app', readOnly: true });
  });

  test('mounts Secrets whose names are no names of volumes', () => {
    const volume = podOf(web).volumes?.find((candidate) => at(candidate, 'secret', 'secretName') === 'web.tls');
    expect(volume?.name).toMatch(/^secret-web-tls-[0-9a-f]{8}$/);
  });

  test('is spread by itself, and apart from other revisions', () => {
    const spread = (whenUnsatisfiable: string, topologyKey: string) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable,
      labelSelector: { matchLabels: { 'tidegate.dev/release': 'web' } },
      matchLabelKeys: [REVISION_LABEL],
    });
    expect(podOf(web).topologySpreadConstraints).toEqual([
      spread('ScheduleAnyway', 'kubernetes.io/hostname'),
      spread('ScheduleAnyway', 'topology.kubernetes.io/zone'),
    ]);
    expect(podOf(withWorkload({ spread: 'require' })).topologySpreadConstraints).toEqual([
      spread('DoNotSchedule', 'kubernetes.io/hostname'),
      spread('ScheduleAnyway', 'topology.kubernetes.io/zone'),
    ]);
    const apart = at(podOf(web).affinity, 'podAntiAffinity', 'preferredDuringSchedulingIgnoredDuringExecution');
    expect(apart).toMatchObject([{ podAffinityTerm: { topologyKey: 'kubernetes.io/hostname' } }]);
  });

  test('has its sidecars: those that start it first, those that stay beside it', () => {
    const migrate = { ...sidecar, name: 'migrate', init: true, readiness: null };
    const { containers, initContainers } = podOf(withWorkload({ sidecars: [migrate, sidecar] }));
    expect(initContainers?.map(({ name }) => name)).toEqual(['migrate']);
    expect(initContainers?.[0]).not.toHaveProperty('lifecycle');
    expect(containers.map(({ name }) => name)).toEqual(['web', 'proxy']);
    expect(containers[1]).toMatchObject({
      ports: [{ name: 'db', containerPort: 5432, protocol: 'TCP' }],
      readinessProbe: { tcpSocket: { port: 'db' } },
      lifecycle: { preStop: { sleep: { seconds: 10 } } },
      volumeMounts: [{ name: 'tmp', mountPath: '/scratch' }],
    });
  });

  test.each([
    ['plain', web],
    ['with sidecars', withWorkload({ sidecars: [sidecar, { ...sidecar, name: 'first', init: true }] })],
    [
      'with users and groups',
      withWorkload({ security: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, readOnlyRootFilesystem: false } }),
    ],
  ])('meets the restricted Pod Security profile, %s', (_, intent) => {
    expect(restrictedViolations(templateOf(deploymentOf(intent)))).toEqual([]);
  });
});

describe('the environment', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['by name', { B: '1', A: '2' }, ['A', 'B']],
    ['after what a value refers to', { A: 'http://$(Z)', Z: 'host' }, ['Z', 'A']],
    ['and where values refer to each other', { A: '$(B)', B: '$(A)' }, ['B', 'A']],
    ['and to what is not there', { A: '$(HOME)', toString: 'x' }, ['A', 'toString']],
  ])('is ordered %s', (_, env, names) => {
    expect(appOf(withWorkload({ env }))?.env?.map(({ name }) => name)).toEqual(names);
  });
});

describe('the hash of a revision', () => {
  const hash = freeze(web).rev;

  test('depends on neither target, risk, replicas, traffic nor the runner', () => {
    const elsewhere = {
      ...context,
      target: 'staging',
      code: { runner: 'other', smoke: 'other', notify: 'other', parts: ofParts(() => 'other') },
    };
    const alike: ResolvedIntent[] = [
      { ...web, risk: 'high' },
      { ...web, scale: { kind: 'fixed', replicas: 1 } },
      { ...web, deadlines: { ...web.deadlines, readySeconds: 60 } },
      withTraffic({ timeoutSeconds: 1 }),
    ];
    for (const intent of alike) expect(ENGINES.native.revision(intent, elsewhere).rev).toBe(hash);
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => freeze(shuffled(web, numbers)).rev === hash),
      { numRuns: 50 },
    );
  });

  const changes: Record<string, Partial<ResolvedIntent['workload']>> = {
    image: { image: { ...web.workload.image, digest: digest('b') } },
    command: { command: ['serve'] },
    args: { args: ['--x'] },
    'container port': { ports: [{ name: 'http', container: 8081, service: 80, appProtocol: 'http' }] },
    'service port': { ports: [{ name: 'http', container: 8080, service: 81, appProtocol: 'http' }] },
    protocol: { ports: [{ name: 'http', container: 8080, service: 80, appProtocol: 'grpc' }] },
    probe: { probes: { ...web.workload.probes, liveness: null } },
    resources: { resources: { ...web.workload.resources, limits: { cpu: null, memory: '1Gi' } } },
    env: { env: { ...web.workload.env, LOG_LEVEL: 'debug' } },
    'a config value': { config: [{ name: 'app', data: { mode: 'slow' }, mountPath: '/etc/app', env: false }] },
    'an unmounted config': { config: [...web.workload.config, { name: 'more', data: {}, mountPath: null, env: false }] },
    secret: { secrets: [] },
    volume: { volumes: [] },
    'service account': { serviceAccount: 'web' },
    token: { mountToken: true },
    security: { security: { ...web.workload.security, runAsUser: 1000 } },
    preStop: { shutdown: { preStopSeconds: 15, drainSeconds: 20, graceSeconds: 45 } },
    spread: { spread: 'require' },
    sidecars: { sidecars: [sidecar] },
    'a label of podTemplate': { podTemplate: { metadata: { labels: { team: 'shop' } } } },
    'an annotation of podTemplate': { podTemplate: { metadata: { annotations: { team: 'shop' } } } },
    'the spec of podTemplate': { podTemplate: { spec: { priorityClassName: 'high' } } },
  };

  test.each(Object.entries(changes))('changes with %s', (_, change) => {
    expect(freeze(withWorkload(change)).rev).not.toBe(hash);
  });

  test('differs for every change', () => {
    const hashes = Object.values(changes).map((change) => freeze(withWorkload(change)).rev);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('tells a frozen revision that was edited', () => {
    const revision = structuredClone(freeze(web));
    (templateOf(revision.objects.deployment).spec.containers[0] as { image: string }).image = 'registry.example.com/evil';
    expect(revisionHash(revision)).not.toBe(revision.rev);
  });
});

/** The same data with the keys of every object in another order. */
function shuffled<T>(value: T, numbers: Iterator<number>): T {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, numbers)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const ranked = Object.entries(value).map(([key, inner]) => ({
    rank: Number(numbers.next().value),
    key,
    inner: shuffled(inner, numbers),
  }));
  return Object.fromEntries(ranked.sort((a, b) => a.rank - b.rank).map(({ key, inner }) => [key, inner])) as T;
}
