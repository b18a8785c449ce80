import { describe, expect, test } from 'vitest';
import type { ResolvedTraffic } from '../../lib/intent/resolved.ts';
import type { RouterName } from '../../lib/intent/traffic.ts';
import type { RouteInstructions } from '../../lib/plan/plan.ts';
import { type Destinations, ROUTERS } from '../../lib/routers/index.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { web, withTraffic } from '../engines/fixtures.ts';
import { numbersNamed, patched, type Replacement, valueAt, WEIGHTED, weightedSplits } from './pointers.ts';

const flight: Destinations = {
  stable: 'web-aaaaaaaa',
  candidate: 'web-bbbbbbbb',
  revisions: ['web-aaaaaaaa', 'web-bbbbbbbb', 'web-cccccccc'],
  roles: null,
  labels: { team: 'shop' },
};
const rest: Destinations = { ...flight, candidate: null, revisions: ['web-aaaaaaaa'] };

const route = (router: RouterName, traffic: Partial<ResolvedTraffic> = {}, destinations = flight): KubeObject => {
  const [object] = ROUTERS[router].render(withTraffic({ router, ...traffic }), destinations);
  if (!object) throw new Error('no route');
  return object;
};

describe.each(WEIGHTED)('%s', (router) => {
  const instructions = ROUTERS[router].instructions(withTraffic({ router }), { stable: 'web-aaaaaaaa', candidate: 'web-bbbbbbbb' });

  test('names itself and its object', () => {
    const { apiVersion, kind, metadata } = route(router);
    expect(ROUTERS[router].name).toBe(router);
    expect({ router, apiVersion, kind, name: metadata.name }).toEqual({
      router: instructions.router,
      apiVersion: instructions.apiVersion,
      kind: instructions.kind,
      name: instructions.name,
    });
    expect(instructions.resource).toBe(`${kind.toLowerCase()}s`);
    expect(metadata).toEqual({ name: 'web', namespace: 'shop', labels: { team: 'shop' } });
  });

  test('sends everything to stable, and says both weights', () => {
    expect(weights(route(router), instructions)).toEqual([100, 0]);
    expect(numbersNamed(route(router), 'weight')).toEqual([100, 0]);
    expect(numbersNamed(route(router, {}, rest), 'weight')).toEqual([100]);
  });

  test('tells the runner exactly where to write: only the weights change', () => {
    const moved = move(route(router), instructions, 80, 20);
    expect(weights(moved, instructions)).toEqual([80, 20]);
    expect(move(moved, instructions, 100, 0)).toEqual(route(router));
  });

  test('refuses the change of a route that leads elsewhere', () => {
    expect(() => move(route(router, {}, { ...flight, candidate: 'web-cccccccc' }), instructions, 80, 20)).toThrow(/test failed/);
    expect(() => move(route(router, {}, rest), instructions, 80, 20)).toThrow(/test failed/);
  });

  test.each<[string, Partial<ResolvedTraffic>, string]>([
    ['requests that it cannot see', { port: { ...web.traffic.port, appProtocol: 'tcp' } }, 'ports.http.appProtocol'],
    ['a gateway that nobody named', { gateways: [] }, 'traffic.gateways'],
    ['a host that nobody named', { hosts: [] }, 'traffic.hosts'],
  ])('cannot serve %s', (_, traffic, path) => {
    expect(check(router, traffic)).toEqual([path]);
  });

  test('asks for neither hosts nor gateways where the mesh alone calls', () => {
    expect(check(router, { callers: 'mesh', hosts: [], gateways: [] })).toEqual([]);
  });
});

