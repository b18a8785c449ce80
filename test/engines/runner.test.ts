import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { context, errors, find, inFlight, render, web, withGates, withTraffic } from './fixtures.ts';
import { only, templateOf } from './pods.ts';

const lock = inFlight(web);
const { candidate, hash } = lock.inFlight;
const objects = render(lock);
const stable = objects[1]?.metadata.name;
const { metrics, bundle: check } = context.code.parts;
const files = { 'runner.mjs': context.code.runner, 'bundle.mjs': check, 'metrics.mjs': metrics };
const bundle = shortHash(files);
const follow = ['get', 'list', 'watch'];

describe('the rights of the runner', () => {
  test('are these, by name', () => {
    expect(find(objects, 'Role', 'web-runner').rules).toEqual([
      { apiGroups: ['networking.istio.io'], resources: ['virtualservices'], resourceNames: ['web'], verbs: [...follow, 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: [stable, candidate.name], verbs: follow },
      { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: [stable, candidate.name], verbs: ['patch'] },
      { apiGroups: ['batch'], resources: ['jobs'], resourceNames: [`web-smoke-${hash}-1`, `web-smoke-${hash}-2`], verbs: follow },
      {
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: [`web-plan-${hash}`, 'web-approvals', 'web-operator', 'web-status'],
        verbs: follow,
      },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['web-status'], verbs: ['create', 'patch'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create'] },
    ]);
  });

  test('follow the router', () => {
    const [route] = find(render(inFlight(withTraffic({ router: 'gateway-api' }))), 'Role', 'web-runner').rules as object[];
    expect(route).toEqual({
      apiGroups: ['gateway.networking.k8s.io'],
      resources: ['httproutes'],
      resourceNames: ['web'],
      verbs: [...follow, 'patch'],
    });
  });

  test('let it start the Jobs that wait for it, and alter no other', () => {
    const [first, second] = lock.inFlight.jobs as [KubeObject, KubeObject];
    const waiting = { ...second, spec: { ...(second.spec as object), suspend: true } };
    const running = { ...first, spec: { ...(first.spec as object), suspend: false } };
    const { rules } = find(render({ ...lock, inFlight: { ...lock.inFlight, jobs: [running, waiting] } }), 'Role', 'web-runner');
    expect((rules as { resources: string[] }[]).filter(({ resources }) => resources.includes('jobs'))).toEqual([
      { apiGroups: ['batch'], resources: ['jobs'], resourceNames: [running.metadata.name, waiting.metadata.name], verbs: follow },
      { apiGroups: ['batch'], resources: ['jobs'], resourceNames: [waiting.metadata.name], verbs: ['patch'] },
    ]);
  });

  test('never name nothing, which would mean everything', () => {
    const without = { ...lock, inFlight: { ...lock.inFlight, jobs: [] } };
    const rules = find(render(without), 'Role', 'web-runner').rules as { resources: string[]; resourceNames?: string[] }[];
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('jobs');
    for (const { resources, resourceNames } of rules) if (!resources.includes('events')) expect(resourceNames?.length).toBeGreaterThan(0);
  });

  test('are bound to its own account', () => {
    expect(find(objects, 'RoleBinding', 'web-runner')).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web-runner' },
      subjects: [{ kind: 'ServiceAccount', name: 'web-runner', namespace: 'shop' }],
    });
  });
});

