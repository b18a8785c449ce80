import type { ObjectMeta } from '../schema/index.ts';

/** Name of the release; on every object and on every pod. */
export const RELEASE_LABEL = 'tidegate.dev/release';
/** Name of the revision, `<release>-<rev>`; on what belongs to one revision and on its pods, nowhere else. */
export const REVISION_LABEL = 'tidegate.dev/revision';
export const TARGET_LABEL = 'tidegate.dev/target';
/** `high` where the release is of high risk, so that a reader of the manifests alone can apply the stricter rules. */
export const RISK_LABEL = 'tidegate.dev/risk';
/** `runner`, `smoke`, `job` or `migration`: pods of a release that serve no users. */
export const COMPONENT_LABEL = 'tidegate.dev/component';

/** On a Service whose selector a router moves between revisions, the router's name: for people, and for readers of the manifests alone. */
export const ROUTER_ANNOTATION = 'tidegate.dev/router';
/** On such a Service while a release is in flight: the revision that it may come to select. */
export const CANDIDATE_ANNOTATION = 'tidegate.dev/candidate';
/** On the plan of a rollback: the proven revision that it brings back. */
export const ROLLBACK_ANNOTATION = 'tidegate.dev/rollback';
/** On the Service of a workload that Tidegate did not make, while that is stable: name of its Deployment. */
export const ADOPTED_ANNOTATION = 'tidegate.dev/adopted';
/** On a revision's Deployment: names of all migrations of its intent, which have run before it has users. */
export const MIGRATIONS_ANNOTATION = 'tidegate.dev/migrations';
/** On a revision's Deployment: names of the expand migrations whose old shape its code no longer uses. */
export const UNUSED_SHAPES_ANNOTATION = 'tidegate.dev/unused-shapes';
/** On a Job: `expand` or `contract`. */
export const MIGRATION_ANNOTATION = 'tidegate.dev/migration';
/** On the Job of a contract migration: name of the expand migration whose old shape it takes away. */
export const CONTRACTS_ANNOTATION = 'tidegate.dev/contracts';

const APP_LABELS: readonly string[] = ['app.kubernetes.io/name', 'app.kubernetes.io/part-of', 'app.kubernetes.io/managed-by'];

/** Whether Tidegate alone writes this label or annotation. Such a key is no part of a revision's content. */
export const isOwnKey = (key: string): boolean => key.startsWith('tidegate.dev/') || APP_LABELS.includes(key);

/** Labels of every object of a release. */
export function releaseLabels(release: string, target: string, risk: 'normal' | 'high'): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': release,
    'app.kubernetes.io/part-of': release,
    'app.kubernetes.io/managed-by': 'tidegate',
    [RELEASE_LABEL]: release,
    [TARGET_LABEL]: target,
    ...(risk === 'high' ? { [RISK_LABEL]: risk } : {}),
  };
}

/** What selects the pods of one revision, and no other pod of the release. */
export function revisionSelector(release: string, revision: string): Readonly<Record<string, string>> {
  return { [RELEASE_LABEL]: release, [REVISION_LABEL]: revision };
}

/** Whether a Service of this selector sends requests to pods with these labels. One that selects by nothing selects none. */
export function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/**
 * For what live traffic may still use when Git drops it. Argo CD otherwise prunes before it applies the route, and
 * reads the option from the live object: so it is written from the first day, in flight and at rest.
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#prune-last
 */
export const PRUNE_LAST = { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } as const satisfies ObjectMeta['annotations'];

/**
 * For what was somebody else's before a release took it over: a commit that drops it again must not delete what users
 * reach. Argo CD and Flux read these from the live object.
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
 */
export const NEVER_PRUNE = {
  'argocd.argoproj.io/sync-options': 'Prune=false',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
} as const satisfies ObjectMeta['annotations'];
