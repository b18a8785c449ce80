import { NO_COUNTERS } from '../../lib/gates/verdict.ts';
import type { Plan, PlanGate, Step } from '../../lib/plan/plan.ts';
import type { GateStatus } from '../../lib/runner/status.ts';
import { newStatus, type Status } from '../../lib/runner/status.ts';
import type { KubeObject } from '../../lib/schema/index.ts';

// The release that is measured: `web` on an HTTPRoute, 20, 50, an approval, 100.

export const STABLE = 'web-aaaaaaaa';
export const CANDIDATE = 'web-cccccccc';
export const GITOPS = 'argocd-controller';
/** Where each step is in the plan. */
export const STEP = { firstAnalysis: 3, secondAnalysis: 5, approval: 6 } as const;

export function gate(address: string, some: Partial<PlanGate> & Pick<PlanGate, 'name'>): PlanGate {
  return {
    description: 'share of requests that fail',
    scope: 'candidate',
    provider: { prometheus: { address, query: some.name, timeoutSeconds: 10 } },
    successCondition: 'len(result) > 0 && !isInf(result[0]) && result[0] < 0.01',
    failureCondition: 'len(result) > 0 && result[0] >= 0.01',
    intervalSeconds: 1,
    count: 1_000,
    initialDelaySeconds: 0,
    failureLimit: 0,
    inconclusiveLimit: 0,
    onFailure: 'abort',
    ...some,
  };
}

/** @param attempt makes it another plan than all before */
export function planOf(namespace: string, attempt: number, gates: readonly PlanGate[]): Plan {
  const revision = (name: string) => ({ revision: name, deployment: name, service: name, image: `registry.example.com/web:${name}` });
  const backend = (index: number, value: string) => ({
    destination: { path: `/spec/rules/0/backendRefs/${index}/name`, value },
    weight: `/spec/rules/0/backendRefs/${index}/weight`,
  });
  const analysis: Step = { kind: 'analysis', exposure: 20, deadlineSeconds: 3_600, durationSeconds: 0, gates };
  return {
    version: 1,
    release: 'web',
    namespace,
    target: 'bench',
    engine: 'native',
    attempt,
    risk: 'normal',
    stable: revision(STABLE),
    candidate: revision(CANDIDATE),
    route: {
      router: 'gateway-api',
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      resource: 'httproutes',
      name: 'web',
      splits: [{ stable: backend(0, STABLE), candidate: backend(1, CANDIDATE) }],
      acceptance: 'gateway-parents',
    },
    steps: [
      { kind: 'scale', exposure: 0, deadlineSeconds: 300, replicas: 1 },
      { kind: 'smoke', exposure: 0, deadlineSeconds: 300, name: 'http', test: { http: { url: 'http://web', checks: [] } } },
      { kind: 'setWeight', exposure: 20, deadlineSeconds: 300, weight: 20 },
      analysis,
      { kind: 'setWeight', exposure: 50, deadlineSeconds: 3_600, weight: 50 },
      { ...analysis, exposure: 50 },
      { kind: 'approval', exposure: 50, deadlineSeconds: 86_400, name: 'promote', reason: 'look', count: 1 },
      { kind: 'switch', exposure: 100, deadlineSeconds: 300 },
      { kind: 'bake', exposure: 100, deadlineSeconds: 0, gates: [] },
    ],
    deadlineSeconds: 86_400,
    scaleDownDelaySeconds: 600,
    approvals: { required: ['promote'], waived: null },
    expected: null,
    gitopsManagers: [GITOPS],
  };
}

/** Where in its plan a release is when its runner starts. */
export interface Place {
  readonly step: number;
  /** Step whose gates judge the level. */
  readonly judging: number;
  readonly weight: number;
}

/** The status of a runner that has walked so far and was killed there. */
export function statusAt(
  { step, judging, weight }: Place,
  {
    plan,
    hash,
    planUid,
    generation,
  }: { readonly plan: Plan; readonly hash: string; readonly planUid: string; readonly generation: number },
): Status {
  const at = Date.now();
  const since = at - 60_000;
  const judged = plan.steps[judging];
  const gates = judged?.kind === 'analysis' ? judged.gates : [];
  const begun: GateStatus = { since, passedAt: null, counters: NO_COUNTERS, began: null };
  return {
    ...newStatus({ plan: hash, planUid, at: since, generation }),
    phase: 'Progressing',
    heartbeat: at,
    step,
    stepStartedAt: since,
    level: { set: { weight, routes: {} }, observed: weight, held: since, since, generation },
    gates: Object.fromEntries(gates.map(({ name }) => [`${judging}.${name}`, begun])),
  };
}

export const routeAt = (namespace: string, weight: number): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [
          { group: '', kind: 'Service', name: STABLE, port: 80, weight: 100 - weight },
          { group: '', kind: 'Service', name: CANDIDATE, port: 80, weight },
        ],
      },
    ],
  },
});

/** The candidate's weight. */
export function weightOf({ spec }: Pick<KubeObject, 'spec'>): number | undefined {
  const { rules } = spec as { rules?: { backendRefs?: { name: string; weight: number }[] }[] };
  return rules?.[0]?.backendRefs?.find(({ name }) => name === CANDIDATE)?.weight;
}

export const deployment = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { revision: name } },
    template: {
      metadata: { labels: { revision: name } },
      spec: { containers: [{ name: 'web', image: 'registry.k8s.io/pause:3.10' }] },
    },
  },
});
