import { expect, it } from 'vitest';
import { PROFILES } from '../../lib/gitops/profile/profile.ts';
import { compile } from '../constructs/compiling.ts';
import { describeApi, freshNamespace, installCrds } from './harness.ts';

const DEFINITIONS = {
  argocd: ['applications.argoproj.io'],
  flux: ['kustomizations.kustomize.toolkit.fluxcd.io', 'gitrepositories.source.toolkit.fluxcd.io'],
} as const;

describeApi('what `tidegate gitops` prints', (kube) => {
  it.each(['argocd', 'flux'] as const)('is taken by the definitions of %s, field by field', async (tool) => {
    await installCrds(kube, DEFINITIONS[tool]);
    const namespace = await freshNamespace(kube);
    const source = {
      target: 'production',
      repository: 'https://git.example.com/shop/releases.git',
      branch: 'main',
      path: 'dist/production',
    };
    for (const object of PROFILES[tool]({ ...source, locks: [compile({}, null).lock] })) {
      const own = { ...object, metadata: { ...object.metadata, namespace } };
      expect((await kube.create(own, { dryRun: true })).spec).toMatchObject(object.spec as object);
    }
  });
});
