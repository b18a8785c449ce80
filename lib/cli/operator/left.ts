import { names } from '../../engines/native/names.ts';

/** Removes what a release leaves in the cluster, which Git never had: what its runner and its people wrote. */
export const removalOfLeft = ({ release, namespace }: { readonly release: string; readonly namespace: string }): string =>
  `kubectl delete configmap -n ${namespace} --ignore-not-found ${names.status(release)} ${names.operator(release)}`;
