import { describe, expect, it } from 'vitest';
import { adoptedName } from '../../lib/gitops/adopt/workload.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import {
  type Asked,
  adoption,
  autoscaler,
  type Changes,
  changed,
  DIGEST,
  deployment,
  httpRoute,
  IMAGE,
  object,
  onGateway,
  pod,
  refusal,
  running,
  service,
  stepsOf,
  virtualService,
} from './adopting.ts';

describe('what runs', () => {
  it('is frozen with the digest that its pods run, and with its Service as it is written', () => {
    const kept = changed(service, {
      'metadata|labels': { app: 'web', 'kustomize.toolkit.fluxcd.io/name': 'shop' },
      'metadata|annotations': { 'example.com/owner': 'shop', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    });
    expect(adoption([deployment, kept, pod()]).stable).toEqual({
      external: true,
      deployment: 'web',
      image: `${IMAGE}@${DIGEST}`,
      objects: {
        service: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { 'example.com/owner': 'shop' } },
          spec: {
            type: 'ClusterIP',
            selector: { app: 'web' },
            sessionAffinity: 'None',
            ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }],
          },
        },
      },
    });
  });

  it('is found by a Service of another name, which then stays whose it is', () => {
    const other = changed(service, { 'metadata|name': 'web-http' });
    expect(adoption([deployment, other, pod()]).stable.objects.service.metadata.name).toBe('web-http');
    expect(adoption([...running, other], { service: 'web-http' }).stable.objects.service.metadata.name).toBe('web-http');
    expect(adoption([...running, other]).stable.objects.service.metadata.name).toBe('web');
  });

  it('is not asked how it does where nobody saw it run', () => {
    const pinned = changed(deployment, {
      status: undefined,
      'spec|template|spec|containers': [{ name: 'web', image: `${IMAGE}@${DIGEST}` }],
    });
    expect(refusal([pinned, service])).toBe('');
  });

  const isolation = object('networking.k8s.io/v1', 'NetworkPolicy', 'web', { podSelector: {} });
  it.each<[string, readonly KubeObject[], string, Asked?]>([
    ['there is no such Deployment', [service], 'there is no Deployment shop/web'],
    [
      'it is a StatefulSet',
      [object('apps/v1', 'StatefulSet', 'web', {})],
      'a StatefulSet cannot be released: its pods own names and volumes',
    ],
    ['no Service selects it', [deployment, pod()], 'no Service selects the pods of Deployment shop/web, which are labelled app=web'],
    [
      'several Services select it',
      [deployment, ...['one', 'two'].map((name) => changed(service, { 'metadata|name': name }))],
      '2 Services select the pods of Deployment shop/web: one, two. Say which',
    ],
    ['the Service that is named does not', running, 'Service shop/other does not select the pods', { service: 'other' }],
    ['it is being rolled out', [changed(deployment, { 'status|updatedReplicas': 1 }), service, pod()], 'is being rolled out: 1 of 3 pods'],
    [
      'it was changed a moment ago',
      [changed(deployment, { 'metadata|generation': 4, 'status|observedGeneration': 3 }), service, pod()],
      'is being rolled out',
    ],
    ['nothing of it runs', [changed(deployment, { 'spec|replicas': 0 }), service, pod()], 'has 0 replicas'],
    ['nobody saw what it runs', [deployment, service], `runs '${IMAGE}', which names no digest, and no pod of it was found`],
    [
      'its pods run two images',
      [...running, changed(pod(`registry.example.com/web@sha256:${'7'.repeat(64)}`), { 'metadata|name': 'web-2' })],
      'its 2 pods run 2 images',
    ],
    ['its pods say no digest of a registry', [deployment, service, pod(DIGEST)], 'or do not say which'],
    ['its Service is headless', [deployment, changed(service, { 'spec|clusterIP': 'None' }), pod()], 'is headless'],
    [
      'its Service has an address outside',
      [deployment, changed(service, { 'spec|type': 'LoadBalancer' }), pod()],
      'is of type LoadBalancer',
    ],
    [
      'its Service has another port',
      [deployment, changed(service, { 'spec|ports': [{ port: 8080 }] }), pod()],
      'port 80 of stable and candidate, and Service shop/web has 8080',
    ],
    [
      'its Service has a port more',
      [
        deployment,
        changed(service, {
          'spec|ports': [
            { name: 'a', port: 80 },
            { name: 'b', port: 9000 },
          ],
        }),
        pod(),
      ],
      'has port 9000, which the intent does not',
    ],
    [
      'its Service gives a name of the intent to another port',
      [deployment, changed(service, { 'spec|ports': [{ name: 'metrics', port: 80 }] }), pod()],
      "calls another port 'metrics', and a port keeps its name",
      { intent: { 'ports.metrics': { container: 9090 } } },
    ],
    [
      'its Service has a port without a name, and the intent has two',
      [deployment, changed(service, { 'spec|ports': [{ port: 80 }] }), pod()],
      'has no name, which only an only port may have, and the intent has 2 ports',
      { intent: { 'ports.metrics': { container: 9090 } } },
    ],
    [
      'callers of the mesh know it by another Service',
      [deployment, changed(service, { 'metadata|name': 'web-http' }), pod()],
      'callers inside of the cluster reach Service shop/web-http',
      { intent: { 'traffic.callers': 'both' } },
    ],
    [
      'pods of the release would answer to its Service',
      [deployment, changed(service, { 'spec|selector': { app: 'web' } }), pod()],
      'Service shop/web selects pods by app=web, and the pods of web-',
      { intent: { podTemplate: { metadata: { labels: { app: 'web' } } } } },
    ],
    [
      'the name of the release is what its Deployment selects by',
      [
        changed(deployment, {
          'spec|selector|matchLabels': { 'app.kubernetes.io/name': 'web' },
          'spec|template|metadata|labels': { 'app.kubernetes.io/name': 'web', app: 'web' },
        }),
        service,
        changed(pod(), { 'metadata|labels': { 'app.kubernetes.io/name': 'web', app: 'web' } }),
      ],
      'Deployment shop/web selects pods by app.kubernetes.io/name=web',
    ],
    ['another policy has the name of the release', [...running, isolation], 'NetworkPolicy shop/web is there already'],
    [
      'its route has a host that the intent has not',
      [...running, changed(virtualService, { 'spec|hosts': ['web.example.com', 'www.example.com'] })],
      'VirtualService shop/web serves www.example.com, which the intent does not',
    ],
    [
      'its route stands at another gateway',
      [...running, changed(virtualService, { 'spec|gateways': ['other'] })],
      'is attached to shop/other, which the intent does not name',
    ],
    [
      'its route leads elsewhere as well',
      [...running, changed(virtualService, { 'spec|http': [{ route: [{ destination: { host: 'api.shop.svc.cluster.local' } }] }] })],
      'http[0] of VirtualService shop/web leads to shop/api as well',
    ],
    [
      'its route does what no route of a release does',
      [
        ...running,
        changed(virtualService, { 'spec|http': [{ rewrite: { uri: '/' }, route: [{ destination: { host: 'web', subset: 'v1' } }] }] }),
      ],
      'http[0] of VirtualService shop/web has rewrite, subset v1',
    ],
    [
      'its HTTPRoute has filters',
      [...running, changed(httpRoute('web'), { 'spec|rules': [{ filters: [{ type: 'URLRewrite' }], backendRefs: [{ name: 'web' }] }] })],
      'rules[0] of HTTPRoute shop/web has filter URLRewrite',
      { intent: onGateway },
    ],
  ])('is refused where %s', (_, objects, words, asked) => {
    expect(refusal(objects, asked)).toContain(words);
  });

  it('is told everything that is wrong at once', () => {
    const wrong = [changed(deployment, { 'status|availableReplicas': 0 }), changed(service, { 'spec|type': 'NodePort' }), isolation];
    expect(refusal(wrong).split('\n')).toHaveLength(4);
  });
});

