import type { ResolvedIntent, ResolvedTraffic } from '../intent/resolved.ts';
import type { RouteInstructions } from '../plan/plan.ts';
import { given } from '../schema/given.ts';
import type { KubeObject } from '../schema/index.ts';
import { checkCallers, servesGateways, servesMesh } from './callers.ts';
import { headerRoutes, mirrorName, rulesOf } from './exposure-routes.ts';
import type { Destinations, Router, RouterProblem } from './router.ts';

const GROUP = 'gateway.networking.k8s.io';
const API_VERSION = `${GROUP}/v1`;

/**
 * Gateway API: one HTTPRoute of standard fields only. What the API server would put in by itself is written out, so
 * that a GitOps tool, which knows no defaults of a CRD, sees no difference.
 */
export const gatewayApi: Router = {
  name: 'gateway-api',
  check,
  render: (intent, destinations) => [httpRoute(intent, destinations)],
  instructions,
};

/** Limits of one HTTPRoute. */
const [MOST_RULES, MOST_MATCHES, MOST_HEADERS] = [16, 128, 16];

function check(intent: ResolvedIntent): readonly RouterProblem[] {
  const { traffic } = intent;
  const problems = checkCallers(traffic);
  const unknown = (['retries', 'connectionPool', 'outlierDetection'] as const).filter((part) => traffic[part] !== null);
  for (const part of unknown)
    problems.push({
      path: `traffic.${part}`,
      message: `the standard HTTPRoute has no ${part}.`,
      help: `Remove traffic.${part} and set it in your gateway's own policy, or use router: 'istio'.`,
    });
  if (traffic.attach === 'delegate')
    problems.push({
      path: 'traffic.attach',
      message: "attach: 'delegate' is a VirtualService's; several HTTPRoutes of one host need no root.",
      help: "Use attach: 'shared' with the paths of this release.",
    });
  return [...problems, ...checkHeaderRoutes(intent)];
}

function checkHeaderRoutes(intent: ResolvedIntent): RouterProblem[] {
  const routes = headerRoutes(intent);
  const rules = routes.length + 1;
  const matches = rules * intent.traffic.paths.length;
  const headers = Math.max(0, ...routes.map((route) => Object.keys(route.headers).length));
  const least = (what: string) => `Use fewer ${what}.`;
  return [
    ...(rules > MOST_RULES
      ? [{ message: `${rules} rules are needed, an HTTPRoute has at most ${MOST_RULES}.`, help: least('header routes') }]
      : []),
    ...(routes.length > 0 && matches > MOST_MATCHES
      ? [{ message: `${matches} matches are needed, an HTTPRoute has at most ${MOST_MATCHES}.`, help: least('header routes or paths') }]
      : []),
    ...(headers > MOST_HEADERS
      ? [{ message: `a header route has ${headers} headers, an HTTPRoute matches at most ${MOST_HEADERS}.`, help: least('headers') }]
      : []),
  ].map((problem) => ({ path: 'strategy', ...problem }));
}

function httpRoute(intent: ResolvedIntent, { stable, candidate, labels }: Destinations): KubeObject {
  const { release, namespace, traffic } = intent;
  const service = (name: string) => ({ group: '', kind: 'Service', name, port: traffic.port.service });
  const paths = traffic.paths.map((value) => ({ path: { type: 'PathPrefix', value } }));
  const split = () => ({
    backendRefs: [{ ...service(stable), weight: 100 }, ...(candidate === null ? [] : [{ ...service(candidate), weight: 0 }])],
    timeouts: { request: `${traffic.timeoutSeconds}s` },
  });
  const headerRules = (candidate === null ? [] : headerRoutes(intent)).map(({ headers }) => ({
    matches: paths.map((path) => ({ ...path, headers: exactly(headers) })),
    ...split(),
  }));
  const copies =
    candidate === null || mirrorName(intent) === null
      ? []
      : [{ type: 'RequestMirror', requestMirror: { backendRef: service(candidate), percent: 0 } }]; // left out, all are copied
  return {
    apiVersion: API_VERSION,
    kind: 'HTTPRoute',
    metadata: { name: release, namespace, labels },
    spec: {
      parentRefs: parents(intent),
      ...(servesGateways(traffic) ? { hostnames: traffic.hosts } : {}),
      rules: [...headerRules, { matches: paths, ...(copies.length > 0 ? { filters: copies } : {}), ...split() }],
    },
  };
}

const exactly = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => ({ type: 'Exact', name, value }));

/**
 * The gateways, and for callers of the mesh the Service that they call.
 * @see https://gateway-api.sigs.k8s.io/mesh/
 */
function parents({ release, namespace, traffic }: ResolvedIntent): object[] {
  return [
    ...(servesGateways(traffic) ? traffic.gateways.map(gatewayParent) : []),
    ...(servesMesh(traffic) ? [{ group: '', kind: 'Service', namespace, name: release, port: traffic.port.service }] : []),
  ];
}

const gatewayParent = ({ namespace, name, listener }: ResolvedTraffic['gateways'][number]) =>
  given({ group: GROUP, kind: 'Gateway', namespace, name, sectionName: listener });

function instructions(
  intent: ResolvedIntent,
  { stable, candidate }: { readonly stable: string; readonly candidate: string },
): RouteInstructions {
  const backend = (rule: number, index: number, service: string) => ({
    destination: { path: `/spec/rules/${rule}/backendRefs/${index}/name`, value: service },
    weight: `/spec/rules/${rule}/backendRefs/${index}/weight`,
  });
  return {
    router: 'gateway-api',
    apiVersion: API_VERSION,
    kind: 'HTTPRoute',
    resource: 'httproutes',
    name: intent.release,
    ...rulesOf(
      intent,
      (rule) => ({ stable: backend(rule, 0, stable), candidate: backend(rule, 1, candidate) }),
      (rule) => ({
        destination: { path: `/spec/rules/${rule}/filters/0/requestMirror/backendRef/name`, value: candidate },
        percent: `/spec/rules/${rule}/filters/0/requestMirror/percent`,
      }),
    ),
    acceptance: 'gateway-parents',
  };
}
