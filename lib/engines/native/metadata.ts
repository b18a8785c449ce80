import { COMPONENT_LABEL, PRUNE_LAST, RELEASE_LABEL, REVISION_LABEL, releaseLabels, revisionSelector } from '../../lock/labels.ts';
import type { ObjectMeta } from '../../schema/index.ts';

/** Whose object it is: the part of a lock and of an intent that metadata needs. */
export interface Owner {
  readonly release: string;
  readonly namespace: string;
  readonly target: string;
  readonly risk: 'normal' | 'high';
}

/** Metadata of an object of the release as a whole. */
export function releaseMeta({ release, namespace, target, risk }: Owner, name: string): ObjectMeta {
  return { name, namespace, labels: releaseLabels(release, target, risk) };
}

/** Metadata of what lives as long as one revision does, which live traffic may outlive in Git. */
export function revisionMeta(owner: Owner, revision: string): ObjectMeta {
  const { labels, ...meta } = releaseMeta(owner, revision);
  return { ...meta, labels: { ...labels, [REVISION_LABEL]: revision }, annotations: PRUNE_LAST };
}

/** Labels of the pods of a revision. Without the risk, which may change while they run. */
export function revisionPodLabels({ release, target }: Owner, revision: string): Readonly<Record<string, string>> {
  return { ...releaseLabels(release, target, 'normal'), ...revisionSelector(release, revision) };
}

/** Pods that work for a release without serving its users. */
export type Component = 'runner' | 'smoke' | 'job' | 'migration';

/** Selects them. They carry no revision, so nothing that selects a revision's pods selects them. */
export function componentSelector(release: string, component: Component): Readonly<Record<string, string>> {
  return { [RELEASE_LABEL]: release, [COMPONENT_LABEL]: component };
}

/** Metadata of their objects; named apart from the application, so that nothing takes them for it. */
export function componentMeta(owner: Owner, component: Component, name: string): ObjectMeta {
  const { labels, ...meta } = releaseMeta(owner, name);
  return { ...meta, labels: { ...labels, ...componentLabels(owner.release, component) } };
}

export function componentLabels(release: string, component: Component): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': `tidegate-${component}`,
    'app.kubernetes.io/part-of': release,
    ...componentSelector(release, component),
  };
}

/** All pods of all revisions of a release, and no others. */
export function everyRevision(release: string): object {
  return { matchLabels: { [RELEASE_LABEL]: release }, matchExpressions: [{ key: REVISION_LABEL, operator: 'Exists' }] };
}
