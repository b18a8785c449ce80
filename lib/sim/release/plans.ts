import { shortHash } from '../../plan/hash.ts';
import type { Ahead, Plan, PlanGate, Step } from '../../plan/plan.ts';
import type { Random } from '../random.ts';
import { GATE_KINDS, type GateKind, gateOf, PROMETHEUS, type Rhythm } from './gates.ts';
import { type OtherFate, queueing } from './queue.ts';
import { HEADER, MIRROR_NAME, ROUTES, type RouteExtras, type RouteShape } from './routes.ts';
import { SIGNING } from './signing.ts';

export const NAMESPACE = 'shop';
export const RELEASE = 'web';
export const STABLE = 'web-aaaaaaaa';
export const GITOPS = ['argocd-controller', 'kustomize-controller'] as const;
/** What gates may have switched off, and who is asked to. */
export const FLAG = 'new-ranking';
/** The rule for requests that may be given up; in the simulator those with the header. */
export const SHED = 'shed';
export const FLAG_SERVICE = 'http://flags.shop/off';
/** The query that tells what is truly served; its truth is the simulated proxy. */
export const SERVED_QUERY = 'served_share';

/** A plan, and the route that it is made for. */
export interface Draft {
  readonly plan: Plan;
  readonly hash: string;
  readonly route: RouteShape;
}

/** What a plan may look like; the ways that a person may write one, and those that the compiler makes. */
export const SHAPES = ['canary', 'short', 'high risk', 'header', 'mirror', 'blue-green', 'bare', 'unapproved'] as const;
export type Shape = (typeof SHAPES)[number];

export interface PlanOptions {
  readonly random: Random;
  /** @default drawn */
  readonly shape?: Shape;
  readonly candidate: string;
  readonly attempt: number;
  /** The plan before, in whose place this one comes: router and GitOps tool stay. */
  readonly after?: Plan;
}

export function drawPlan({ random, candidate, attempt, after, shape: drawnShape = random.pick(SHAPES) }: PlanOptions): Draft {
  // A Service knows all or nothing.
  const shape = after?.route.router === 'service' ? 'blue-green' : drawnShape;
  const router =
    after?.route.router ?? random.pick(shape === 'blue-green' ? ['service', 'gateway-api', 'service', 'istio'] : ['gateway-api', 'istio']);
  const route = ROUTES[router](extrasOf(shape));
  const revision = (name: string) => ({
    revision: name,
    deployment: name,
    service: name,
    image: `registry.example.com/web@sha256:${name}`,
  });
  const waived = shape === 'short' || shape === 'bare' || (shape !== 'high risk' && shape !== 'unapproved' && random.chance(0.2));
  const drawn = stepsOf(shape, random, waived);
  const steps = shape === 'unapproved' ? drawn.filter(({ kind }) => kind !== 'approval') : drawn;
  const plan: Plan = {
    version: 1,
    release: RELEASE,
    namespace: NAMESPACE,
    target: 'production',
    engine: 'native',
    attempt,
    risk: shape === 'high risk' ? 'high' : 'normal',
    stable: revision(STABLE),
    candidate: revision(candidate),
    route: route.instructions({ stable: STABLE, candidate }),
    steps,
    deadlineSeconds: random.chance(0.1) ? 900 : 7_200,
    scaleDownDelaySeconds: random.whole(20, 60),
    approvals: {
      required: steps.flatMap((step) => (step.kind === 'approval' ? [step.name] : [])),
      waived: waived ? 'tidegate.yaml: a staging cluster' : null,
    },
    expected: null,
    gitopsManagers: after?.gitopsManagers ?? [random.pick(GITOPS)],
    ...queueing(after?.queue),
    ...(random.chance(0.5) ? { served: { prometheus: { address: PROMETHEUS, query: SERVED_QUERY, timeoutSeconds: 10 } } } : {}),
  };
  // Drawn last, so that they shift nothing of what a seed has always meant.
  const judged = random.chance(0.25) ? likeArgo(plan, random) : plan;
  const signed = plan.approvals.required.length > 0 && random.chance(0.25);
  const approved: Plan = signed ? { ...judged, uses: [...(judged.uses ?? []), 'signatures'], signing: SIGNING } : judged;
  const remedied = withRemedies(approved, random);
  const sheds =
    remedied.steps.some(({ kind }) => kind === 'analysis') && router !== 'service' && !WITH_ROUTES.has(shape) && random.chance(0.15);
  if (!sheds) return { plan: remedied, hash: shortHash(remedied), route };
  const split = ROUTES[router]({ header: SHED, mirror: false });
  const whole = { ...withShed(remedied, random), route: split.instructions({ stable: STABLE, candidate }) };
  return { plan: whole, hash: shortHash(whole), route: split };
}