describe('what is left to people', () => {
  it('is, where nobody else has anything in Git, the end of the old objects alone', () => {
    expect(stepsOf(running)).toEqual([
      "after: Remove the manifest of Service shop/web wherever it is kept; the object itself stays, and is Tidegate's now.",
      'retire: Remove Deployment shop/web. Until then its pods are what an abort or a revert goes back to.',
    ]);
  });

  it.each<[string, Changes, string, string]>([
    [
      'Argo CD',
      { 'metadata|annotations': { 'argocd.argoproj.io/tracking-id': 'store:/Service:shop/web' } },
      '`argocd.argoproj.io/sync-options: Prune=false`',
      "Argo CD application 'store'",
    ],
    [
      'Flux',
      { 'metadata|labels': { 'kustomize.toolkit.fluxcd.io/name': 'store', 'kustomize.toolkit.fluxcd.io/namespace': 'flux' } },
      '`kustomize.toolkit.fluxcd.io/prune: disabled`',
      'Flux Kustomization flux/store',
    ],
    [
      'Helm',
      { 'metadata|annotations': { 'meta.helm.sh/release-name': 'store' } },
      '`helm.sh/resource-policy: keep`',
      "Helm release 'store'",
    ],
  ])('begins with an annotation where %s has the Service', (_, marks, annotation, keeper) => {
    const [before, after] = stepsOf([deployment, changed(service, marks), pod()]);
    expect(before).toBe(`before: Annotate Service shop/web with ${annotation} where ${keeper} has it, and let that apply.`);
    expect(after).toContain(`from ${keeper}`);
  });

  it('names the routes that take the same requests, and the rules of them alone', () => {
    const both = changed(httpRoute('shop'), {
      'spec|rules': [
        ...(httpRoute('x').spec as { rules: unknown[] }).rules,
        ...(httpRoute('x', 'api', '/api').spec as { rules: unknown[] }).rules,
      ],
    });
    expect(stepsOf([...running, both], { intent: onGateway })).toContainEqual(
      expect.stringMatching(/^after: Remove rules\[0\] of HTTPRoute shop\/shop, which takes the same requests/),
    );
    expect(stepsOf([...running, httpRoute('shop', 'api', '/api')], { intent: onGateway }).join()).not.toContain('HTTPRoute');
  });

  it('takes the place of a route of its own name', () => {
    expect(stepsOf([...running, httpRoute('web')], { intent: onGateway })).toContainEqual(
      expect.stringContaining('Remove the manifest of HTTPRoute shop/web wherever it is kept'),
    );
  });

  it('moves DNS before an Ingress goes', () => {
    const ingress = object('networking.k8s.io/v1', 'Ingress', 'web', {
      rules: [{ host: 'web.example.com', http: { paths: [{ path: '/', backend: { service: { name: 'web' } } }] } }],
    });
    expect(stepsOf([...running, ingress])).toContainEqual(expect.stringMatching(/^after: Ingress shop\/web .*move DNS to it, and remove/));
  });

  it('tells who calls the Service by another host, since these move all at once', () => {
    const other = changed(httpRoute('other'), { 'spec|hostnames': ['other.example.com'] });
    expect(stepsOf([...running, other], { intent: onGateway })).toContainEqual(
      expect.stringMatching(/^release: HTTPRoute shop\/other leads to Service shop\/web for requests that this release does not route/),
    );
  });

  it('keeps an autoscaler from taking away what an abort needs, whoever made it', () => {
    expect(stepsOf([...running, autoscaler])).toContainEqual(
      expect.stringMatching(/^release: Let HorizontalPodAutoscaler shop\/web remove no pods/),
    );
    const byKeda = changed(autoscaler, { 'metadata|ownerReferences': [{ kind: 'ScaledObject', name: 'web' }] });
    expect(stepsOf([...running, byKeda])).toContainEqual(expect.stringContaining('Let ScaledObject web, which makes'));
    const careful = changed(autoscaler, { 'spec|behavior': { scaleDown: { selectPolicy: 'Disabled' } } });
    expect(stepsOf([...running, careful]).join()).not.toContain('remove no pods');
  });

  it('gives each revision what a DestinationRule has for the Service alone', () => {
    const policy = (host: string) => object('networking.istio.io/v1', 'DestinationRule', 'web', { host, trafficPolicy: {} });
    for (const host of ['web', 'web.shop.svc.cluster.local'])
      expect(stepsOf([...running, policy(host)])).toContainEqual(
        expect.stringMatching(
          /^release: Give the Services of the revisions what DestinationRule shop\/web says for Service shop\/web alone/,
        ),
      );
    expect(stepsOf([...running, policy('*.shop.svc.cluster.local')]).join()).not.toContain('DestinationRule');
  });

  it('warns of a Deployment that was never two versions at once', () => {
    const recreated = changed(deployment, { 'spec|strategy': { type: 'Recreate' } });
    expect(stepsOf([recreated, service, pod()])).toContainEqual(expect.stringContaining("is replaced by 'Recreate'"));
  });

  it('ends with all that served the old pods', () => {
    const budget = object('policy/v1', 'PodDisruptionBudget', 'web', { selector: { matchLabels: { app: 'web' } } });
    const other = changed(service, { 'metadata|name': 'web-http' });
    expect(stepsOf([...running, other, autoscaler, budget]).filter((step) => step.startsWith('retire'))).toEqual([
      'retire: Lead whoever calls Service shop/web-http to Service web, then remove it.',
      'retire: Remove Deployment shop/web, HorizontalPodAutoscaler shop/web, PodDisruptionBudget shop/web. Until then its pods are what an abort or a revert goes back to.',
    ]);
  });

  it('is also what could not be looked at', () => {
    expect(stepsOf(running, { unseen: ['Ingress in other namespaces than shop'] })[0]).toContain(
      'any Ingress in other namespaces than shop',
    );
  });
});

describe('the name of a workload', () => {
  it.each(['web', 'deployment/web', 'deploy/web', 'Deployment/web', 'deployments.apps/web'])('%s is Deployment web', (written) => {
    expect(adoptedName(written)).toBe('web');
  });

  it.each([
    ['statefulset/web', 'its pods own names and volumes'],
    ['ds/web', 'one pod per node'],
    ['rollout/web', "found 'rollout', expected 'Deployment'"],
    ['deployment/', 'names no workload'],
  ])('%s is refused with its reason', (written, words) => {
    expect(() => adoptedName(written)).toThrow(words);
  });
});
