import type { RouteInstructions, Split } from '../../plan/plan.ts';
import type { KubeObject } from '../api/object.ts';

/** What a route has beside its weights. */
export interface RouteExtras {
  /** Name of its rule for requests with the header; null: it has none. */
  readonly header: string | null;
  readonly mirror: boolean;
}

/** Names of the Services. */
export interface Services {
  readonly stable: string;
  readonly candidate: string;
}

export interface RouteShape {
  /** Where the runner finds what it writes. */
  instructions(services: Services): RouteInstructions;
  /** As Git holds it: everything to stable. */
  atRest(services: Services): KubeObject;
}

/** The header route of plans that have one; requests without the header never take it. */
export const HEADER = { name: 'testers', headers: { 'x-tester': 'yes' } } as const;
export const MIRROR_NAME = 'shadow';

const httpRoute = (extras: RouteExtras): RouteShape => {
  const main = extras.header ? 1 : 0;
  const split = (rule: number, { stable, candidate }: Services): Split => {
    const backend = (index: number, value: string) => ({
      destination: { path: `/spec/rules/${rule}/backendRefs/${index}/name`, value },
      weight: `/spec/rules/${rule}/backendRefs/${index}/weight`,
    });
    return { stable: backend(0, stable), candidate: backend(1, candidate) };
  };
  const mirror = `/spec/rules/${main}/filters/0/requestMirror`;
  return {
    instructions: (services) => ({
      router: 'gateway-api',
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      resource: 'httproutes',
      name: 'web',
      splits: [split(main, services)],
      ...(extras.header ? { headers: [{ name: extras.header, splits: [split(0, services)] }] } : {}),
      ...(extras.mirror
        ? {
            mirrors: [
              {
                name: MIRROR_NAME,
                destination: { path: `${mirror}/backendRef/name`, value: services.candidate },
                percent: `${mirror}/percent`,
              },
            ],
          }
        : {}),
      acceptance: 'gateway-parents',
    }),
    atRest: ({ stable, candidate }) => {
      const backend = (name: string, weight: number) => ({ group: '', kind: 'Service', name, port: 80, weight });
      const backendRefs = [backend(stable, 100), backend(candidate, 0)];
      const path = { path: { type: 'PathPrefix', value: '/' } };
      const headers = Object.entries(HEADER.headers).map(([name, value]) => ({ type: 'Exact', name, value }));
      const requestMirror = { backendRef: { group: '', kind: 'Service', name: candidate, port: 80 }, percent: 0 };
      return {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'web', namespace: 'shop' },
        spec: {
          parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public', namespace: 'gateways' }],
          hostnames: ['web.example.com'],
          rules: [
            ...(extras.header ? [{ matches: [{ ...path, headers }], backendRefs }] : []),
            { matches: [path], ...(extras.mirror ? { filters: [{ type: 'RequestMirror', requestMirror }] } : {}), backendRefs },
          ],
        },
      };
    },
  };
};

const host = (service: string) => `${service}.shop.svc.cluster.local`;

const virtualService = (extras: RouteExtras): RouteShape => {
  const main = extras.header ? 1 : 0;
  const split = (rule: number, { stable, candidate }: Services): Split => {
    const backend = (index: number, service: string) => ({
      destination: { path: `/spec/http/${rule}/route/${index}/destination/host`, value: host(service) },
      weight: `/spec/http/${rule}/route/${index}/weight`,
    });
    return { stable: backend(0, stable), candidate: backend(1, candidate) };
  };
  const mirror = `/spec/http/${main}/mirrors/0`;
  return {
    instructions: (services) => ({
      router: 'istio',
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      resource: 'virtualservices',
      name: 'web',
      splits: [split(main, services)],
      ...(extras.header ? { headers: [{ name: extras.header, splits: [split(0, services)] }] } : {}),
      ...(extras.mirror
        ? {
            mirrors: [
              {
                name: MIRROR_NAME,
                destination: { path: `${mirror}/destination/host`, value: host(services.candidate) },
                percent: `${mirror}/percentage/value`,
              },
            ],
          }
        : {}),
      acceptance: 'none',
    }),
    atRest: ({ stable, candidate }) => {
      const destination = (service: string) => ({ host: host(service), port: { number: 80 } });
      const route = [
        { destination: destination(stable), weight: 100 },
        { destination: destination(candidate), weight: 0 },
      ];
      const headers = Object.fromEntries(Object.entries(HEADER.headers).map(([name, exact]) => [name, { exact }]));
      return {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'web', namespace: 'shop' },
        spec: {
          hosts: ['web.example.com'],
          gateways: ['gateways/public'],
          http: [
            ...(extras.header ? [{ name: extras.header, match: [{ headers }], route, retries: { attempts: 0 } }] : []),
            {
              name: 'primary',
              route,
              ...(extras.mirror ? { mirrors: [{ destination: destination(candidate), percentage: { value: 0 } }] } : {}),
              retries: { attempts: 0 },
            },
          ],
        },
      };
    },
  };
};

