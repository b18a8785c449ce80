import type { KubeObject } from '../../schema/index.ts';
import type { Source } from './source.ts';

/**
 * A Kustomization that waits for nothing: a candidate that never becomes ready must not hold up the commit that takes it
 * back. It puts the weights back at each interval and each commit, for a moment, so the interval is long; a push is
 * applied by the source's own interval, or at once by a webhook.
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
export function flux({ target, repository, branch, path }: Source): readonly KubeObject[] {
  const name = `releases-${target}`;
  const metadata = { name, namespace: 'flux-system' };
  return [
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata,
      spec: { interval: '1m', url: repository, ref: { branch } },
    },
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata,
      spec: {
        interval: '1h',
        retryInterval: '1m',
        path: `./${path}`,
        prune: true,
        wait: false,
        sourceRef: { kind: 'GitRepository', name },
      },
    },
  ];
}