describe('the runner', () => {
  const deployment = find(objects, 'Deployment', 'web-runner');
  const { metadata, spec } = templateOf(deployment);

  test('is one pod that is replaced, never doubled', () => {
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' }, revisionHistoryLimit: 2 });
  });

  test('carries the hashes of plan and program, and asks for no sidecar', () => {
    expect(metadata).toEqual({
      labels: {
        'app.kubernetes.io/name': 'tidegate-runner',
        'app.kubernetes.io/part-of': 'web',
        'tidegate.dev/release': 'web',
        'tidegate.dev/component': 'runner',
        'sidecar.istio.io/inject': 'false',
      },
      annotations: { 'tidegate.dev/plan': hash, 'tidegate.dev/bundle': bundle },
    });
  });

  test('runs its program from the ConfigMap that is there at rest', () => {
    expect(find(objects, 'ConfigMap', `web-runner-${bundle}`)).toMatchObject({
      immutable: true,
      data: files,
    });
    expect(spec.volumes).toEqual([{ name: 'code', configMap: { name: `web-runner-${bundle}` } }]);
    expect(only(spec.containers)).toMatchObject({
      image: context.project.helper.image,
      args: ['/tidegate/runner.mjs'],
      env: [
        { name: 'TIDEGATE_NAMESPACE', value: 'shop' },
        { name: 'TIDEGATE_PLAN', value: `web-plan-${hash}` },
        { name: 'TIDEGATE_BUNDLE', value: bundle },
        { name: 'TIDEGATE_METRICS_PORT', value: '9464' },
      ],
      volumeMounts: [{ name: 'code', mountPath: '/tidegate', readOnly: true }],
      readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
      resources: context.project.helper.resources,
    });
  });

  test('has the keys that its gates name, and no others', () => {
    const asking = (name: string, more: object) => ({
      ...errors,
      name,
      provider: { prometheus: { address: 'https://prometheus', query: 'up', timeoutSeconds: 5, ...more } },
    });
    const basic = { basic: { username: 'me', passwordSecret: { name: 'reader', key: 'password' } } };
    const ca = { caConfigMap: { name: 'ca', key: 'ca.crt' } };
    const gates = [
      asking('a', { auth: basic, tls: ca }),
      asking('b', { auth: { bearer: { tokenSecret: { name: 'reader', key: 'token' } } } }),
      asking('c', { auth: basic, tls: { caSecret: { name: 'ca', key: 'tls.crt' } } }),
    ];
    const own = templateOf(find(render(inFlight(withGates(gates))), 'Deployment', 'web-runner')).spec;
    const item = (name: string, key: string) => ({ name, items: [{ key, path: `${name}/${key}` }], optional: false });
    expect(own.volumes?.[1]).toEqual({
      name: 'secrets',
      projected: {
        sources: [
          { secret: item('ca', 'tls.crt') },
          { secret: item('reader', 'password') },
          { secret: item('reader', 'token') },
          { configMap: item('ca', 'ca.crt') },
        ],
      },
    });
    expect(only(own.containers).volumeMounts?.[1]).toEqual({ name: 'secrets', mountPath: '/tidegate/secrets', readOnly: true });

    const served = { prometheus: { address: 'http://thanos', query: 'x', timeoutSeconds: 5, tls: ca } };
    const asked = templateOf(find(render(inFlight(withTraffic({ served }))), 'Deployment', 'web-runner')).spec;
    expect(asked.volumes?.[1]).toEqual({ name: 'secrets', projected: { sources: [{ configMap: item('ca', 'ca.crt') }] } });
  });

  test('takes no two keys for one file', () => {
    const key = { name: 'reader', key: 'ca.crt' };
    const access = { auth: { bearer: { tokenSecret: key } }, tls: { caConfigMap: key } };
    const gate = { ...errors, provider: { prometheus: { address: 'https://prometheus', query: 'up', timeoutSeconds: 5, ...access } } };
    expect(() => render(inFlight(withGates([gate])))).toThrow(/key 'ca.crt' of a Secret 'reader' and of a ConfigMap 'reader'/);
  });

  test('leaves a lost node after half a minute', () => {
    expect(spec.tolerations).toEqual(
      ['not-ready', 'unreachable'].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 30,
      })),
    );
    expect(spec).toMatchObject({ terminationGracePeriodSeconds: 30, serviceAccountName: 'web-runner', automountServiceAccountToken: true });
    expect(only(spec.containers)).not.toHaveProperty('lifecycle');
  });

  test('is placed as tidegate.yaml says, without a say in what it is selected by', () => {
    const helper = {
      ...context.project.helper,
      imagePullSecrets: ['registry'],
      tolerations: [{ key: 'infra', operator: 'Exists' }],
      labels: { team: 'platform', 'tidegate.dev/component': 'other' },
      priorityClassName: 'high',
    };
    const placed = templateOf(find(render(lock, { ...context, project: { ...context.project, helper } }), 'Deployment', 'web-runner'));
    expect(placed.metadata.labels).toMatchObject({ team: 'platform', 'tidegate.dev/component': 'runner' });
    expect(placed.spec).toMatchObject({ imagePullSecrets: [{ name: 'registry' }], priorityClassName: 'high' });
    expect(placed.spec.tolerations).toContainEqual({ key: 'infra', operator: 'Exists' });
  });

  test('has a sidecar where its metrics are in the mesh only', () => {
    const meshed = render(inFlight({ ...web, mesh: { jobs: 'none', runner: true } }));
    expect(templateOf(find(meshed, 'Deployment', 'web-runner')).metadata.labels).toMatchObject({ 'sidecar.istio.io/inject': 'true' });
  });
});
