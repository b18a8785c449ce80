import type { Plan, PlanGate, Step } from '../../lib/plan/plan.ts';

/** A gate with nothing remarkable about it but what is given. */
export function gate(given: Partial<PlanGate> = {}): PlanGate {
  return {
    name: '5xx-ratio',
    description: 'Less than 1 % of the answers of the candidate are server errors.',
    scope: 'candidate',
    provider: { prometheus: { address: 'http://prometheus.example:9090', query: 'sum(rate(errors[2m]))', timeoutSeconds: 10 } },
    successCondition: 'result[0] < 0.01',
    failureCondition: null,
    intervalSeconds: 30,
    count: 5,
    initialDelaySeconds: 30,
    failureLimit: 1,
    inconclusiveLimit: 3,
    onFailure: 'abort',
    ...given,
  };
}

/** A plan with the given steps; the rest is that of `web`. */
export function planOf(steps: readonly Step[], given: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    release: 'web',
    namespace: 'shop',
    target: 'production',
    engine: 'native',
    attempt: 1,
    risk: 'normal',
    stable: revision('web-1f3a9c07', '1.4.1', 'a'),
    candidate: revision('web-8be2d451', '1.5.0', 'b'),
    route: {
      router: 'istio',
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      resource: 'virtualservices',
      name: 'web',
      splits: [],
      acceptance: 'none',
    },
    steps,
    deadlineSeconds: 4 * 3_600,
    scaleDownDelaySeconds: 300,
    approvals: { required: steps.flatMap((step) => (step.kind === 'approval' ? [step.name] : [])), waived: null },
    expected: { peakRps: 120, lowRps: 25, errorRatio: 0.004 },
    gitopsManagers: [],
    ...given,
  };
}

function revision(name: string, tag: string, digit: string) {
  return { revision: name, deployment: name, service: name, image: `registry.example.com/shop/web:${tag}@sha256:${digit.repeat(64)}` };
}

export const scale = (exposure = 0): Step => ({ kind: 'scale', exposure, deadlineSeconds: 600, replicas: 6 });

export const smoke = (name = 'smoke'): Step => ({
  kind: 'smoke',
  exposure: 0,
  deadlineSeconds: 720,
  name,
  test: {
    http: {
      url: 'http://web-8be2d451.shop.svc.cluster.local:80',
      checks: ['/healthz', '/api/version', '/api/checkout/smoke'].map((path) => ({
        path,
        method: 'GET',
        headers: {},
        body: null,
        status: 200,
        json: {},
        contains: null,
        timeoutSeconds: 5,
      })),
    },
  },
});

export const weight = (percent: number): Step => ({ kind: 'setWeight', exposure: percent, deadlineSeconds: 900, weight: percent });
export const switchOver: Step = { kind: 'switch', exposure: 100, deadlineSeconds: 900 };

export const pause = (exposure: number, durationSeconds: number): Step => ({
  kind: 'pause',
  exposure,
  deadlineSeconds: durationSeconds + 900,
  durationSeconds,
});

export const analysis = (exposure: number, durationSeconds: number, gates: readonly PlanGate[]): Step => ({
  kind: 'analysis',
  exposure,
  deadlineSeconds: durationSeconds + 900,
  durationSeconds,
  gates: gates.map((each) => ({
    ...each,
    count: Math.max(each.count, 1 + Math.floor((durationSeconds - each.initialDelaySeconds) / each.intervalSeconds)),
  })),
});

export const approval = (exposure: number, given: { name?: string; reason?: string; count?: number } = {}): Step => ({
  kind: 'approval',
  exposure,
  deadlineSeconds: 24 * 3_600,
  name: 'promote',
  reason: 'orders per minute look as usual',
  count: 1,
  ...given,
});

export const headerRoute = (exposure: number, name = 'insiders'): Step => ({
  kind: 'setHeaderRoute',
  exposure,
  deadlineSeconds: 900,
  name,
  headers: { 'x-canary': 'always' },
});

export const mirror = (exposure: number, percent: number): Step => ({
  kind: 'setMirrorRoute',
  exposure,
  deadlineSeconds: 900,
  name: 'shadow',
  percent,
});

export const bake = (gates: readonly PlanGate[]): Step => ({ kind: 'bake', exposure: 100, deadlineSeconds: 0, gates });

const webGates: readonly PlanGate[] = [
  gate(),
  gate({
    name: 'p95-against-stable',
    description: 'The slowest 5 % of requests take at most a fifth longer than those of stable.',
    scope: 'comparison',
    successCondition: 'result[0] <= 1.2',
  }),
  gate({
    name: 'errors-against-stable',
    description: 'The candidate does not fail more often than stable.',
    scope: 'comparison',
    successCondition: 'result[0] <= 2 || result[1] < 0.002',
  }),
  gate({
    name: 'restarts',
    description: 'No container of the candidate restarts.',
    successCondition: 'result[0] == 0',
    failureLimit: 0,
  }),
  gate({
    name: 'requests-seen',
    description: 'At least 100 requests were seen; fewer prove nothing.',
    scope: 'volume',
    successCondition: 'result[0] >= 100',
    onFailure: 'hold',
  }),
];

