import type { KubeObject } from '../../schema/index.ts';
import { mapAt } from './surroundings.ts';

/** What brings an object into the cluster, and what keeps it from taking the object away when its manifest is gone. */
export interface Keeper {
  /** `Argo CD application 'shop'`. */
  readonly name: string;
  /** The annotation, as it is written in a manifest. */
  readonly keep: string;
}

/** Who applies an object, as its own labels and annotations say; null where nobody has left a mark, as `kubectl` does not. */
export function keeperOf(object: KubeObject): Keeper | null {
  const labels = mapAt(object, 'metadata', 'labels');
  const annotations = mapAt(object, 'metadata', 'annotations');
  const [kustomization, release] = ['kustomize', 'helm'].map((tool) => `${tool}.toolkit.fluxcd.io`);
  if (labels[`${kustomization}/name`])
    return {
      name: `Flux Kustomization ${labels[`${kustomization}/namespace`] ?? 'flux-system'}/${labels[`${kustomization}/name`]}`,
      keep: `${kustomization}/prune: disabled`,
    };
  if (labels[`${release}/name`])
    return {
      name: `Flux HelmRelease ${labels[`${release}/namespace`] ?? 'flux-system'}/${labels[`${release}/name`]}`,
      keep: 'helm.sh/resource-policy: keep',
    };
  const tracked = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0];
  if (tracked) return { name: `Argo CD application '${tracked}'`, keep: 'argocd.argoproj.io/sync-options: Prune=false' };
  if (annotations['meta.helm.sh/release-name'])
    return { name: `Helm release '${annotations['meta.helm.sh/release-name']}'`, keep: 'helm.sh/resource-policy: keep' };
  const instance = labels['argocd.argoproj.io/instance'];
  return instance ? { name: `Argo CD application '${instance}'`, keep: 'argocd.argoproj.io/sync-options: Prune=false' } : null;
}

/** Labels and annotations by which tools know an object as theirs: nothing that belongs to the object. */
export const isKeepersMark = (key: string): boolean =>
  /^(.*\.toolkit\.fluxcd\.io|argocd\.argoproj\.io|(meta\.)?helm\.sh|kubectl\.kubernetes\.io)\//.test(key);