const SELECTED = 'tidegate.dev/revision';
const FLIES = 'tidegate.dev/candidate';
const pointer = (key: string) => key.replace('/', '~1');

/** A Service that selects the one or the other; it knows neither headers nor copies. */
const service = (): RouteShape => ({
  instructions: ({ stable, candidate }) => {
    const selected = (value: string) => ({ destination: { path: `/spec/selector/${pointer(SELECTED)}`, value } });
    return {
      router: 'service',
      apiVersion: 'v1',
      kind: 'Service',
      resource: 'services',
      name: 'web',
      splits: [{ stable: selected(stable), candidate: selected(candidate) }],
      tests: [{ path: `/metadata/annotations/${pointer(FLIES)}`, value: candidate }],
      acceptance: 'none',
    };
  },
  atRest: ({ stable, candidate }) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', annotations: { [FLIES]: candidate } },
    spec: { type: 'ClusterIP', selector: { 'tidegate.dev/release': 'web', [SELECTED]: stable }, ports: [{ port: 80 }] },
  }),
});

/** How each router's route looks. */
export const ROUTES = { 'gateway-api': httpRoute, istio: virtualService, service } as const;

/** What a route truly gives the candidate, in percent; read here on its own, and never by the runner's code. */
export interface Shares {
  /** Of requests of users without any header. */
  readonly users: number;
  /** Of requests with the header. */
  readonly header: number;
  /** Copies of requests. */
  readonly mirror: number;
}

export const NOTHING: Shares = { users: 0, header: 0, mirror: 0 };

export const exposedTo = ({ users, header, mirror }: Shares): boolean => users > 0 || header > 0 || mirror > 0;

/** By route: stored objects never change, and the same one is looked at again and again. */
const seen = new WeakMap<KubeObject, { readonly service: string; readonly shares: Shares }>();

/** @param service name of the revision's Service */
export function sharesOf(route: KubeObject | undefined, service: string): Shares {
  if (route === undefined) return NOTHING;
  const known = seen.get(route);
  if (known?.service === service) return known.shares;
  const shares = sharesIn(route, service);
  seen.set(route, { service, shares });
  return shares;
}

function sharesIn({ kind, spec }: KubeObject, service: string): Shares {
  if (kind === 'Service') return { ...NOTHING, users: spec.selector[SELECTED] === service ? 100 : 0 };
  let shares = NOTHING;
  for (const rule of spec.rules ?? spec.http ?? []) {
    const backends: readonly { readonly name: string; readonly weight: number }[] = (rule.backendRefs ?? rule.route).map(
      (backend: KubeObject) => ({
        name: backend.name ?? backend.destination.host.split('.')[0],
        weight: backend.weight ?? (kind === 'VirtualService' ? 0 : 1),
      }),
    );
    const total = backends.reduce((sum, { weight }) => sum + weight, 0);
    const own = backends.reduce((sum, { name, weight }) => sum + (name === service ? weight : 0), 0);
    const share = own === 0 || total === 0 ? 0 : (100 * own) / total;
    const headers = rule.match?.some((match: KubeObject) => match.headers) || rule.matches?.some((match: KubeObject) => match.headers);
    const copied = rule.filters?.[0]?.requestMirror ?? rule.mirrors?.[0];
    const mirrored = (copied?.backendRef?.name ?? copied?.destination?.host.split('.')[0]) === service;
    shares = {
      users: headers ? shares.users : Math.max(shares.users, share),
      header: headers ? Math.max(shares.header, share) : shares.header,
      mirror: mirrored ? (copied.percent ?? copied.percentage?.value ?? 100) : shares.mirror,
    };
  }
  return shares;
}

/** The route as somebody leaves it who sets the user's weights by hand; a Service knows all or nothing. */
export function movedTo(route: KubeObject, { stable, candidate: service }: Services, weight: number): KubeObject {
  const next = structuredClone(route);
  if (next.kind === 'Service') {
    next.spec.selector[SELECTED] = weight < 100 ? stable : service;
    return next;
  }
  for (const rule of next.spec.rules ?? next.spec.http) {
    if (rule.match?.[0]?.headers || rule.matches?.[0]?.headers) continue;
    for (const backend of rule.backendRefs ?? rule.route) {
      const name = backend.name ?? backend.destination.host.split('.')[0];
      backend.weight = name === service ? weight : 100 - weight;
    }
  }
  return next;
}

/** A Service that no plan knows, put into the route in stable's place by somebody. */
export const FOREIGN = 'web-bbbbbbbb';

const foreign = new WeakMap<KubeObject, boolean>();

/** Whether the route is not the one that any plan was made for: nobody may trust its weights, so nobody touches it. */
export function isForeign(route: KubeObject | undefined): boolean {
  if (route === undefined) return true;
  const known = foreign.get(route) ?? JSON.stringify(route.spec).includes(FOREIGN);
  foreign.set(route, known);
  return known;
}