/** The same plan with gates that are metrics of AnalysisTemplates. */
function likeArgo(plan: Plan, random: Random): Plan {
  const names = plan.steps.flatMap((step) => ('gates' in step ? step.gates.map(({ name }) => name) : []));
  const chosen = new Set([...new Set(names)].filter(() => random.chance(0.7)));
  const steps = plan.steps.map(
    (step): Step => ('gates' in step ? { ...step, gates: step.gates.map((gate) => (chosen.has(gate.name) ? termsOf(gate) : gate)) } : step),
  );
  return chosen.size === 0 ? plan : { ...plan, steps, uses: ['argo', ...(plan.uses ?? [])] };
}

/** Jobs are rendered beforehand, and are judged as ever. */
function termsOf(gate: PlanGate): PlanGate {
  if ('job' in gate.provider) return gate;
  const { count, failureLimit, inconclusiveLimit } = gate;
  return {
    ...gate,
    argo: {
      verdicts: 'native',
      count,
      failureLimit,
      inconclusiveLimit,
      consecutiveErrorLimit: 4,
      consecutiveSuccessLimit: 0,
      retention: 10,
      dryRun: false,
      file: 'analysis/web.yaml',
    },
  };
}

/** Some gates of some plans have a flag switched off. */
function withRemedies(plan: Plan, random: Random): Plan {
  if (!random.chance(0.2)) return plan;
  const terms = (withinSeconds: number) => ({ flag: FLAG, settleSeconds: random.pick([20, 40, 90]), withinSeconds });
  const web = { url: FLAG_SERVICE, method: 'POST', headers: {}, body: null, jsonPath: '{$}', timeoutSeconds: 10 } as const;
  const all = { flagOff: terms(random.pick([60, 200])), webhook: { ...terms(random.pick([60, 200])), web } };
  const kinds: readonly ['flagOff' | 'webhook', ...('flagOff' | 'webhook')[]] = random.pick<
    ['flagOff' | 'webhook', ...('flagOff' | 'webhook')[]]
  >([['flagOff'], ['webhook'], ['flagOff', 'webhook']]);
  const names = new Map<string, PlanGate['onFailure']>();
  const remedied = (gate: PlanGate): PlanGate => {
    if ('job' in gate.provider) return gate;
    // A gate goes on in the bake as it was in the analysis.
    const { name, onFailure } = gate;
    const known = names.get(name) ?? (random.chance(0.7) ? random.pick(kinds) : onFailure);
    names.set(name, known);
    return { ...gate, onFailure: known };
  };
  const steps = plan.steps.map((step): Step => ('gates' in step ? { ...step, gates: step.gates.map(remedied) } : step));
  const used = kinds.filter((kind) => [...names.values()].includes(kind));
  if (used.length === 0) return plan;
  return { ...plan, steps, uses: [...(plan.uses ?? []), 'remedies'], remedies: Object.fromEntries(used.map((kind) => [kind, all[kind]])) };
}

const WITH_ROUTES: ReadonlySet<Shape> = new Set(['header', 'mirror', 'blue-green', 'bare']);

