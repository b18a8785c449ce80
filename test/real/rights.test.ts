import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { applyAll, describeApi, type Finally, freshNamespace, installCrds, KINDS, type Kube } from './harness.ts';
import { routers } from './routers.ts';

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
  // A watch of each object takes a second, and there are many.
  describe.concurrent('side by side', () => {
    it.for(routers)('on $router does all that a release needs, with real requests', async (router, { onTestFinished }) => {
      const flight = await inFlight(kube, router, onTestFinished);
      for (const deed of needed(flight)) expect(await done(flight.runner, deed)).toMatchObject({ deed: deed.what, allowed: true });
    });

    it.for(routers)('on $router is denied everything else that would hurt, with real requests', async (router, { onTestFinished }) => {
      const flight = await inFlight(kube, router, onTestFinished);
      for (const deed of forbidden(flight)) {
        expect(await done(flight.runner, deed)).toMatchObject({ deed: deed.what, status: 403 });
        // The rights refused it, nothing else: an admin gets past them with the same request.
        const asAdmin = { ...deed, path: `${deed.path}${deed.path.includes('?') ? '&' : '?'}dryRun=All` };
        expect((await done(kube, asAdmin)).status, `${deed.what} as admin`).not.toBe(403);
      }
    });

    it.for(routers)('on $router cannot change what a Job runs that waits for it', async (router, { onTestFinished }) => {
      const { runner, batch, names } = await inFlight(kube, router, onTestFinished);
      const [name = 'no Job waits'] = names.waiting;
      for (const part of [{ image: 'registry.example.com/other:1' }, { args: ['other'] }, { env: [{ name: 'OTHER', value: '1' }] }]) {
        const body = { spec: { template: { spec: { containers: [{ name: 'smoke', ...part }] } } } };
        expect(await runner.send('PATCH', `${batch}/jobs/${name}`, body, 'application/strategic-merge-patch+json')).toMatchObject({
          status: 422,
          body: { message: expect.stringContaining('field is immutable') },
        });
      }
    });

    it.for(routers)('on $router has exactly the rules of its Role, says the API server', async (router, { onTestFinished }) => {
      const { runner, namespace, role } = await inFlight(kube, router, onTestFinished);
      const answer = await runner.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace },
      });
      const { status } = answer.body as { status: { resourceRules: Rule[] } };
      expect(rights(status.resourceRules).filter((right) => !everybody.test(right))).toEqual(rights(role.rules));
    });
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

/** A release in flight in a namespace of its own beside another one, and the client of its runner. */
async function inFlight(kube: Kube, { changes, group, resource }: (typeof routers)[number], atEnd: Finally) {
  await installCrds(kube, KINDS);
  const namespace = await freshNamespace(kube, { atEnd });
  const key = { ...KEY, namespace };
  const change = { ...changes, image: image('a') };
  const { lock } = compile(change, compile(changes, null, { key }).lock, { key });
  if (lock.inFlight === null) throw new Error('nothing is in flight');
  const { plan, hash, jobs } = lock.inFlight;
  const waiting = jobs.map((job): KubeObject => {
    const metadata = { ...job.metadata, name: `${job.metadata.name}-later` };
    return { ...job, metadata, spec: { ...(job.spec as object), suspend: true } };
  });
  const { objects } = compile(change, { ...lock, inFlight: { ...lock.inFlight, jobs: [...jobs, ...waiting] } }, { key });
  const named = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: {} });
  await applyAll(kube, [...objects, named('web-approvals'), named('web-operator')]);
  const names = {
    route: plan.route.name,
    stable: plan.stable.deployment,
    candidate: plan.candidate.deployment,
    jobs: jobs.map(({ metadata }) => metadata.name),
    waiting: waiting.map(({ metadata }) => metadata.name),
    plan: `web-plan-${hash}`,
    approvals: 'web-approvals',
    operator: 'web-operator',
    status: 'web-status',
    runner: 'web-runner',
  };
  const at = (path: string) => `${path}/namespaces/${namespace}`;
  return {
    namespace,
    names,
    plan,
    role: objects.find(({ kind }) => kind === 'Role') as unknown as { rules: Rule[] },
    runner: kube.as(await kube.token(namespace, names.runner)),
    core: at('/api/v1'),
    apps: at('/apis/apps/v1'),
    batch: at('/apis/batch/v1'),
    rbac: at('/apis/rbac.authorization.k8s.io/v1'),
    routes: `${at(`/apis/${group}/v1`)}/${resource}`,
  };
}

type Flight = Awaited<ReturnType<typeof inFlight>>;

/** Does it; allowed means that the deed itself succeeded. */
async function done(by: Kube, { what, method, path, body, type }: Deed) {
  const answer = await by.send(method, path, body, type);
  const { message } = (answer.body ?? {}) as { message?: unknown };
  return { deed: what, status: answer.status, allowed: answer.status < 300, message };
}