/** The flagship of the examples: 5 / 20 / 50 / approval / 100, five gates at every weight. */
export function webPlan(): Plan {
  return planOf([
    scale(),
    smoke(),
    weight(5),
    analysis(5, 150, webGates),
    weight(20),
    analysis(20, 180, webGates),
    weight(50),
    analysis(50, 300, webGates),
    approval(50),
    scale(50),
    switchOver,
    bake(webGates.filter(({ scope }) => scope !== 'comparison')),
  ]);
}

/** Insiders first, then copies, then users: headers, copies of 10 %, 5, 50, approval, 100. */
export function besidePlan(): Plan {
  return planOf([
    scale(),
    smoke(),
    headerRoute(0),
    analysis(0, 300, [gate()]),
    mirror(0, 10),
    analysis(0, 150, [gate()]),
    weight(5),
    analysis(5, 150, [gate()]),
    mirror(5, 0),
    weight(50),
    analysis(50, 300, [gate()]),
    approval(50),
    scale(50),
    switchOver,
    bake([gate()]),
  ]);
}

/** Blue-green: preview, approval, 100, and the old revision kept for half an hour. */
export function blueGreenPlan(): Plan {
  return planOf([
    scale(),
    smoke(),
    analysis(0, 600, [gate({ name: 'checkout' })]),
    approval(0),
    scale(0),
    switchOver,
    analysis(100, 300, [gate()]),
    pause(100, 1_500),
    bake([gate()]),
  ]);
}

/** Twelve levels, long names, two persons, and a release of high risk. */
export function longPlan(): Plan {
  const name = 'a-release-name-that-has-forty-characters';
  const gates = [
    gate({ name: 'errors-of-checkout-and-payment-endpoints-against-those-of-stable', intervalSeconds: 60 }),
    gate({ name: 'latency', intervalSeconds: 10, count: 28 }),
  ];
  const weights = [1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 90];
  return planOf(
    [
      scale(),
      smoke('pages-that-nobody-visits-by-hand-but-that-earn-the-money'),
      smoke('api'),
      ...weights.flatMap((percent) => [
        ...(percent === 75 ? [approval(50, { name: 'second-pair-of-eyes-of-the-payments-team', count: 2 }), scale(50)] : []),
        weight(percent),
        analysis(percent, 300, gates),
        ...(percent === 10 ? [pause(10, 1_800)] : []),
      ]),
      switchOver,
      bake(gates),
    ],
    { release: name, namespace: 'a-namespace-of-the-payments-team', risk: 'high', attempt: 12 },
  );
}

export const HOSTILE =
  '<script>alert("1")</script> & | `tick` ``two`` \n## heading\r\n\u001b[31mred\u0007 \u202eevil ]]> --> @team #1 [x](http://e.example) 🚀👩‍👩‍👧 \ud800';

/** Every text that a person or a chart may have written is an attack. */
export function hostilePlan(): Plan {
  const gates = [gate({ name: HOSTILE, description: HOSTILE, successCondition: `result[0] < 1 || ${HOSTILE}`, onFailure: 'hold' })];
  return planOf(
    [
      scale(),
      smoke(HOSTILE),
      { kind: 'setHeaderRoute', exposure: 0, deadlineSeconds: 900, name: HOSTILE, headers: { 'x-canary': HOSTILE } },
      { kind: 'setMirrorRoute', exposure: 0, deadlineSeconds: 900, name: HOSTILE, percent: 10 },
      { kind: 'pause', exposure: 0, deadlineSeconds: 900, durationSeconds: 0 },
      weight(5),
      analysis(5, 150, gates),
      approval(5, { name: HOSTILE, reason: HOSTILE }),
      switchOver,
      bake([]),
    ],
    {
      release: HOSTILE,
      namespace: HOSTILE,
      target: HOSTILE,
      candidate: { revision: HOSTILE, deployment: HOSTILE, service: HOSTILE, image: HOSTILE },
      approvals: { required: [], waived: HOSTILE },
    },
  );
}

/** A migration that the plan waits for. */
export const migration = (kind: 'expand' | 'contract'): Step => {
  const container = { image: 'web', command: ['migrate'], args: null, env: {}, resources: null };
  const job = { name: 'score', description: 'drops column\nposition', deadlineSeconds: 600, container };
  const { name, deadlineSeconds } = job;
  const test = { migration: kind === 'expand' ? ({ ...job, kind, oldShape: 'needed' } as const) : { ...job, kind, of: 'ranking' } };
  return { kind: 'smoke', exposure: 0, deadlineSeconds, name, test };
};