/** Some gates of the same plan have requests given up, and all of those are judged once more before the switch. */
function withShed(plan: Plan, random: Random): Plan {
  const shedding = new Set<string>();
  const known = new Set<string>();
  const terms = { headers: HEADER.headers, withinSeconds: random.pick([60, 200]) };
  const sheds = (gate: PlanGate): PlanGate => {
    if (!known.has(gate.name) && !('job' in gate.provider) && random.chance(0.7)) shedding.add(gate.name);
    known.add(gate.name);
    return shedding.has(gate.name) ? { ...gate, onFailure: 'shed' } : gate;
  };
  const aborts = (gate: PlanGate): PlanGate => (gate.onFailure === 'shed' ? { ...gate, onFailure: 'abort' } : gate);
  const steps: Step[] = [];
  for (const step of plan.steps) {
    const last = steps.findLast(({ kind }) => kind === 'analysis');
    if (step.kind === 'switch' && last?.kind === 'analysis') {
      const { exposure } = steps.at(-1) as Step;
      steps.push({ kind: 'setHeaderRoute', exposure, deadlineSeconds: STEP_SECONDS, name: SHED, headers: HEADER.headers });
      steps.push({ ...last, exposure, gates: last.gates.map(aborts) });
    }
    if (!('gates' in step)) steps.push(step);
    else steps.push({ ...step, gates: step.gates.map(sheds).map(step.exposure < 100 ? (gate) => gate : aborts) });
  }
  const named = [...new Set(steps.flatMap((step) => ('gates' in step ? step.gates.map(({ onFailure }) => onFailure) : [])))];
  const remedies = Object.fromEntries(Object.entries({ ...plan.remedies, shed: terms }).filter(([kind]) => named.includes(kind as never)));
  return { ...plan, steps, uses: [...new Set([...(plan.uses ?? []), 'remedies'])], remedies: { ...remedies, shed: terms } };
}

const extrasOf = (shape: Shape): RouteExtras => ({ header: shape === 'header' ? HEADER.name : null, mirror: shape === 'mirror' });

const READY_SECONDS = 300;
const STEP_SECONDS = 180;

function stepsOf(shape: Shape, random: Random, waived: boolean): readonly Step[] {
  const build = new Builder(random);
  const replicas = random.whole(1, 4);
  build.scale(replicas).smoke();
  if (random.chance(0.2)) build.smoke();
  switch (shape) {
    case 'canary':
      build.weight(random.pick([5, 10, 20])).analysis();
      if (random.chance(0.6)) build.weight(random.pick([30, 40, 50])).analysis();
      return build.approval(waived).scale(replicas).weight(100).analysis(true).bake();
    case 'short':
      return build.weight(20).analysis().weight(60).pause().weight(100).bake();
    case 'high risk':
      return build.approval(false, 2).weight(5).analysis().weight(30).analysis().approval(false, 2).scale(replicas).weight(100).bake();
    case 'header':
      return build.header().analysis().weight(20).analysis().approval(waived).scale(replicas).weight(100).analysis(true).bake();
    case 'mirror':
      return build.mirror().analysis().weight(10).analysis().approval(waived).scale(replicas).weight(100).bake();
    case 'blue-green':
      return build.analysis().approval(waived).scale(replicas).weight(100).analysis(true).bake();
    case 'bare':
      return build.weight(10).pause().weight(60).weight(100).all;
    case 'unapproved':
      return build.weight(20).analysis().weight(50).pause().weight(100).bake();
  }
}

class Builder {
  readonly all: Step[] = [];
  private readonly random: Random;
  private exposure = 0;
  private seen = false;
  private gates: readonly PlanGate[] = [];
  private names = 0;

  constructor(random: Random) {
    this.random = random;
  }

  scale(replicas: number): this {
    return this.add({ kind: 'scale', exposure: this.exposure, deadlineSeconds: READY_SECONDS, replicas });
  }

  smoke(): this {
    const test = { http: { url: 'http://web.shop', checks: [] } };
    return this.add({ kind: 'smoke', exposure: 0, deadlineSeconds: READY_SECONDS + 120, name: `smoke-${++this.names}`, test });
  }

