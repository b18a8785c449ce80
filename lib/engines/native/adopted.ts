// What Git carries of a workload that Tidegate did not make, for as long as it is stable.
import { ADOPTED_ANNOTATION, NEVER_PRUNE, releaseLabels, selects } from '../../lock/labels.ts';
import type { ExternalRevision } from '../../lock/lock.ts';
import { at } from '../../lock/revision.ts';
import { describeObject, type KubeObject, ProblemError } from '../../schema/index.ts';
import type { Owner } from './metadata.ts';

/**
 * Its Service, if it has the release's own name: what it selects and its ports are as they were, so that nobody notices,
 * and the record of the first release then changes one object in Git instead of adding one over somebody else's.
 */
export function adoptedService({ deployment, objects: { service } }: ExternalRevision, owner: Owner): readonly KubeObject[] {
  const { release, target, risk } = owner;
  if (service.metadata.name !== release) return [];
  const labels = { ...service.metadata.labels, ...releaseLabels(release, target, risk) };
  return [neverPruned({ ...service, metadata: { ...service.metadata, labels } }, { [ADOPTED_ANNOTATION]: deployment })];
}

/** For its Service and its route, which were there before the release. */
export function neverPruned(object: KubeObject, more: Readonly<Record<string, string>> = {}): KubeObject {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...NEVER_PRUNE, ...more } } };
}

/**
 * Requests that are sent to the adopted Service must not reach pods of this release before the route gives them some.
 * @throws ProblemError that names the pods that it would select
 */
export function checkApart({ objects: { service } }: ExternalRevision, objects: readonly KubeObject[]): void {
  const selector = at(service, 'spec', 'selector') as Readonly<Record<string, string>>;
  const taken = objects.filter((object) => selects(selector, podLabels(object)));
  if (taken.length === 0) return;
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  throw new ProblemError(
    taken.map((object) => ({
      message: `${describeObject(service)} selects ${labels.join(', ')}, and so do the pods of ${describeObject(object)}: users would reach them untested, whatever the route says.`,
      path: 'podTemplate.metadata.labels',
      help: 'Leave one of these labels out of the intent. Where it is `app.kubernetes.io/name`, which follows from the name of the release, choose another name, or first give the running pods and the selector of their Service a label more.',
    })),
  );
}

function podLabels(object: KubeObject): Readonly<Record<string, string>> {
  const labels = at(object, 'spec', 'template', 'metadata', 'labels');
  return typeof labels === 'object' && labels !== null ? (labels as Readonly<Record<string, string>>) : {};
}
