import type { PlanGate } from '../../plan/plan.ts';

/** What an answer truly says, by a rule of its own: nothing of the code under test judges here. */
export type Truth = 'pass' | 'fail' | 'inconclusive';

/** What one revision does to its users. */
export interface Quality {
  /** Share of requests that fail, 0 to 1. */
  readonly errors: number;
  readonly latencySeconds: number;
}

/** A kind of gate: how it asks, what the truth answers, and what that answer is worth. */
export interface GateKind {
  readonly name: string;
  readonly scope: PlanGate['scope'];
  readonly provider: PlanGate['provider'];
  readonly successCondition: string | null;
  readonly failureCondition: string | null;
  readonly answers: 'vector' | 'scalar' | 'matrix' | 'web' | 'job';
  /** Null: there is nothing to measure. */
  value(seen: Seen): number | null;
  judge(value: number): Truth;
}

/** What there is to be measured at one moment. */
export interface Seen {
  readonly candidate: Quality;
  readonly stable: Quality;
  /** Requests per second that the candidate truly answers, with copies. */
  readonly candidateRps: number;
}

export const PROMETHEUS = 'http://prometheus.monitoring:9090';
const prometheus = (query: string) => ({ prometheus: { address: PROMETHEUS, query, timeoutSeconds: 10 } });

const KINDS: readonly GateKind[] = [
  {
    name: 'errors',
    scope: 'candidate',
    provider: prometheus('gate_errors'),
    successCondition: 'len(result) > 0 && result[0] < 0.02',
    failureCondition: null,
    answers: 'vector',
    value: ({ candidate, candidateRps }) => (candidateRps === 0 ? null : candidate.errors),
    judge: (value) => (value < 0.02 ? 'pass' : 'fail'),
  },
  {
    name: 'latency',
    scope: 'candidate',
    provider: prometheus('scalar(gate_latency)'),
    successCondition: 'result <= 0.5',
    failureCondition: 'result > 0.8',
    answers: 'scalar',
    value: ({ candidate, candidateRps }) => (candidateRps === 0 ? Number.NaN : candidate.latencySeconds),
    judge: (value) => (value > 0.8 ? 'fail' : value <= 0.5 ? 'pass' : 'inconclusive'),
  },
  {
    name: 'compare',
    scope: 'comparison',
    provider: prometheus('gate_compare'),
    successCondition: null,
    failureCondition: 'result[0] > 0.01',
    answers: 'vector',
    value: ({ candidate, stable, candidateRps }) => (candidateRps === 0 ? null : candidate.errors - stable.errors),
    judge: (value) => (value > 0.01 ? 'fail' : 'pass'),
  },
  {
    name: 'health',
    scope: 'service',
    provider: {
      web: { url: 'http://health.shop/status', method: 'GET', headers: {}, body: null, jsonPath: '{$.errors}', timeoutSeconds: 5 },
    },
    successCondition: 'result < 0.02',
    failureCondition: null,
    answers: 'web',
    value: ({ candidate }) => candidate.errors,
    judge: (value) => (value < 0.02 ? 'pass' : 'fail'),
  },
  {
    name: 'trend',
    scope: 'candidate',
    provider: {
      prometheus: { address: PROMETHEUS, query: 'gate_trend', timeoutSeconds: 10, range: { seconds: 60, stepSeconds: 20 } },
    },
    successCondition: 'all(result, # < 0.02)',
    failureCondition: null,
    answers: 'matrix',
    value: ({ candidate, candidateRps }) => (candidateRps === 0 ? null : candidate.errors),
    judge: (value) => (value < 0.02 ? 'pass' : 'fail'),
  },
  {
    name: 'probe',
    scope: 'service',
    provider: { job: { image: 'registry.example.com/probe@sha256:0', command: null, args: null, env: {}, timeoutSeconds: 120 } },
    successCondition: null,
    failureCondition: null,
    answers: 'job',
    value: ({ candidate }) => candidate.errors,
    judge: (value) => (value < 0.02 ? 'pass' : 'fail'),
  },
];

export const GATE_KINDS: ReadonlyMap<string, GateKind> = new Map(KINDS.map((kind) => [kind.name, kind]));

/** The gate's kind, whose name it bears. */
export function kindOf({ name }: Pick<PlanGate, 'name'>): GateKind | undefined {
  return GATE_KINDS.get(name);
}

export type Rhythm = Pick<
  PlanGate,
  'intervalSeconds' | 'count' | 'initialDelaySeconds' | 'failureLimit' | 'inconclusiveLimit' | 'onFailure'
>;

export function gateOf({ name, scope, provider, successCondition, failureCondition }: GateKind, rhythm: Rhythm): PlanGate {
  return { name, description: name, scope, provider, successCondition, failureCondition, ...rhythm };
}
