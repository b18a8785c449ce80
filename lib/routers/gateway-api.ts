import type { ResolvedIntent, ResolvedTraffic } from '../intent/resolved.ts';
import type { RouteInstructions } from '../plan/plan.ts';
import { given } from '../schema/given.ts';
import type { KubeObject } from '../schema/index.ts';
import { checkCallers, servesGateways, servesMesh } from './callers.ts';
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

function check({ traffic }: ResolvedIntent): readonly RouterProblem[] {
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
  return problems;
}

function httpRoute(intent: ResolvedIntent, { stable, candidate, labels }: Destinations): KubeObject {
  const { release, namespace, traffic } = intent;
  const backend = (name: string, weight: number) => ({ group: '', kind: 'Service', name, port: traffic.port.service, weight });
  return {
    apiVersion: API_VERSION,
    kind: 'HTTPRoute',
    metadata: { name: release, namespace, labels },
    spec: {
      parentRefs: parents(intent),
      ...(servesGateways(traffic) ? { hostnames: traffic.hosts } : {}),
      rules: [
        {
          matches: traffic.paths.map((value) => ({ path: { type: 'PathPrefix', value } })),
          backendRefs: [backend(stable, 100), ...(candidate === null ? [] : [backend(candidate, 0)])],
          timeouts: { request: `${traffic.timeoutSeconds}s` },
        },
      ],
    },
  };
}

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
  { release }: ResolvedIntent,
  { stable, candidate }: { readonly stable: string; readonly candidate: string },
): RouteInstructions {
  const split = (index: number, service: string) => ({
    destination: { path: `/spec/rules/0/backendRefs/${index}/name`, value: service },
    weight: `/spec/rules/0/backendRefs/${index}/weight`,
  });
  return {
    router: 'gateway-api',
    apiVersion: API_VERSION,
    kind: 'HTTPRoute',
    resource: 'httproutes',
    name: release,
    splits: [{ stable: split(0, stable), candidate: split(1, candidate) }],
    acceptance: 'gateway-parents',
  };
}
