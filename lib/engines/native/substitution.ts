import type { KubeObject } from '../../schema/index.ts';

/**
 * Keeps Flux from replacing what looks like its variables, as programs and queries do, where a Kustomization has
 * `postBuild`: the code of the runner would be another one.
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
 */
export function unsubstituted(object: KubeObject): KubeObject {
  if (!JSON.stringify(object).includes('${')) return object;
  const annotations = { ...object.metadata.annotations, 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/**
 * Keeps Flux from suspending a Job again that the runner has started: its pod would be lost. The Job of a plan never
 * changes, so to be made once is all that it needs.
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
 */
export function madeOnce(object: KubeObject): KubeObject {
  if (object.kind !== 'Job' || (object.spec as { readonly suspend?: boolean }).suspend !== true) return object;
  const annotations = { ...object.metadata.annotations, 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
