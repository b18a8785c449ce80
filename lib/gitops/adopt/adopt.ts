import type { ResolvedIntent } from '../../intent/resolved.ts';
import type { ExternalRevision, Revision } from '../../lock/lock.ts';
import { at, servicePorts } from '../../lock/revision.ts';
import { type KubeObject, type Problem, ProblemError } from '../../schema/index.ts';
import { collisionProblems } from './collisions.ts';
import { overlapProblems, strangerProblems } from './pods.ts';
import { legacyRoutes, readRoute } from './routes.ts';
import { findService, frozenService, serviceProblems } from './service.ts';
import { type AdoptionStep, stepsOf } from './steps.ts';
import type { Surroundings } from './surroundings.ts';
import { type Ours, replacedProblems, rivalProblems } from './takeover.ts';
import { findDeployment, pinnedImage, unsettledProblems } from './workload.ts';

/** What is to be adopted, and what its release will be. */
export interface Adopting {
  /** Name of the Deployment. */
  readonly deployment: string;
  /** Name of the Service that the route shall lead to; null: the one that there is. */
  readonly service: string | null;
  readonly resolved: ResolvedIntent;
  /** The revision that the intent describes. */
  readonly revision: Revision;
  /** What the release has at rest, its route among it. */
  readonly objects: readonly KubeObject[];
}

export interface Adoption {
  readonly stable: ExternalRevision;
  /** What people have to do, in this order, so that no request fails. */
  readonly steps: readonly AdoptionStep[];
}

/**
 * Looks at a running workload and at everything around it that a release would touch, and makes it the external stable of
 * the release's first lock. Pure: nothing of it is changed.
 * @throws ProblemError with everything that would fail a request, or let one reach what nobody has tested
 */
export function adopt({ deployment: name, service: wanted, resolved, revision, objects }: Adopting, surroundings: Surroundings): Adoption {
  const { release, namespace, traffic } = resolved;
  const deployment = findDeployment(surroundings, namespace, name);
  const service = findService(deployment, { wanted, release }, surroundings, namespace);
  const image = pinnedImage(deployment, targetPort(service, traffic.port.service), surroundings);
  const route = objects.find(({ kind, metadata }) => ['HTTPRoute', 'VirtualService'].includes(kind) && metadata.name === release);
  const ours: Ours = { route: route === undefined ? null : readRoute(route), traffic, service };
  const routes = legacyRoutes(surroundings, service, ours.route?.hosts ?? traffic.hosts);
  const isOurs = ({ kind, metadata }: KubeObject) => kind === route?.kind && metadata.name === release && metadata.namespace === namespace;
  const replaced = routes.find(({ object }) => isOurs(object)) ?? null;
  const others = routes.filter((other) => other !== replaced);
  const problems: readonly Problem[] = [
    ...unsettledProblems(deployment),
    ...('image' in image ? [] : [image]),
    ...serviceProblems(service, resolved),
    ...strangerProblems(service, deployment, surroundings),
    ...overlapProblems(deployment, surroundings, revision),
    ...collisionProblems(surroundings, release, namespace),
    ...(replaced ? replacedProblems(replaced, others, ours) : []),
    ...rivalProblems(others, ours),
  ];
  if (problems.length > 0 || !('image' in image)) throw new ProblemError(problems);
  return {
    stable: { external: true, deployment: name, image: image.image, objects: { service: frozenService(service, namespace) } },
    steps: stepsOf({ resolved, deployment, ours, replaced, others, surroundings }),
  };
}

/** Port of the pods behind a port of their Service: a number or a name. */
function targetPort(service: KubeObject, number: number): unknown {
  const port = servicePorts({ objects: { service } }).find((one) => at(one, 'port') === number);
  return at(port, 'targetPort') ?? number;
}
