import type { KubeObject } from '../../lib/schema/index.ts';

/** A hand-written service in two revisions behind one HTTPRoute, as small as it can be: what proves the harness itself. */
export function store(
  namespace: string,
  weights: Readonly<Record<string, number>>,
  options: { readonly replicas?: number } = {},
): KubeObject[] {
  return [
    ...Object.keys(weights).flatMap((revision) => revisionObjects(namespace, revision, options.replicas ?? 2)),
    route(namespace, weights),
  ];
}

/** Host that the route answers for; one per namespace, because all share a Gateway. */
export const hostOf = (namespace: string): string => `${namespace}.example.com`;

function revisionObjects(namespace: string, revision: string, replicas: number): KubeObject[] {
  const labels = { app: 'store', 'tidegate.dev/revision': revision };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: revision, namespace, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        // A pod being deleted serves on for as long as a real one drains.
        template: { metadata: { labels, annotations: { 'fake-kubelet/gone-after': '5s' } }, spec: restrictedPod() },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: revision, namespace, labels },
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
  ];
}

function route(namespace: string, weights: Readonly<Record<string, number>>): KubeObject {
  const backendRefs = Object.entries(weights).map(([name, weight]) => ({ name, port: 80, weight }));
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'store', namespace },
    spec: { parentRefs: [{ name: 'web', namespace: 'traffic' }], hostnames: [hostOf(namespace)], rules: [{ backendRefs }] },
  };
}

/** A pod that meets the restricted Pod Security profile. */
export function restrictedPod(): KubeObject[string] {
  return {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'store',
        image: `registry.example.com/store@sha256:${'5'.repeat(64)}`,
        ports: [{ name: 'http', containerPort: 8080 }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  };
}
