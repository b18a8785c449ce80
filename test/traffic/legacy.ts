import type { KubeObject } from '../../lib/schema/index.ts';
import { restrictedPod } from './store.ts';

/** Revision that its answers name. */
export const LEGACY = 'web';

/** A service that somebody made by hand: Deployment and Service `web`, a route for each host, and nothing of Tidegate. */
export function legacy(namespace: string, routes: Readonly<Record<string, string>>): KubeObject[] {
  const labels = { app: 'web' };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace, labels },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        // A pod being deleted serves on for as long as a real one drains.
        template: {
          metadata: { labels, annotations: { 'fake-kubelet/gone-after': '5s', 'fake-app/revision': LEGACY } },
          spec: restrictedPod(),
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace, labels },
      spec: { selector: labels, ports: [{ name: 'web', port: 80, targetPort: 'http' }] },
    },
    ...Object.entries(routes).map(([name, host]) => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name, namespace },
      spec: {
        parentRefs: [{ name: 'web', namespace: 'traffic' }],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
      },
    })),
  ];
}
