import { REVISION_LABEL, selects } from '../../lock/labels.ts';
import type { Revision } from '../../lock/lock.ts';
import { at } from '../../lock/revision.ts';
import type { KubeObject, Problem } from '../../schema/index.ts';
import { listAt, mapAt, nameOf, ofKind, podLabels, type Surroundings, selectsPods, textAt } from './surroundings.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * The pods of a Deployment: those whose ReplicaSet it made, since its selector may fit those of another one, too. What has
 * no owner, as a pod in a file may, is told by the selector.
 */
export function podsOf(deployment: KubeObject, surroundings: Surroundings): readonly KubeObject[] {
  return ofKind(surroundings, 'Pod', deployment.metadata.namespace ?? '').filter((pod) => {
    const labels = mapAt(pod, 'metadata', 'labels');
    const [owner] = listAt(pod, 'metadata', 'ownerReferences');
    if (owner === undefined) return selectsPods(at(deployment, 'spec', 'selector'), labels);
    return textAt(owner, 'kind') === 'ReplicaSet' && textAt(owner, 'name') === `${deployment.metadata.name}-${labels['pod-template-hash']}`;
  });
}

/** Workloads as a file may have them without their pods. */
const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

/**
 * Pods beside those of the Deployment that get requests of its Service: stable would then be more than the one image that
 * its record names, and the capacity that an abort goes back to would be counted without them.
 */
export function strangerProblems(service: KubeObject, deployment: KubeObject, surroundings: Surroundings): readonly Problem[] {
  const selector = mapAt(service, 'spec', 'selector');
  const namespace = deployment.metadata.namespace ?? '';
  const own = podsOf(deployment, surroundings);
  const pods = ofKind(surroundings, 'Pod', namespace).filter(
    (pod) => !own.includes(pod) && serves(pod) && selects(selector, mapAt(pod, 'metadata', 'labels')),
  );
  const workloads = WORKLOADS.flatMap((kind) => ofKind(surroundings, kind, namespace)).filter(
    (workload) => workload !== deployment && at(workload, 'spec', 'replicas') !== 0 && selects(selector, podLabels(workload)),
  );
  const others = [...workloads, ...pods];
  if (others.length === 0) return [];
  const named = others.slice(0, MOST_NAMED).map(nameOf);
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
  return [
    {
      message: `${nameOf(service)} sends requests to more than the pods of ${nameOf(deployment)}: to ${named.join(', ')}${more} as well.`,
      help: `Remove these, or lead them out of ${nameOf(service)} by a label that it selects and they lack: stable is one Deployment of one image.`,
    },
  ];
}

const MOST_NAMED = 5;

/** Whether a pod may get requests at all, now or soon. */
const serves = (pod: KubeObject): boolean =>
  at(pod, 'metadata', 'deletionTimestamp') === undefined && !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');

/**
 * Services and workloads tell pods by labels: those of a revision must answer to none that is there, or users reach it
 * before it is tested, whatever the route says. A Service that names a revision is the release's own.
 */
export function overlapProblems(deployment: KubeObject, surroundings: Surroundings, { objects, name }: Revision): readonly Problem[] {
  const labels = podLabels(objects.deployment);
  const services = ofKind(surroundings, 'Service', deployment.metadata.namespace ?? '');
  const selectors: readonly (readonly [who: string, selector: Labels])[] = [
    ...services.map((service) => [nameOf(service), mapAt(service, 'spec', 'selector')] as const),
    [nameOf(deployment), mapAt(deployment, 'spec', 'selector', 'matchLabels')],
  ];
  return selectors
    .filter(([, selector]) => selector[REVISION_LABEL] === undefined && selects(selector, labels))
    .map(([who, selector]) => ({
      path: 'podTemplate.metadata.labels',
      message: `${who} selects pods by ${words(selector)}, and the pods of ${name} have that, too: they would count as its own before they are tested.`,
      help: `Leave one of these labels out of the intent. Where it is app.kubernetes.io/name, which is the name of the release, choose another name, or first give the running pods and the selector one label more.`,
    }));
}

const words = (selector: Labels): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
