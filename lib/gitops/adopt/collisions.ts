import { names } from '../../engines/native/names.ts';
import { RELEASE_LABEL } from '../../lock/labels.ts';
import type { Problem } from '../../schema/index.ts';
import { mapAt, nameOf, type Surroundings } from './surroundings.ts';

/** An object that a release will have one day. */
export interface Place {
  readonly kind: string;
  readonly name: string;
}

/** Names that a release takes beside those of its revisions, which nobody else comes up with. */
export function placesOf(release: string): readonly Place[] {
  const runner = names.runner(release);
  return [
    ...[names.stableService(release), names.candidateService(release)].map((name) => ({ kind: 'Service', name })),
    ...[release, runner].map((name) => ({ kind: 'NetworkPolicy', name })),
    ...['Deployment', 'ServiceAccount', 'Role', 'RoleBinding'].map((kind) => ({ kind, name: runner })),
    ...[names.status, names.approvals, names.operator].map((name) => ({ kind: 'ConfigMap', name: name(release) })),
  ];
}

/** Objects of others that stand where the release puts its own, and would be overwritten. */
export function collisionProblems({ objects }: Surroundings, release: string, namespace: string): readonly Problem[] {
  const places = placesOf(release);
  return objects
    .filter(({ metadata }) => metadata.namespace === namespace)
    .filter((object) => places.some(({ kind, name }) => kind === object.kind && name === object.metadata.name))
    .filter((object) => mapAt(object, 'metadata', 'labels')[RELEASE_LABEL] !== release)
    .map((object) => ({
      message: `${nameOf(object)} is there already, and release '${release}' has one of that name: it would be overwritten.`,
      help:
        object.kind === 'NetworkPolicy'
          ? 'Apply it under another name, then remove it under this one: policies add up, so nothing is closed or opened between. Or name the release otherwise.'
          : 'Rename or remove it, or name the release otherwise.',
    }));
}
