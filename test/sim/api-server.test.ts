import { describe, expect, test } from 'vitest';
import type { ApiRequest } from '../../lib/runner/index.ts';
import type { KubeObject } from '../../lib/sim/api/object.ts';
import { ApiServer } from '../../lib/sim/api/server.ts';
import { targetOf } from '../../lib/sim/api/target.ts';
import { Watches } from '../../lib/sim/api/watch.ts';
import { VirtualTime } from '../../lib/sim/virtual-time.ts';

const ROUTE = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web';
const STATUS = '/api/v1/namespaces/shop/configmaps/web-status';

const route = (weight: number): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web' },
  spec: { hostnames: ['web.example.com'], rules: [{ backendRefs: [{ name: 'web-a', weight }] }] },
});
const WEIGHT = '/spec/rules/0/backendRefs/0/weight';

function served() {
  const server = new ApiServer();
  server.apply(ROUTE, route(100), 'argocd');
  const version = () => server.at(ROUTE).metadata.resourceVersion;
  const patch = (body: unknown, kind: 'json-patch' | 'merge-patch' = 'json-patch', path = ROUTE) => {
    const request: ApiRequest = { method: 'PATCH', path: `${path}?fieldManager=runner`, contentType: `application/${kind}+json`, body };
    return server.handle(request);
  };
  const owners = (field: string) =>
    server
      .at(ROUTE)
      .metadata.managedFields.filter((entry: KubeObject) => entry.fieldsV1['f:spec']?.[`f:${field}`])
      .map((entry: KubeObject) => entry.manager);
  return { server, version, patch, owners };
}

describe('a JSON patch, as a real API server was seen to take it', () => {
  test.each<[string, (version: string) => unknown[], number]>([
    ['with the version that is there', (version) => [{ op: 'replace', path: '/metadata/resourceVersion', value: version }], 200],
    ['with an old version', () => [{ op: 'replace', path: '/metadata/resourceVersion', value: '7' }], 409],
    ['with a test that holds', () => [{ op: 'test', path: '/spec/rules/0/backendRefs/0/name', value: 'web-a' }], 200],
    ['with a test that fails', () => [{ op: 'test', path: '/spec/rules/0/backendRefs/0/name', value: 'web-b' }], 422],
    ['of a place that is not there', () => [{ op: 'replace', path: '/spec/rules/3/name', value: 'x' }], 422],
    ['that adds a key', () => [{ op: 'add', path: '/spec/rules/0/name', value: 'x' }], 200],
    ['that adds below what is not there', () => [{ op: 'add', path: '/spec/absent/name', value: 'x' }], 422],
  ])('%s', (_, operations, status) => {
    const { version, patch } = served();
    expect(patch(operations(version())).status).toBe(status);
  });

  test('changes nothing unless all of it holds', () => {
    const { server, patch } = served();
    const before = server.at(ROUTE);
    patch([
      { op: 'replace', path: WEIGHT, value: 5 },
      { op: 'test', path: '/spec/rules/0/backendRefs/0/name', value: 'web-b' },
    ]);
    expect(server.at(ROUTE)).toBe(before);
  });
});

describe('who manages a field', () => {
  test('a change makes its author the only manager of the whole list', () => {
    const { patch, owners } = served();
    patch([{ op: 'replace', path: WEIGHT, value: 5 }]);
    expect([owners('rules'), owners('hostnames')]).toEqual([['runner'], ['argocd']]);
  });

  test('an equal apply adds a manager and no generation', () => {
    const { server, owners } = served();
    server.apply(ROUTE, route(100), 'flux');
    expect([owners('rules'), server.at(ROUTE).metadata.generation]).toEqual([['argocd', 'flux'], 1]);
  });

  test('an apply that differs takes the field over', () => {
    const { server, owners, patch } = served();
    patch([{ op: 'replace', path: WEIGHT, value: 5 }]);
    server.apply(ROUTE, route(100), 'argocd');
    expect([owners('rules'), server.at(ROUTE).metadata.generation]).toEqual([['argocd'], 3]);
  });

  test('a status belongs to its controller and counts no generation', () => {
    const { server, owners, version } = served();
    const before = version();
    server.report(ROUTE, { parents: [] }, 'gateway');
    expect([owners('rules'), server.at(ROUTE).metadata.generation, version() === before]).toEqual([['argocd'], 1, false]);
  });

  test('a write that changes nothing leaves the version', () => {
    const { server, version } = served();
    const before = version();
    server.apply(ROUTE, route(100), 'argocd');
    expect(version()).toBe(before);
  });
});

