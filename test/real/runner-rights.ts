import type { KubeObject } from '../../lib/schema/index.ts';
import { restrictedPod } from '../traffic/store.ts';

export const names = {
  route: 'store',
  stable: 'store-11111111',
  candidate: 'store-22222222',
  plan: 'store-plan-33333333',
  smoke: 'store-smoke-33333333-1',
  status: 'store-status',
  approvals: 'store-approvals',
  operator: 'store-operator',
  runner: 'store-runner',
} as const;

/** A hand-written release in flight: what the runner touches, and its rights. */
export function release(namespace: string): KubeObject[] {
  const named = (apiVersion: string, kind: string, name: string, rest: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    ...rest,
  });
  const deployment = (name: string) => {
    const labels = { app: name };
    return named('apps/v1', 'Deployment', name, {
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: restrictedPod() } },
    });
  };
  return [
    deployment(names.stable),
    deployment(names.candidate),
    named('gateway.networking.k8s.io/v1', 'HTTPRoute', names.route, {
      spec: {
        rules: [{ backendRefs: [names.stable, names.candidate].map((name, index) => ({ name, port: 80, weight: index === 0 ? 100 : 0 })) }],
      },
    }),
    named('batch/v1', 'Job', names.smoke, { spec: { template: { spec: { ...(restrictedPod() as object), restartPolicy: 'Never' } } } }),
    ...[names.plan, names.approvals, names.operator].map((name) => named('v1', 'ConfigMap', name, { data: { any: 'thing' } })),
    named('v1', 'ServiceAccount', names.runner, { automountServiceAccountToken: false }),
    named('rbac.authorization.k8s.io/v1', 'Role', names.runner, { rules }),
    named('rbac.authorization.k8s.io/v1', 'RoleBinding', names.runner, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: names.runner },
      subjects: [{ kind: 'ServiceAccount', name: names.runner, namespace }],
    }),
  ];
}

const read = ['get', 'list', 'watch'];
const rules = [
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], resourceNames: [names.route], verbs: [...read, 'patch'] },
  { apiGroups: ['apps'], resources: ['deployments'], resourceNames: [names.stable, names.candidate], verbs: read },
  { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: [names.stable, names.candidate], verbs: ['get', 'patch'] },
  { apiGroups: ['batch'], resources: ['jobs'], resourceNames: [names.smoke], verbs: read },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: [names.plan, names.approvals, names.operator], verbs: read },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: [names.status], verbs: [...read, 'create', 'patch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];
