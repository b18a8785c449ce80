import { shortHash } from '../../lib/plan/hash.ts';
import type { Plan, PlanGate, Step } from '../../lib/plan/plan.ts';
import type { KubeObject } from './fake-api.ts';

/** A release `web` in namespace `shop`: as little of it as the runner looks at. */
export const scale = (replicas = 2): Step => ({ kind: 'scale', exposure: 0, deadlineSeconds: 300, replicas });
export const smoke = (): Step => ({
  kind: 'smoke',
  exposure: 0,
  deadlineSeconds: 300,
  name: 'front',
  test: { http: { url: 'http://web-cccccccc.shop.svc.cluster.local:80', checks: [] } },
});
export const setWeight = (weight: number): Step => ({ kind: 'setWeight', exposure: weight, deadlineSeconds: 120, weight });
export const pause = (durationSeconds: number, exposure = 0): Step => ({
  kind: 'pause',
  exposure,
  deadlineSeconds: durationSeconds + 300,
  durationSeconds,
});
export const switchOver = (): Step => ({ kind: 'switch', exposure: 100, deadlineSeconds: 120 });
export const bake = (gates: readonly PlanGate[] = []): Step => ({ kind: 'bake', exposure: 100, deadlineSeconds: 0, gates });
export const analysis = (): Step => ({ kind: 'analysis', exposure: 20, deadlineSeconds: 600, durationSeconds: 300, gates: [gate] });
export const approval = (): Step => ({ kind: 'approval', exposure: 20, deadlineSeconds: 3600, name: 'promote', reason: 'look', count: 1 });

export const gate: PlanGate = {
  name: 'errors',
  description: 'few requests fail',
  scope: 'candidate',
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'vector(0)', timeoutSeconds: 10 } },
  successCondition: 'result[0] < 0.01',
  failureCondition: null,
  intervalSeconds: 30,
  count: 5,
  initialDelaySeconds: 30,
  failureLimit: 1,
  inconclusiveLimit: 3,
  onFailure: 'abort',
};

export const WALK: readonly Step[] = [
  scale(),
  smoke(),
  setWeight(20),
  pause(60, 20),
  setWeight(50),
  pause(60, 50),
  scale(),
  switchOver(),
  bake(),
];

export const GITOPS = 'argocd-controller';

export function planOf(steps: readonly Step[] = WALK, some: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    release: 'web',
    namespace: 'shop',
    target: 'production',
    engine: 'native',
    attempt: 1,
    risk: 'normal',
    stable: { revision: 'web-aaaaaaaa', deployment: 'web-aaaaaaaa', service: 'web-aaaaaaaa', image: 'registry/web@sha256:a' },
    candidate: { revision: 'web-cccccccc', deployment: 'web-cccccccc', service: 'web-cccccccc', image: 'registry/web@sha256:c' },
    route: {
      router: 'gateway-api',
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      resource: 'httproutes',
      name: 'web',
      splits: [{ stable: backend(0, 'web-aaaaaaaa'), candidate: backend(1, 'web-cccccccc') }],
      acceptance: 'gateway-parents',
    },
    steps,
    deadlineSeconds: 7200,
    scaleDownDelaySeconds: 60,
    approvals: { required: [], waived: 'tidegate.yaml: a test cluster' },
    expected: null,
    gitopsManagers: [GITOPS],
    ...some,
  };
}

const backend = (index: number, service: string) => ({
  destination: { path: `/spec/rules/0/backendRefs/${index}/name`, value: service },
  weight: `/spec/rules/0/backendRefs/${index}/weight`,
});

export const PATHS = {
  route: '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web',
  stable: '/apis/apps/v1/namespaces/shop/deployments/web-aaaaaaaa',
  candidate: '/apis/apps/v1/namespaces/shop/deployments/web-cccccccc',
  status: '/api/v1/namespaces/shop/configmaps/web-status',
  plan: (plan: Plan) => `/api/v1/namespaces/shop/configmaps/${planName(plan)}`,
  job: (plan: Plan, index = 1) => `/apis/batch/v1/namespaces/shop/jobs/web-smoke-${shortHash(plan)}-${index}`,
};

export const planName = (plan: Plan): string => `web-plan-${shortHash(plan)}`;

export const planConfigMap = (plan: Plan): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: planName(plan), namespace: 'shop' },
  immutable: true,
  data: { 'plan.json': JSON.stringify({ hash: shortHash(plan), ...plan }) },
});

export const httpRoute = (weight = 0, candidate = 'web-cccccccc'): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    parentRefs: [{ name: 'public', namespace: 'gateways' }],
    rules: [
      {
        backendRefs: [
          { name: 'web-aaaaaaaa', port: 80, weight: 100 - weight },
          { name: candidate, port: 80, weight },
        ],
      },
    ],
  },
});

export const deployment = (name: string, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: { replicas },
});

export const job = (plan: Plan, index = 1): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: `web-smoke-${shortHash(plan)}-${index}`, namespace: 'shop' },
  spec: { suspend: plan.queue !== undefined },
});
