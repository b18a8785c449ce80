import type { ResolvedIntent, ResolvedTraffic } from '../intent/resolved.ts';
import { PRUNE_LAST, REVISION_LABEL } from '../lock/labels.ts';
import type { RouteInstructions } from '../plan/plan.ts';
import { given } from '../schema/given.ts';
import type { KubeObject } from '../schema/index.ts';
import { checkCallers, clusterHost, servesGateways, servesMesh } from './callers.ts';
import { headerRoutes, mirrorName, rulesOf } from './exposure-routes.ts';
import type { Destinations, Router, RouterProblem } from './router.ts';

const API_VERSION = 'networking.istio.io/v1';
/** Every caller inside the mesh, in Istio's words. */
const MESH = 'mesh';
/**
 * Istio's words for parts of a request: as names of headers it ignores them, and a rule without a header takes everybody.
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest
 */
const IGNORED_HEADERS: readonly string[] = ['uri', 'scheme', 'method', 'authority'];

/**
 * Istio: a VirtualService that splits between the revisions' Services, and a DestinationRule per revision where
 * connections are limited. Hosts instead of subsets: a route never names a subset that is not there yet.
 */
export const istio: Router = {
  name: 'istio',
  check,
  render: (intent, destinations) => [virtualService(intent, destinations), ...destinationRules(intent, destinations)],
  instructions,
};

function check(intent: ResolvedIntent): readonly RouterProblem[] {
  const { traffic } = intent;
  const problems = checkCallers(traffic);
  traffic.gateways.forEach(({ namespace, name, listener }, index) => {
    if (listener !== null)
      problems.push({
        path: `traffic.gateways[${index}]`,
        message: `an Istio route binds to a Gateway, not to its listener '${listener}'.`,
        help: `Write '${namespace}/${name}'.`,
      });
  });
  if (traffic.attach === 'shared' && servesMesh(traffic))
    problems.push({
      path: 'traffic.attach',
      message: `Istio joins several VirtualServices of one host at gateways only, and the callers are '${traffic.callers}'.`,
      help: "Use attach: 'delegate' with one root VirtualService, or callers: 'gateway'.",
    });
  else if (traffic.attach === 'shared' && traffic.paths.includes('/'))
    problems.push({
      path: 'traffic.paths',
      message: "Istio takes the routes of one host in no order that is promised, so '/' may take the requests of all the others.",
      help: "Name the paths of this release, or use attach: 'delegate' below one root VirtualService that has an order.",
    });
  if (traffic.attach === 'delegate')
    for (const part of ['hosts', 'gateways'] as const)
      if (traffic[part].length > 0)
        problems.push({
          path: `traffic.${part}`,
          message: `a delegate has no ${part}: those of the root VirtualService hold.`,
          help: `Remove traffic.${part}, or use attach: 'own'.`,
        });
  const ignored = headerRoutes(intent).flatMap(({ headers }) => Object.keys(headers).filter((name) => IGNORED_HEADERS.includes(name)));
  for (const name of new Set(ignored))
    problems.push({
      path: 'strategy',
      message: `Istio ignores a header named '${name}', so every request would reach the candidate.`,
      help: "Tell requests apart by another header, such as 'x-canary'.",
    });
  return problems;
}

function virtualService(intent: ResolvedIntent, { stable, candidate, labels }: Destinations): KubeObject {
  const { release, namespace, traffic } = intent;
  const paths = traffic.paths.includes('/') ? [] : traffic.paths.flatMap(matchPath);
  const split = () => ({
    route: [
      { destination: destination(intent, stable), weight: 100 },
      ...(candidate === null ? [] : [{ destination: destination(intent, candidate), weight: 0 }]),
    ],
    timeout: `${traffic.timeoutSeconds}s`,
    retries: retries(traffic),
  });
  const headerRules = (candidate === null ? [] : headerRoutes(intent)).map(({ name, headers }) => ({
    name: `headers-${name}`,
    match: (paths.length > 0 ? paths : [{}]).map((path) => ({ ...path, headers: exactly(headers) })),
    ...split(),
  }));
  const primary = {
    name: 'primary',
    ...(paths.length > 0 ? { match: paths } : {}),
    ...split(),
    ...(candidate === null || mirrorName(intent) === null
      ? {}
      : { mirror: destination(intent, candidate), mirrorPercentage: { value: 0 } }), // left out, Istio copies everything
  };
  return {
    apiVersion: API_VERSION,
    kind: 'VirtualService',
    metadata: { name: release, namespace, labels },
    spec: { ...(traffic.attach === 'delegate' ? {} : reach(intent)), http: [...headerRules, primary] },
  };
}

