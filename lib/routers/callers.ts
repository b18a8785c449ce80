import type { ResolvedTraffic } from '../intent/resolved.ts';
import type { RouterProblem } from './router.ts';

/** Application protocols whose requests a router can tell apart; of the others it sees connections only. */
const REQUEST_PROTOCOLS: readonly string[] = ['http', 'http2', 'grpc', 'grpc-web', 'kubernetes.io/h2c', 'kubernetes.io/ws'];

export const servesGateways = ({ callers }: ResolvedTraffic): boolean => callers !== 'mesh';
export const servesMesh = ({ callers }: ResolvedTraffic): boolean => callers !== 'gateway';

/** Name under which workloads of the cluster reach a Service. */
export const clusterHost = (service: string, namespace: string): string => `${service}.${namespace}.svc.cluster.local`;

/** What no router can do: split what is no request, or serve a gateway that nobody named. */
export function checkCallers(traffic: ResolvedTraffic): RouterProblem[] {
  const problems: RouterProblem[] = [];
  const { appProtocol, name } = traffic.port;
  if (!REQUEST_PROTOCOLS.includes(appProtocol))
    problems.push({
      path: `ports.${name}.appProtocol`,
      message: `requests of protocol '${appProtocol}' cannot be split by weight.`,
      help: `Route a port of protocol ${REQUEST_PROTOCOLS.join(', ')} (traffic.port).`,
    });
  if (traffic.attach !== 'delegate' && servesGateways(traffic))
    for (const part of ['hosts', 'gateways'] as const)
      if (traffic[part].length === 0)
        problems.push({
          path: `traffic.${part}`,
          message: `callers '${traffic.callers}' come through a gateway, but no ${part} are named.`,
          help: `Name the ${part}, or write callers: 'mesh'.`,
        });
  return problems;
}
