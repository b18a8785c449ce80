import { expect, it } from 'vitest';
import { describeApi, freshNamespace, installCrds, type Kube } from './harness.ts';
import { names, release } from './runner-rights.ts';

interface Deed {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';

describeApi('the token of the runner', (kube) => {
  it('does all that a release needs, with real requests', async () => {
    const { runner, paths } = await installed(kube);
    const [reads, writes] = [
      needed(paths).filter(({ method }) => method === 'GET'),
      needed(paths).filter(({ method }) => method !== 'GET'),
    ];
    for (const deed of writes) expect(await done(runner, deed)).toMatchObject({ deed: deed.what, allowed: true });
    // A watch ends after a second: all at once.
    const answers = await Promise.all(reads.map((deed) => done(runner, deed)));
    expect(answers.filter(({ allowed }) => !allowed)).toEqual([]);
  });

  it('is denied everything else that would hurt, with real requests', async () => {
    const { runner, paths } = await installed(kube);
    for (const deed of forbidden(paths)) {
      expect(await done(runner, deed)).toMatchObject({ deed: deed.what, status: 403 });
      // The rights refused it, nothing else: an admin gets past them with the same request.
      const asAdmin = { ...deed, path: `${deed.path}${deed.path.includes('?') ? '&' : '?'}dryRun=All` };
      expect((await done(kube, asAdmin)).status, `${deed.what} as admin`).not.toBe(403);
    }
  });

  it('has exactly the rules of its Role, says the API server', async () => {
    const { runner, namespace, role } = await installed(kube);
    const answer = await runner.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace },
    });
    const { status } = answer.body as { status: { resourceRules: Rule[] } };
    expect(rights(status.resourceRules).filter((right) => !everybody.test(right))).toEqual(rights(role.rules));
  });
});

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What Kubernetes gives to every user: asking about oneself. */
const everybody = /^\S+ (authorization|authentication)\.k8s\.io\/selfsubject/;

/** Rules taken apart into `verb group/resource name`, so that two ways to write the same are equal. */
function rights(rules: readonly Rule[]): string[] {
  const lines = rules.flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => (resourceNames ?? ['*']).map((name) => `${verb} ${group}/${resource} ${name}`)),
      ),
    ),
  );
  return [...new Set(lines)].sort();
}