/** List and watch of one object by its name; the watch ends by itself. */
const follow = (path: string, name: string): Deed[] => {
  const all = `${path}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  return [
    { what: `list ${all}`, method: 'GET', path: all },
    { what: `watch ${all}`, method: 'GET', path: `${all}&watch=1&timeoutSeconds=1&allowWatchBookmarks=true` },
  ];
};

function needed({ core, apps, batch, routes, namespace, names, plan }: Flight): Deed[] {
  const get = (path: string): Deed => ({ what: `get ${path}`, method: 'GET', path });
  const read = (path: string, name: string): Deed[] => [get(`${path}/${name}`), ...follow(path, name)];
  const status = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: names.status, namespace }, data: { step: '0' } };
  return [
    ...read(routes, names.route),
    {
      what: 'move the weights',
      method: 'PATCH',
      path: `${routes}/${names.route}`,
      type: JSON_PATCH,
      body: plan.route.splits.flatMap(({ stable, candidate }) => [
        { op: 'test', path: stable.destination.path, value: stable.destination.value },
        { op: 'test', path: candidate.destination.path, value: candidate.destination.value },
        { op: 'replace', path: stable.weight, value: 95 },
        { op: 'replace', path: candidate.weight, value: 5 },
      ]),
    },
    ...[names.stable, names.candidate].flatMap((name): Deed[] => [
      ...read(`${apps}/deployments`, name),
      { what: `scale ${name}`, method: 'PATCH', path: `${apps}/deployments/${name}/scale`, type: MERGE, body: { spec: { replicas: 3 } } },
    ]),
    ...[...names.jobs, ...names.waiting].flatMap((name) => read(`${batch}/jobs`, name)),
    ...names.waiting.map(
      (name): Deed => ({
        what: `start ${name}`,
        method: 'PATCH',
        path: `${batch}/jobs/${name}`,
        type: MERGE,
        body: { spec: { suspend: false } },
      }),
    ),
    ...[names.plan, names.approvals, names.operator].flatMap((name) => read(`${core}/configmaps`, name)),
    {
      what: 'create its status, once',
      method: 'PATCH',
      path: `${core}/configmaps/${names.status}?fieldManager=tidegate-runner`,
      type: APPLY,
      body: { ...status, metadata: { ...status.metadata, resourceVersion: '1' } },
    },
    { what: 'write its status', method: 'PATCH', path: `${core}/configmaps/${names.status}`, type: MERGE, body: { data: { step: '1' } } },
    ...read(`${core}/configmaps`, names.status),
    {
      what: 'write an Event',
      method: 'POST',
      path: `${core}/events`,
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { generateName: 'web-', namespace },
        involvedObject: { apiVersion: plan.route.apiVersion, kind: plan.route.kind, namespace, name: names.route },
        reason: 'SetWeight',
        message: '5 % of requests go to the candidate',
        type: 'Normal',
      },
    },
  ];
}

function forbidden({ core, apps, batch, rbac, routes, namespace, names }: Flight): Deed[] {
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
    ...[...names.jobs, ...names.waiting].map((name) => `${batch}/jobs/${name}`),
    `${routes}/${names.route}`,
    ...[names.plan, names.status, names.approvals, names.operator, 'other'].map((name) => `${core}/configmaps/${name}`),
    `${core}/services/web`,
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
    ...deployments.map((path) => patch(path, { spec: { template: { spec: { containers: [{ name: 'web', image: 'other' }] } } } })),
    ...[names.stable, names.candidate].map((name) => patch(`${apps}/deployments/${name}/status`)),
    ...names.jobs.map((name) => patch(`${batch}/jobs/${name}`, { spec: { suspend: true } })),
    ...[...names.jobs, ...names.waiting].map((name) => patch(`${batch}/jobs/${name}/status`)),
    post(`${core}/pods/any/exec?command=sh`),
    post(`${core}/pods/any/eviction`),
    // Other people's things.
    patch(`${routes}/other`),
    patch(`${apps}/deployments/other/scale`, { spec: { replicas: 0 } }),
    patch(`${apps}/deployments/${names.runner}/scale`, { spec: { replicas: 2 } }),
    get(`${apps}/deployments/${names.candidate}/scale`),
    get(`${apps}/deployments/other`),
    get(`${routes}/other`),
    get(`${core}/configmaps/other`),
    apply(`${core}/configmaps/other`, configMap('other')),
    patch(`${core}/services/web`, { spec: { selector: { app: 'other' } } }),
    // What it reads as instruction it may not write.
    ...[names.plan, names.approvals, names.operator].flatMap((name) => [
      patch(`${core}/configmaps/${name}`, { data: {} }),
      apply(`${core}/configmaps/${name}`, configMap(name)),
    ]),
    // Nothing by a list of all, by another name or by a label; no secrets, no pods.
    ...[`${core}/configmaps`, `${apps}/deployments`, `${batch}/jobs`, routes].flatMap((path) => [
      ...follow(path, 'other'),
      { what: `watch ${path}`, method: 'GET', path: `${path}?watch=1&timeoutSeconds=1` } as const,
      get(`${path}?labelSelector=${encodeURIComponent('tidegate.dev/release=web')}`),
    ]),
    ...follow(`${core}/secrets`, 'any'),
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