describe('istio', () => {
  const http = (traffic: Partial<ResolvedTraffic> = {}) => (route('istio', traffic).spec as { http: unknown[] }).http;

  test('writes a VirtualService whose destinations are the revisions', () => {
    expect(route('istio')).toEqual({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'web', namespace: 'shop', labels: { team: 'shop' } },
      spec: {
        hosts: ['web.example.com', 'web.shop.svc.cluster.local'],
        gateways: ['istio-ingress/public', 'mesh'],
        http: [
          {
            name: 'primary',
            route: [
              { destination: { host: 'web-aaaaaaaa.shop.svc.cluster.local', port: { number: 80 } }, weight: 100 },
              { destination: { host: 'web-bbbbbbbb.shop.svc.cluster.local', port: { number: 80 } }, weight: 0 },
            ],
            timeout: '15s',
            retries: { attempts: 0 },
          },
        ],
      },
    });
  });

  test.each<[ResolvedTraffic['callers'], string[], string[]]>([
    ['gateway', ['web.example.com'], ['istio-ingress/public']],
    ['mesh', ['web.shop.svc.cluster.local'], ['mesh']],
    ['both', ['web.example.com', 'web.shop.svc.cluster.local'], ['istio-ingress/public', 'mesh']],
  ])('serves callers: %s', (callers, hosts, gateways) => {
    expect(route('istio', { callers }).spec).toMatchObject({ hosts, gateways });
  });

  test('leaves hosts and gateways to the root where it is a delegate', () => {
    expect(Object.keys(route('istio', { attach: 'delegate' }).spec as object)).toEqual(['http']);
    expect(check('istio', { attach: 'delegate' })).toEqual(['traffic.hosts', 'traffic.gateways']);
    expect(check('istio', { attach: 'delegate', hosts: [], gateways: [] })).toEqual([]);
  });

  test('takes paths by element, as Gateway API does', () => {
    expect(http({ attach: 'shared', paths: ['/api', '/v2/'] })).toMatchObject([
      { match: [{ uri: { exact: '/api' } }, { uri: { prefix: '/api/' } }, { uri: { exact: '/v2' } }, { uri: { prefix: '/v2/' } }] },
    ]);
    expect(http()[0]).not.toHaveProperty('match');
  });

  test('retries as the intent says', () => {
    const retries = { attempts: 2, perTrySeconds: 3, on: 'connect-failure' };
    expect(http({ retries })).toMatchObject([{ retries: { attempts: 2, perTryTimeout: '3s', retryOn: 'connect-failure' } }]);
    expect(http({ retries: { ...retries, perTrySeconds: null } })).toMatchObject([
      { retries: { attempts: 2, retryOn: 'connect-failure' } },
    ]);
  });

  test('limits connections per revision, of every revision that Git carries', () => {
    const connectionPool = {
      maxConnections: 100,
      connectTimeoutSeconds: 1,
      maxPendingRequests: 50,
      maxRequests: null,
      maxRequestsPerConnection: null,
    };
    const outlierDetection = { consecutive5xx: 5, everySeconds: 10, ejectForSeconds: 30, maxEjectedPercent: 50 };
    const [, ...rules] = ROUTERS.istio.render(withTraffic({ connectionPool, outlierDetection }), flight);
    expect(rules.map(({ metadata }) => metadata.name)).toEqual(flight.revisions);
    expect(rules[2]).toEqual({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: {
        name: 'web-cccccccc',
        namespace: 'shop',
        labels: { team: 'shop', 'tidegate.dev/revision': 'web-cccccccc' },
        annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' },
      },
      spec: {
        host: 'web-cccccccc.shop.svc.cluster.local',
        trafficPolicy: {
          connectionPool: { tcp: { maxConnections: 100, connectTimeout: '1s' }, http: { http1MaxPendingRequests: 50 } },
          outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s', maxEjectionPercent: 50 },
        },
      },
    });
  });

  test('cannot bind to a listener, nor share a host inside the mesh', () => {
    expect(check('istio', { gateways: [{ namespace: 'a', name: 'b', listener: 'https' }] })).toEqual(['traffic.gateways[0]']);
    expect(check('istio', { attach: 'shared', callers: 'both' })).toEqual(['traffic.attach']);
    expect(check('istio', { attach: 'shared', callers: 'gateway', paths: ['/'] })).toEqual(['traffic.paths']);
    expect(check('istio', { attach: 'shared', callers: 'gateway', paths: ['/api'] })).toEqual([]);
  });
});

describe('gateway-api', () => {
  test('writes an HTTPRoute with every default spelled out', () => {
    const gateways = [{ namespace: 'infra', name: 'public', listener: 'https' }];
    expect(route('gateway-api', { gateways, paths: ['/', '/api'] })).toEqual({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'web', namespace: 'shop', labels: { team: 'shop' } },
      spec: {
        parentRefs: [
          { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'infra', name: 'public', sectionName: 'https' },
          { group: '', kind: 'Service', namespace: 'shop', name: 'web', port: 80 },
        ],
        hostnames: ['web.example.com'],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }, { path: { type: 'PathPrefix', value: '/api' } }],
            backendRefs: [
              { group: '', kind: 'Service', name: 'web-aaaaaaaa', port: 80, weight: 100 },
              { group: '', kind: 'Service', name: 'web-bbbbbbbb', port: 80, weight: 0 },
            ],
            timeouts: { request: '15s' },
          },
        ],
      },
    });
  });

  test.each<[ResolvedTraffic['callers'], string[], boolean]>([
    ['gateway', ['Gateway'], true],
    ['mesh', ['Service'], false],
    ['both', ['Gateway', 'Service'], true],
  ])('serves callers: %s', (callers, kinds, hosts) => {
    const spec = route('gateway-api', { callers }).spec as { parentRefs: { kind: string }[]; hostnames?: string[] };
    expect(spec.parentRefs.map(({ kind }) => kind)).toEqual(kinds);
    expect('hostnames' in spec).toBe(hosts);
  });

  test('says what it cannot do', () => {
    expect(
      check('gateway-api', {
        attach: 'delegate',
        retries: { attempts: 1, perTrySeconds: null, on: '5xx' },
        connectionPool: {
          maxConnections: 1,
          connectTimeoutSeconds: null,
          maxPendingRequests: null,
          maxRequests: null,
          maxRequestsPerConnection: null,
        },
        outlierDetection: { consecutive5xx: 5, everySeconds: 10, ejectForSeconds: 30, maxEjectedPercent: 50 },
      }),
    ).toEqual(['traffic.retries', 'traffic.connectionPool', 'traffic.outlierDetection', 'traffic.attach']);
  });
});

function check(router: RouterName, traffic: Partial<ResolvedTraffic>): string[] {
  const problems = ROUTERS[router].check(withTraffic({ router, ...traffic }));
  for (const { message, help } of problems) expect([message.length > 10, help.length > 10]).toEqual([true, true]);
  return problems.map(({ path }) => path);
}

/** What the API server makes of the runner's JSON patch: the tests of all destinations, then the weights. */
function move(object: KubeObject, instructions: RouteInstructions, stable: number, candidate: number): KubeObject {
  const splits = weightedSplits(instructions);
  const backends = splits.flatMap((split) => [split.stable, split.candidate]);
  for (const { destination } of backends)
    if (valueAt(object, destination.path) !== destination.value) throw new Error(`test failed: ${destination.path}`);
  return patched(
    object,
    splits.flatMap((split): Replacement[] => [
      [split.stable.weight, stable],
      [split.candidate.weight, candidate],
    ]),
  );
}

function weights(object: KubeObject, instructions: RouteInstructions): unknown[] {
  return weightedSplits(instructions).flatMap(({ stable, candidate }) => [
    valueAt(object, stable.weight),
    valueAt(object, candidate.weight),
  ]);
}