describe('exclusive creation', () => {
  const create: ApiRequest = {
    method: 'PATCH',
    path: `${STATUS}?fieldManager=runner&force=true`,
    contentType: 'application/apply-patch+yaml',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-status', resourceVersion: '1' }, data: { a: '1' } },
  };

  test('succeeds once', () => {
    const { server } = served();
    expect([server.handle(create).status, server.handle(create).status]).toEqual([201, 409]);
  });

  test('a merge patch needs the object and its version', () => {
    const { server, patch } = served();
    expect(patch({ data: { a: '2' } }, 'merge-patch', STATUS).status).toBe(404);
    server.handle(create);
    expect(patch({ metadata: { resourceVersion: '7' }, data: { a: '2' } }, 'merge-patch', STATUS).status).toBe(409);
    const { resourceVersion } = server.at(STATUS).metadata;
    expect(patch({ metadata: { resourceVersion }, data: { b: '2' } }, 'merge-patch', STATUS).status).toBe(200);
    expect(server.at(STATUS).data).toEqual({ a: '1', b: '2' });
  });
});

describe('a list and a watch by name', () => {
  const list = `${ROUTE.replace('/web', '')}?fieldSelector=metadata.name=web`;

  async function watched(
    from: (server: ApiServer) => number,
    fault: 'none' | 'expired' | 'expired by line' | 'breaks' = 'none',
    seconds = 290,
  ) {
    const { server, patch } = served();
    const time = new VirtualTime();
    const watches = new Watches(server, time);
    server.changed = (change) => watches.deliver(change);
    const seen: string[] = [];
    watches.begin(
      targetOf(`${list}&watch=1&resourceVersion=${from(server)}&allowWatchBookmarks=true&timeoutSeconds=${seconds}`),
      { fault, after: 30_000, latency: () => 1 },
      {
        listens: () => true,
        line: (line) => seen.push((line as KubeObject).object.code ?? (line as KubeObject).type),
        ended: (answer) => seen.push(`ended ${answer?.status ?? ''}`.trim()),
        broke: () => seen.push('broke'),
      },
    );
    return { server, patch, time, seen };
  }

  test('a list holds the version from which to watch, and the object or nothing', () => {
    const { server, version } = served();
    expect(server.handle({ method: 'GET', path: list }).body).toMatchObject({
      kind: 'HTTPRouteList',
      metadata: { resourceVersion: version() },
      items: [{ metadata: { name: 'web' } }],
    });
    expect(server.handle({ method: 'GET', path: list.replace('=web', '=other') }).body).toMatchObject({ items: [] });
  });

  test('a list from an old cache is what was there then', () => {
    const { server, version, patch } = served();
    const before = version();
    patch([{ op: 'replace', path: WEIGHT, value: 5 }]);
    server.lag = () => 1;
    const { body } = server.handle({ method: 'GET', path: list });
    expect(body).toMatchObject({ metadata: { resourceVersion: before }, items: [{ metadata: { resourceVersion: before } }] });
  });

  test('a watch tells each change since its version, bookmarks, and ends in time', async () => {
    const { patch, time, seen, server } = await watched(({ version }) => version);
    patch([{ op: 'replace', path: WEIGHT, value: 5 }]);
    await time.run(70_000);
    server.delete(ROUTE);
    await time.run(300_000);
    expect(seen).toEqual(['MODIFIED', 'BOOKMARK', 'DELETED', 'BOOKMARK', 'BOOKMARK', 'BOOKMARK', 'ended']);
  });

  test('a watch without a version begins with what is there', async () => {
    const { time, seen } = await watched(() => 0);
    await time.run(10_000);
    expect(seen).toEqual(['ADDED']);
  });

  test.each([
    ['by its status', 'expired', ['ended 410']],
    ['by a line', 'expired by line', [410, 'ended']],
    ['not at all, and the connection breaks', 'breaks', ['broke']],
  ] as const)('a version that is too old is told %s', async (_, fault, expected) => {
    const { time, seen } = await watched(({ version }) => version, fault);
    await time.run(40_000);
    expect(seen).toEqual(expected);
  });

  test('compaction makes versions too old', async () => {
    const { time, seen } = await watched((server) => {
      const { version } = server;
      server.report(ROUTE, { a: 1 });
      server.compact();
      return version;
    });
    await time.run(1_000);
    expect(seen).toEqual(['ended 410']);
  });
});