/** A release in flight in a namespace of its own, and its runner's client. */
async function installed(kube: Kube) {
  await installCrds(kube, ['httproutes.gateway.networking.k8s.io']);
  const namespace = await freshNamespace(kube);
  const objects = release(namespace);
  for (const object of objects) await kube.apply(object, { manager: 'kustomize-controller', force: true });
  const role = objects.find(({ kind }) => kind === 'Role') as unknown as { rules: Rule[] };
  const core = `/api/v1/namespaces/${namespace}`;
  const paths = {
    core,
    apps: `/apis/apps/v1/namespaces/${namespace}`,
    batch: `/apis/batch/v1/namespaces/${namespace}`,
    rbac: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`,
    routes: `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`,
    namespace,
  };
  return { namespace, role, paths, runner: kube.as(await kube.token(namespace, names.runner)) };
}

type Paths = Awaited<ReturnType<typeof installed>>['paths'];

/** Does it; allowed means that the deed itself succeeded. */
async function done(by: Kube, { what, method, path, body, type }: Deed) {
  const answer = await by.send(method, path, body, type);
  const { message } = (answer.body ?? {}) as { message?: unknown };
  return { deed: what, status: answer.status, allowed: answer.status < 300, message };
}

function needed({ core, apps, batch, routes, namespace }: Paths): Deed[] {
  const byName = (path: string, name: string) => `${path}?fieldSelector=metadata.name%3D${name}`;
  const watched = (what: string, path: string, name: string): Deed[] => [
    { what: `get ${what}`, method: 'GET', path: `${path}/${name}` },
    { what: `list ${what} by name`, method: 'GET', path: byName(path, name) },
    { what: `watch ${what} by name`, method: 'GET', path: `${byName(path, name)}&watch=1&timeoutSeconds=1` },
  ];
  const status = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: names.status, namespace }, data: { step: '0' } };
  return [
    ...watched('route', routes, names.route),
    {
      what: 'move the weights',
      method: 'PATCH',
      path: `${routes}/${names.route}`,
      type: JSON_PATCH,
      body: [
        { op: 'test', path: '/spec/rules/0/backendRefs/1/name', value: names.candidate },
        { op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: 95 },
        { op: 'replace', path: '/spec/rules/0/backendRefs/1/weight', value: 5 },
      ],
    },
    ...[names.stable, names.candidate].flatMap((name): Deed[] => [
      ...watched(`Deployment ${name}`, `${apps}/deployments`, name),
      { what: `read the scale of ${name}`, method: 'GET', path: `${apps}/deployments/${name}/scale` },
      { what: `scale ${name}`, method: 'PATCH', path: `${apps}/deployments/${name}/scale`, type: MERGE, body: { spec: { replicas: 3 } } },
    ]),
    ...watched('smoke Job', `${batch}/jobs`, names.smoke),
    ...watched('plan', `${core}/configmaps`, names.plan),
    ...watched('approvals', `${core}/configmaps`, names.approvals),
    ...watched('operator commands', `${core}/configmaps`, names.operator),
    {
      what: 'create its status, once',
      method: 'PATCH',
      path: `${core}/configmaps/${names.status}?fieldManager=tidegate-runner`,
      type: APPLY,
      body: { ...status, metadata: { ...status.metadata, resourceVersion: '1' } },
    },
    { what: 'write its status', method: 'PATCH', path: `${core}/configmaps/${names.status}`, type: MERGE, body: { data: { step: '1' } } },
    ...watched('its status', `${core}/configmaps`, names.status),
    {
      what: 'write an Event',
      method: 'POST',
      path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { generateName: 'store-', namespace },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'tidegate.dev/runner',
        reportingInstance: names.runner,
        action: 'SetWeight',
        reason: 'SetWeight',
        type: 'Normal',
        note: '5 % of requests go to the candidate',
        regarding: { kind: 'HTTPRoute', namespace, name: names.route },
      },
    },
  ];
}

function forbidden({ core, apps, batch, rbac, routes, namespace }: Paths): Deed[] {
  const get = (path: string): Deed => ({ what: `get ${path}`, method: 'GET', path });
  const post = (path: string, body: unknown = {}): Deed => ({ what: `create in ${path}`, method: 'POST', path, body });
  const patch = (path: string, body: unknown = {}): Deed => ({ what: `patch ${path}`, method: 'PATCH', path, type: MERGE, body });
  const put = (path: string): Deed => ({ what: `replace ${path}`, method: 'PUT', path, body: {} });
  const remove = (path: string): Deed => ({ what: `delete ${path}`, method: 'DELETE', path });
  const apply = (path: string, body: unknown): Deed => ({
    what: `apply ${path}`,
    method: 'PATCH',
    path: `${path}?fieldManager=x`,
    type: APPLY,
    body,
  });
  const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: {} });

  const deployments = [names.stable, names.candidate, names.runner, 'other'].map((name) => `${apps}/deployments/${name}`);
  const named = [
    ...deployments,
    `${batch}/jobs/${names.smoke}`,
    `${routes}/${names.route}`,
    ...[names.plan, names.status, names.approvals, names.operator, 'other'].map((name) => `${core}/configmaps/${name}`),
    `${core}/services/store`,
    `${core}/secrets/any`,
    `${rbac}/roles/${names.runner}`,
    `${rbac}/rolebindings/${names.runner}`,
  ];
  return [
    // Workloads: neither made nor altered.
    ...['pods', 'configmaps', 'services', 'secrets', 'serviceaccounts'].map((resource) => post(`${core}/${resource}`)),
    ...[`${apps}/deployments`, `${apps}/replicasets`, `${apps}/daemonsets`, `${batch}/jobs`, `${batch}/cronjobs`, routes].map((path) =>
      post(path),
    ),
    ...deployments.map((path) => patch(path, { spec: { template: { spec: { containers: [{ name: 'store', image: 'evil' }] } } } })),
    ...[names.stable, names.candidate].map((name) => patch(`${apps}/deployments/${name}/status`)),
    patch(`${batch}/jobs/${names.smoke}`, { spec: { suspend: true } }),
    patch(`${batch}/jobs/${names.smoke}/status`),
    post(`${core}/pods/any/exec?command=sh`),
    post(`${core}/pods/any/eviction`),
    // Other people's things.
    patch(`${routes}/other`),
    patch(`${apps}/deployments/other/scale`, { spec: { replicas: 0 } }),
    patch(`${apps}/deployments/${names.runner}/scale`, { spec: { replicas: 2 } }),
    get(`${apps}/deployments/other`),
    get(`${routes}/other`),
    get(`${core}/configmaps/other`),
    apply(`${core}/configmaps/other`, configMap('other')),
    patch(`${core}/services/store`, { spec: { selector: { evil: 'true' } } }),
    // What it reads as instruction it may not write.
    ...[names.plan, names.approvals, names.operator].flatMap((name) => [
      patch(`${core}/configmaps/${name}`, { data: {} }),
      apply(`${core}/configmaps/${name}`, configMap(name)),
    ]),
    // Nothing by list, no secrets, no pods.
    ...['configmaps', 'secrets', 'pods', 'services', 'serviceaccounts', 'endpoints'].map((resource) => get(`${core}/${resource}`)),
    ...[`${apps}/deployments`, `${batch}/jobs`, routes, `${rbac}/roles`].map(get),
    get(`${core}/secrets/any`),
    get(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`),
    get('/api/v1/namespaces'),
    get('/api/v1/nodes'),
    get('/api/v1/namespaces/kube-system/configmaps'),
    // No way up.
    patch(`${rbac}/roles/${names.runner}`, { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
    patch(`${rbac}/rolebindings/${names.runner}`),
    post(`${rbac}/roles`),
    post(`${rbac}/rolebindings`),
    post(`${core}/serviceaccounts/${names.runner}/token`),
    post(`${core}/serviceaccounts/default/token`),
    // Nothing is replaced whole or deleted.
    ...named.flatMap((path) => [put(path), remove(path)]),
    ...[`${core}/configmaps`, `${apps}/deployments`, `${batch}/jobs`, routes].map(remove),
  ];
}
