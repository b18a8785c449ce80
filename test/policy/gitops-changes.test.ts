import { describe, expect, it } from 'vitest';
import { application, type Case, found, ISTIO_RELEASE, kustomization } from './gitops-manifests.ts';

describe('what is changed on the way to the cluster', () => {
  const [deployment] = ISTIO_RELEASE.objects.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name !== 'web-runner');
  const name = deployment?.metadata.name;
  const flux = (more: string) => kustomization('./dist/production', more);
  const argo = (kustomize: string) => application({ source: `source: { path: dist/production, kustomize: ${kustomize} }` });
  const patch = (target: string, ...lines: readonly string[]) =>
    flux(`patches:\n  - ${target}patch: |\n${lines.map((line) => `      ${line}\n`).join('')}`);
  const error = (field: string) => [`error applies-as-written /spec/${field}`];
  it.each<Case>([
    ['nothing', flux('wait: false'), []],
    ['variables, which our objects exclude', flux('postBuild: { substitute: { ENV: production } }'), []],
    ['labels of all', flux('commonMetadata: { labels: { team: shop } }'), []],
    ['the namespace that they have', flux('targetNamespace: shop'), []],
    ['the namespace', flux('targetNamespace: other'), error('targetNamespace')],
    ['names, before', flux('namePrefix: blue-'), error('namePrefix')],
    ['names, after', flux('nameSuffix: -blue'), error('nameSuffix')],
    ['an image', flux('images: [{ name: registry.example.com/web, newTag: 2.0.0 }]'), error('images/0')],
    ['an image of others', flux('images: [{ name: registry.example.com/cart, newTag: 2.0.0 }]'), []],
    ['whatever is refused', flux('force: true'), error('force')],
    [
      'replicas',
      patch('target: { kind: Deployment, name: web-.* }\n    ', '- op: replace', '  path: /spec/replicas', '  value: 1'),
      error('patches/0'),
    ],
    [
      'replicas of a Deployment by its name',
      patch('', 'apiVersion: apps/v1', 'kind: Deployment', `metadata: { name: ${name} }`, 'spec: { replicas: 1 }'),
      error('patches/0'),
    ],
    [
      'replicas of others',
      patch('target: { kind: Deployment, name: cart-.* }\n    ', '- op: replace', '  path: /spec/replicas', '  value: 1'),
      [],
    ],
    [
      'replicas of others by label',
      patch('target: { labelSelector: app=cart }\n    ', '- op: replace', '  path: /spec/replicas', '  value: 1'),
      [],
    ],
    [
      'an annotation',
      patch('target: { kind: Deployment }\n    ', '- op: add', '  path: /metadata/annotations/example.com~1team', '  value: shop'),
      [],
    ],
    [
      'labels, as they are merged',
      patch(
        'target: { kind: Deployment }\n    ',
        'apiVersion: apps/v1',
        'kind: Deployment',
        'metadata: { name: any, labels: { team: shop } }',
      ),
      [],
    ],
    [
      'something else of pods',
      patch('target: { kind: Deployment }\n    ', '- op: add', '  path: /spec/template/spec/priorityClassName', '  value: high'),
      ['warning applies-as-written /spec/patches/0'],
    ],
    ['what lies elsewhere', kustomization('./infrastructure', 'targetNamespace: other\nforce: true\nwait: true\nnamePrefix: a-'), []],
    [
      'all of another repository',
      `${kustomization('./', 'wait: true\ntargetNamespace: cart').replace('name: shop }\n', 'name: cart }\n')}---\n${kustomization('./dist')}`,
      [],
    ],
    ['the namespace, by Argo CD', argo('{ namespace: other }'), error('source/kustomize/namespace')],
    [
      'an image, by Argo CD',
      argo("['registry.example.com/web=registry.example.com/web:2.0.0']".replace(/^/, '{ images: ').replace(/$/, ' }')),
      error('source/kustomize/images/0'),
    ],
    ['replicas, by Argo CD', argo(`{ replicas: [{ name: ${name}, count: 1 }] }`), error('source/kustomize/replicas/0')],
    [
      'the other source alone',
      application({ source: 'sources: [{ path: dist/production }, { path: monitoring, kustomize: { namespace: monitoring } }]' }),
      [],
    ],
    [
      'objects as a whole',
      application({ options: ['Replace=true', 'ApplyOutOfSyncOnly=true', 'PruneLast=true'] }),
      error('syncPolicy/syncOptions/0'),
    ],
    [
      'objects, anew',
      application({ options: ['Force=true', 'ApplyOutOfSyncOnly=true', 'PruneLast=true'] }),
      error('syncPolicy/syncOptions/0'),
    ],
    ['objects as a whole, elsewhere', application({ source: 'source: { path: crds }', ignore: [], options: ['Replace=true'] }), []],
    [
      'how they are applied',
      application({ options: ['ServerSideApply=true', 'CreateNamespace=true', 'ApplyOutOfSyncOnly=true', 'PruneLast=true'] }),
      [],
    ],
  ])('%s', (_, manifest, findings) => {
    expect(found(manifest)).toEqual(findings);
  });

  it.each([
    ['Deployment', 'argocd.argoproj.io/sync-options', 'PruneLast=true, Replace=true', 1],
    ['Deployment', 'argocd.argoproj.io/sync-options', 'PruneLast=true,Force=true,Replace=true', 1],
    ['VirtualService', 'argocd.argoproj.io/sync-options', 'Replace=true', 1],
    ['ConfigMap', 'argocd.argoproj.io/sync-options', 'Replace=true,PruneLast=true', 0],
    ['Deployment', 'argocd.argoproj.io/sync-options', 'PruneLast=true,ServerSideApply=true', 0],
    ['Deployment', 'kustomize.toolkit.fluxcd.io/force', 'Enabled', 1],
    ['Deployment', 'kustomize.toolkit.fluxcd.io/force', 'disabled', 0],
  ])('a %s with %s: %s', (kind, annotation, value, count) => {
    const objects = ISTIO_RELEASE.objects
      .filter((object) => object.kind === kind)
      .slice(0, 1)
      .map((object) => ({
        ...object,
        metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [annotation]: value } },
      }));
    const expected = Array.from({ length: count }, () => `error applies-as-written /metadata/annotations/${annotation.replace('/', '~1')}`);
    expect(found('', { objects })).toEqual(expected);
  });
});