/** Who is routed: a delegate says neither, since the root VirtualService does. */
function reach({ release, namespace, traffic }: ResolvedIntent): { hosts: string[]; gateways: string[] } {
  const outside = servesGateways(traffic);
  const inside = servesMesh(traffic);
  return {
    hosts: [...(outside ? traffic.hosts : []), ...(inside ? [clusterHost(release, namespace)] : [])],
    gateways: [...(outside ? traffic.gateways.map((gateway) => `${gateway.namespace}/${gateway.name}`) : []), ...(inside ? [MESH] : [])],
  };
}

/** By path element, as Gateway API does it: `/api` takes `/api` and `/api/x`, not `/apiary`. */
function matchPath(path: string): object[] {
  const bare = path.replace(/\/+$/, '');
  return [{ uri: { exact: bare } }, { uri: { prefix: `${bare}/` } }];
}

const exactly = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, exact]) => [name, { exact }]));

const destination = ({ namespace, traffic }: ResolvedIntent, service: string) => ({
  host: clusterHost(service, namespace),
  port: { number: traffic.port.service },
});

/** Said even where there are none: Istio retries twice by itself, which hides a candidate's failed connections. */
function retries({ retries }: ResolvedTraffic): object {
  if (retries === null) return { attempts: 0 };
  const { attempts, perTrySeconds, on } = retries;
  return { attempts, ...(perTrySeconds === null ? {} : { perTryTimeout: `${perTrySeconds}s` }), retryOn: on };
}

/** Per revision, so that a pool exhausted by the candidate leaves stable's alone. Kept as long as the revision is. */
function destinationRules({ namespace, traffic }: ResolvedIntent, { revisions, labels }: Destinations): KubeObject[] {
  const { connectionPool, outlierDetection } = traffic;
  if (connectionPool === null && outlierDetection === null) return [];
  const trafficPolicy = {
    ...(connectionPool === null ? {} : { connectionPool: poolSettings(connectionPool) }),
    ...(outlierDetection === null ? {} : { outlierDetection: ejection(outlierDetection) }),
  };
  return revisions.map((service) => ({
    apiVersion: API_VERSION,
    kind: 'DestinationRule',
    metadata: { name: service, namespace, labels: { ...labels, [REVISION_LABEL]: service }, annotations: PRUNE_LAST },
    spec: { host: clusterHost(service, namespace), trafficPolicy },
  }));
}

function poolSettings(pool: NonNullable<ResolvedTraffic['connectionPool']>): object {
  const { connectTimeoutSeconds } = pool;
  const tcp = given({
    maxConnections: pool.maxConnections,
    connectTimeout: connectTimeoutSeconds === null ? null : `${connectTimeoutSeconds}s`,
  });
  const http = given({
    http1MaxPendingRequests: pool.maxPendingRequests,
    http2MaxRequests: pool.maxRequests,
    maxRequestsPerConnection: pool.maxRequestsPerConnection,
  });
  return { ...(Object.keys(tcp).length > 0 ? { tcp } : {}), ...(Object.keys(http).length > 0 ? { http } : {}) };
}

function ejection(detection: NonNullable<ResolvedTraffic['outlierDetection']>): object {
  return {
    consecutive5xxErrors: detection.consecutive5xx,
    interval: `${detection.everySeconds}s`,
    baseEjectionTime: `${detection.ejectForSeconds}s`,
    maxEjectionPercent: detection.maxEjectedPercent,
  };
}

function instructions(
  intent: ResolvedIntent,
  { stable, candidate }: { readonly stable: string; readonly candidate: string },
): RouteInstructions {
  const { release, namespace } = intent;
  const backend = (rule: number, index: number, service: string) => ({
    destination: { path: `/spec/http/${rule}/route/${index}/destination/host`, value: clusterHost(service, namespace) },
    weight: `/spec/http/${rule}/route/${index}/weight`,
  });
  return {
    router: 'istio',
    apiVersion: API_VERSION,
    kind: 'VirtualService',
    resource: 'virtualservices',
    name: release,
    ...rulesOf(
      intent,
      (rule) => ({ stable: backend(rule, 0, stable), candidate: backend(rule, 1, candidate) }),
      (rule) => ({
        destination: { path: `/spec/http/${rule}/mirror/host`, value: clusterHost(candidate, namespace) },
        percent: `/spec/http/${rule}/mirrorPercentage/value`,
      }),
    ),
    acceptance: 'none',
  };
}
