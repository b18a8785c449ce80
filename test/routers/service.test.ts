import { describe, expect, test } from 'vitest';
import type { ResolvedStrategyStep, ResolvedTraffic } from '../../lib/intent/resolved.ts';
import { ROUTERS } from '../../lib/routers/index.ts';
import { Draft } from '../../lib/runner/draft.ts';
import { toStable } from '../../lib/runner/retreat.ts';
import { routePatch, viewRoute } from '../../lib/runner/route.ts';
import { newStatus } from '../../lib/runner/status.ts';
import type { World } from '../../lib/runner/world.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { jsonPatch } from '../../lib/sim/api/patch.ts';
import { atRest, behindService, find, freeze, inFlight, next, render, withTraffic, withWorkload } from '../engines/fixtures.ts';

const flight = inFlight(behindService);
const { stable: before, candidate, route } = flight.inFlight.plan;
const web = (objects: readonly KubeObject[]): KubeObject => find(objects, 'Service', 'web');
const live: KubeObject = {
  ...web(render(flight)),
  metadata: { ...web(render(flight)).metadata, resourceVersion: '42' } as KubeObject['metadata'],
};
const moved = (object: KubeObject, weight: number) =>
  jsonPatch(object, routePatch(route, '42', { weight, routes: {} })) as KubeObject | null;

describe('a Service as the route', () => {
  test('selects stable in Git, at rest and in flight, and names the candidate in flight alone', () => {
    expect(
      [web(render(atRest(behindService))), web(render(flight))].map(({ spec, metadata }) => [spec, metadata.annotations]),
    ).toMatchObject([
      [{ selector: { 'tidegate.dev/revision': before.revision } }, { 'tidegate.dev/router': 'service' }],
      [
        { selector: { 'tidegate.dev/revision': before.revision } },
        { 'tidegate.dev/router': 'service', 'tidegate.dev/candidate': candidate.revision },
      ],
    ]);
  });

  test('is the only one of its name, and the preview has its own', () => {
    const services = render(flight).filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata }) => metadata.name).sort()).toEqual(
      ['web', 'web-stable', 'web-canary', before.service, candidate.service].sort(),
    );
    expect(find(services, 'Service', 'web-canary').spec).toMatchObject({ selector: { 'tidegate.dev/revision': candidate.revision } });
  });

  test('is switched, and switched back, by one write that changes nothing else', () => {
    const switched = moved(live, 100);
    expect(switched).toEqual({
      ...live,
      spec: { ...(live.spec as object), selector: { 'tidegate.dev/release': 'web', 'tidegate.dev/revision': candidate.revision } },
    });
    expect([viewRoute(live, route).level.weight, viewRoute(switched, route).level.weight]).toEqual([0, 100]);
    expect(switched && moved(switched, 0)).toEqual(live);
  });

  test('is left alone by the runner of another plan', () => {
    const other = { ...live, metadata: { ...live.metadata, annotations: { 'tidegate.dev/candidate': 'web-cccccccc' } } };
    expect(moved(other, 100)).toBeNull();
    expect(viewRoute(other, route)).toMatchObject({ foreign: null, unmarked: expect.stringContaining('"web-cccccccc"') });
  });

  test('goes back to stable when somebody has taken the mark away', () => {
    const { annotations: _, ...metadata } = live.metadata;
    const stripped = { ...(moved(live, 100) ?? live), metadata };
    expect(viewRoute(stripped, route)).toMatchObject({
      level: { weight: 100 },
      foreign: null,
      unmarked: expect.stringContaining('missing'),
    });
    expect(moved(stripped, 0)).toEqual({ ...live, metadata });
    expect(moved(stripped, 100)).toBeNull();
  });

  test.each([
    ['Progressing', false, 1],
    ['Promoted', true, 0],
    ['Held', true, 0],
  ] as const)(
    'without its mark it is taken back while Git cannot have recorded the release: %s, promoted %s',
    (phase, promoted, writes) => {
      const { annotations: _, ...metadata } = live.metadata;
      const draft = new Draft({ ...newStatus({ plan: 'a', planUid: 'u', at: 0, generation: 1 }), phase, promoted }, 0);
      toStable(draft, { route: viewRoute({ ...(moved(live, 100) ?? live), metadata }, route) } as World);
      expect(draft.urgent).toHaveLength(writes);
    },
  );

  test.each([
    ['another revision', { 'tidegate.dev/release': 'web', 'tidegate.dev/revision': 'web-cccccccc' }],
    ['every revision', { 'tidegate.dev/release': 'web' }],
  ])('is not the plan’s while it selects %s', (_, selector) => {
    expect(viewRoute({ ...live, spec: { ...(live.spec as object), selector } }, route).foreign).not.toBeNull();
  });

  test('gives the runner rights on that one Service', () => {
    const [rule] = find(render(flight), 'Role', 'web-runner').rules as object[];
    expect(rule).toEqual({ apiGroups: [''], resources: ['services'], resourceNames: ['web'], verbs: ['get', 'list', 'watch', 'patch'] });
  });

  test('needs every port under one name on both revisions', () => {
    const [http] = behindService.workload.ports;
    if (!http) throw new Error('no port');
    const grpc = { ...http, name: 'grpc', container: 9090, service: 9090 };
    const inFlight = (before: readonly (typeof http)[], after: readonly (typeof http)[]) => ({
      ...flight,
      stable: freeze(withWorkload({ ports: before }, behindService)),
      inFlight: { ...flight.inFlight, candidate: freeze(withWorkload({ ports: after }, next(behindService))) },
    });
    expect(() => render(inFlight([http], [{ ...http, name: 'api' }]))).toThrow(
      "the port named 'http' of whichever pods it selects, and the candidate names it 'api'",
    );
    expect(() => render(inFlight([http, grpc], [http, { ...grpc, name: 'rpc' }]))).toThrow("from 9090 to the port named 'grpc'");
    expect(() => render(inFlight([http, grpc], [http]))).not.toThrow();
  });

  test('cannot take over what Tidegate did not make', () => {
    const old = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { app: 'old' }, ports: [{ port: 80 }] },
    };
    const outside = { external: true, deployment: 'web', image: 'registry.example.com/web:1', objects: { service: old } } as const;
    expect(() => render(atRest(behindService, outside))).toThrow('no selector moves requests');
  });
});

