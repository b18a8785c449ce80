import type { ResolvedIntent, ResolvedPort } from '../../intent/resolved.ts';
import { selects } from '../../lock/labels.ts';
import { at, portNames, servicePorts } from '../../lock/revision.ts';
import { type KubeObject, type Problem, ProblemError } from '../../schema/index.ts';
import { isKeepersMark } from './keepers.ts';
import { listAt, mapAt, named, nameOf, ofKind, podLabels, type Surroundings, textAt } from './surroundings.ts';

/** Services that send requests to the pods of a Deployment. */
export function servicesOf(deployment: KubeObject, surroundings: Surroundings, namespace: string): readonly KubeObject[] {
  const labels = podLabels(deployment);
  return ofKind(surroundings, 'Service', namespace).filter((service) => selects(mapAt(service, 'spec', 'selector'), labels));
}

/**
 * The Service that the route shall lead to: the one that is named, else the only one, else the one with the release's name.
 * @throws ProblemError where none, or more than one, can be meant
 */
export function findService(
  deployment: KubeObject,
  { wanted, release }: { readonly wanted: string | null; readonly release: string },
  surroundings: Surroundings,
  namespace: string,
): KubeObject {
  const services = servicesOf(deployment, surroundings, namespace);
  const names = services.map(({ metadata }) => metadata.name);
  const chosen =
    wanted === null ? (named(services, release) ?? (services.length === 1 ? services[0] : undefined)) : named(services, wanted);
  if (chosen) return chosen;
  const labels = Object.entries(podLabels(deployment)).map(([key, value]) => `${key}=${value}`);
  throw new ProblemError([
    services.length === 0 || (wanted !== null && names.length === 0)
      ? {
          message: `no Service selects the pods of ${nameOf(deployment)}, which are labelled ${labels.join(', ') || 'by nothing'}.`,
          help: 'Requests reach a revision through a Service: make one whose selector these labels satisfy. Pods that take their work from a queue cannot be released by traffic.',
        }
      : {
          message:
            wanted === null
              ? `${names.length} Services select the pods of ${nameOf(deployment)}: ${names.join(', ')}.`
              : `Service ${namespace}/${wanted} does not select the pods of ${nameOf(deployment)}; ${names.join(', ')} does.`,
          help: 'Say which of them the route shall lead to: --service NAME.',
        },
  ]);
}

/** Why requests could not go on through a Service, now or once the release's own takes its name. */
export function serviceProblems(service: KubeObject, { release, traffic, workload }: ResolvedIntent): readonly Problem[] {
  const problems: Problem[] = [];
  const isOwn = service.metadata.name === release;
  const type = textAt(service, 'spec', 'type') ?? 'ClusterIP';
  if (at(service, 'spec', 'clusterIP') === 'None')
    problems.push({
      message: `${nameOf(service)} is headless: its callers hold the addresses of its pods, and no route moves them.`,
      help: 'Make a Service with an address of its own beside it, lead callers there, and adopt with --service NAME.',
    });
  if (isOwn && type !== 'ClusterIP')
    problems.push({
      message: `${nameOf(service)} is of type ${type}, and Service ${release} of a release is ClusterIP: what is outside of the cluster would lose its address.`,
      help: 'Give the address to a Service of another name, or to a gateway, and lead callers there first.',
    });
  if (!isOwn && traffic.callers !== 'gateway')
    problems.push({
      path: 'traffic.callers',
      message: `callers inside of the cluster reach ${nameOf(service)}, and the route of release '${release}' is for callers of Service ${release}.`,
      help: `Name the release ${service.metadata.name}, or lead these callers to a Service ${release} with the same selector, and adopt that one (--service ${release}).`,
    });
  const ports = servicePorts({ objects: { service } }).map((port) => Number(at(port, 'port')));
  if (!ports.includes(traffic.port.service))
    problems.push({
      path: `ports.${traffic.port.name}.service`,
      message: `the route sends requests to port ${traffic.port.service} of stable and candidate, and ${nameOf(service)} has ${ports.join(', ')}.`,
      help: `Say the port of the Service: \`ports: { ${traffic.port.name}: { container: ${traffic.port.container}, service: ${ports[0] ?? 80} } }\`.`,
    });
  const lost = isOwn ? ports.filter((port) => port !== traffic.port.service && !workload.ports.some((own) => own.service === port)) : [];
  problems.push(...(isOwn && lost.length === 0 ? renamedProblems(service, workload.ports) : []));
  for (const port of lost)
    problems.push({
      path: 'ports',
      message: `${nameOf(service)} has port ${port}, which the intent does not: whoever calls it would be refused once the release is recorded.`,
      help: `Add it to \`ports\` with \`service: ${port}\`, or move its callers first.`,
    });
  return problems;
}

/** The ports keep their names, beside which those of the intent must have names of their own. */
function renamedProblems(service: KubeObject, ports: readonly ResolvedPort[]): readonly Problem[] {
  const kept = portNames({ service });
  const taken = Object.values(kept);
  const added = ports.filter((port) => kept[port.service] === undefined);
  const clash = added.find(({ name }) => taken.includes(name));
  if (clash)
    return [
      {
        path: `ports.${clash.name}`,
        message: `${nameOf(service)} calls another port '${clash.name}', and a port keeps its name: proxies find its pods by it.`,
        help: 'Give the port in the intent another name.',
      },
    ];
  if (!taken.includes('') || added.length === 0) return [];
  return [
    {
      path: 'ports',
      message: `the port of ${nameOf(service)} has no name, which only an only port may have, and the intent has ${ports.length} ports.`,
      help: `Leave ${added.map(({ name }) => name).join(', ')} out until the first release is recorded, or name the port of the Service first, at a quiet hour: proxies find its pods by that name, and lose them for a moment.`,
    },
  ];
}

/** What only the cluster decides, and differs after it was built anew. */
const CLUSTERS_OWN: readonly string[] = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

/** A Service as it is kept in the lock: what is written, and not what the cluster adds. */
export function frozenService(service: KubeObject, namespace: string): KubeObject {
  const { metadata } = service;
  const spec = Object.fromEntries(Object.entries(mapAt(service, 'spec')).filter(([key]) => !CLUSTERS_OWN.includes(key)));
  const ports = listAt(service, 'spec', 'ports').map((port) =>
    Object.fromEntries(Object.entries(port as object).filter(([key]) => key !== 'nodePort')),
  );
  const keys = (map: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(map).filter(([key]) => !isKeepersMark(key)));
  const [labels, annotations] = [keys(mapAt(metadata, 'labels')), keys(mapAt(metadata, 'annotations'))];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: metadata.name,
      namespace,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: { ...spec, ports },
  };
}