  weight(weight: number): this {
    this.exposure = weight;
    this.seen = true;
    if (weight === 100) return this.add({ kind: 'switch', exposure: 100, deadlineSeconds: STEP_SECONDS });
    return this.add({ kind: 'setWeight', exposure: weight, deadlineSeconds: STEP_SECONDS, weight });
  }

  header(): this {
    this.seen = true;
    return this.add({ kind: 'setHeaderRoute', exposure: 0, deadlineSeconds: STEP_SECONDS, ...HEADER });
  }

  mirror(): this {
    this.seen = true;
    return this.add({ kind: 'setMirrorRoute', exposure: 0, deadlineSeconds: STEP_SECONDS, name: MIRROR_NAME, percent: 20 });
  }

  pause(): this {
    const durationSeconds = this.random.whole(10, 60);
    return this.add({ kind: 'pause', exposure: this.exposure, deadlineSeconds: durationSeconds + STEP_SECONDS, durationSeconds });
  }

  /** @param alone there is no stable traffic to compare with */
  analysis(alone = false): this {
    const { random } = this;
    const kinds = this.kinds(alone);
    this.gates = kinds.map((kind) => gateOf(kind, rhythm(random)));
    const seconds = Math.max(...this.gates.map((gate) => gate.initialDelaySeconds + gate.intervalSeconds * (gate.count - 1)));
    return this.add({
      kind: 'analysis',
      exposure: this.exposure,
      deadlineSeconds: seconds + random.pick([STEP_SECONDS, 600]),
      durationSeconds: seconds,
      gates: this.gates,
    });
  }

  approval(waived: boolean, count = 1): this {
    if (waived) return this;
    const name = `approve-${++this.names}`;
    const deadlineSeconds = this.random.pick([120, 300, 900]);
    return this.add({ kind: 'approval', exposure: this.exposure, deadlineSeconds, name, reason: 'look', count });
  }

  bake(): readonly Step[] {
    const gates = this.random.chance(0.3) ? [] : this.gates.filter(({ scope }) => scope !== 'comparison');
    return this.add({ kind: 'bake', exposure: this.exposure, deadlineSeconds: 0, gates }).all;
  }

  private kinds(alone: boolean): GateKind[] {
    const all = [...GATE_KINDS.values()].filter(({ scope }) => (scope === 'comparison' ? !alone : true));
    const fitting = this.seen ? all : all.filter(({ answers }) => answers === 'web' || answers === 'job');
    const chosen = fitting.filter(({ answers }) => this.random.chance(answers === 'job' ? 0.2 : 0.4));
    return chosen.length > 0 ? chosen : fitting.slice(0, 1);
  }

  private add(step: Step): this {
    this.all.push(step);
    return this;
  }
}

function rhythm(random: Random): Rhythm {
  const count = random.whole(1, 4);
  return {
    intervalSeconds: random.pick([10, 20, 30]),
    count,
    initialDelaySeconds: random.pick([0, 10, 30]),
    failureLimit: random.whole(0, Math.min(1, count - 1)),
    inconclusiveLimit: random.whole(0, 1),
    onFailure: random.pick(['abort', 'abort', 'abort', 'hold', 'scaleUp'] as const),
  };
}

/** The same plan, and these come first. */
export function withQueue({ plan, route }: Draft, others: readonly OtherFate[]): Draft {
  const ahead = others.flatMap(({ release, attempt, until }): Ahead[] =>
    until === 'unexposed' || until === 'at rest' ? [] : [{ release, attempt, until }],
  );
  const [behind = [], atRest = []] = (['unexposed', 'at rest'] as const).map((kind) =>
    others.filter(({ until }) => until === kind).map(({ release }) => release),
  );
  const queue = {
    group: 'shop',
    limit: 1 + (ahead.length % 2),
    ahead,
    ...(behind.length > 0 ? { behind } : {}),
    ...(atRest.length > 0 ? { atRest } : {}),
  };
  const queued = { ...plan, ...queueing(queue, plan.uses) };
  return { plan: queued, hash: shortHash(queued), route };
}