describe('what a Service cannot do', () => {
  const refused = (traffic: Partial<ResolvedTraffic>) => ROUTERS.service.check(withTraffic(traffic, behindService)).map(({ path }) => path);

  test('is nothing where the strategy is blue-green', () => {
    expect(refused({})).toEqual([]);
    expect(refused({ callers: 'mesh' })).toEqual([]);
  });

  test.each<[Partial<ResolvedTraffic>, string]>([
    [{ hosts: ['web.example.com'] }, 'traffic.hosts'],
    [{ gateways: [{ namespace: 'a', name: 'b', listener: null }] }, 'traffic.gateways'],
    [{ attach: 'shared' }, 'traffic.attach'],
    [{ paths: ['/api'] }, 'traffic.paths'],
    [{ timeoutSeconds: 5 }, 'traffic.timeout'],
    [{ retries: { attempts: 1, perTrySeconds: null, on: '5xx' } }, 'traffic.retries'],
    [{ outlierDetection: { consecutive5xx: 5, everySeconds: 10, ejectForSeconds: 30, maxEjectedPercent: 50 } }, 'traffic.outlierDetection'],
  ])('%j', (traffic, path) => {
    expect(refused(traffic)).toEqual([path]);
  });

  test('is a share, a header and a copy: a canary is refused, and told what to use', () => {
    const steps: ResolvedStrategyStep[] = [
      { headerRoute: { name: 'testers', headers: { 'x-canary': 'always' } } },
      { mirror: { name: 'shadow', percent: 10 } },
      { weight: 5 },
      { weight: 100 },
    ];
    expect(ROUTERS.service.check({ ...behindService, strategy: { kind: 'canary', steps } })).toEqual([
      {
        path: 'strategy',
        message:
          "a Service selects one revision, so it can give the candidate everything or nothing, and not header route 'testers', mirror 'shadow', weight 5.",
        help: "Use a blueGreen strategy, or router: 'istio' or 'gateway-api'.",
      },
    ]);
  });
});
