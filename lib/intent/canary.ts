import { ProblemError } from '../schema/problem.ts';
import type { DurationLike } from './duration.ts';
import { exposedBy } from './exposing.ts';
import type { Gate } from './gate.ts';
import type { Analysis, Approval, Canary, CanaryStep, CanaryWeight, HeaderRoute, Mirror } from './strategy.ts';
import {
  APPROVAL_ABOVE,
  type MirrorPercent,
  mirrorProblem,
  type PastApproval,
  type Rising,
  type WeightAfter,
  weightListProblem,
  weightProblem,
} from './weights.ts';

/** At least one gate. */
export type Gates = readonly [Gate, ...Gate[]] | readonly [...Gate[], Gate];

/** What the short form is made of. */
export interface CanaryProps<Weights> {
  /** Candidate's shares in percent: whole numbers that rise to 100; `{ weight, watch }` where one is watched longer. */
  readonly weights: Weights;
  /** Judged at every weight, and while the release waits for a person or bakes. */
  readonly gates: Gates;
  /** What the person is told who lets it go above 50 percent. */
  readonly approval?: Approval;
  /** Requests that carry these headers, exactly as written, go to the candidate before the first weight, and are watched. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The short form of a canary, safe by construction: analysis after every weight and an approval before the first
 * weight above 50 are put in. Literal weights that do not rise to 100 do not compile.
 *
 *     canary({ weights: [5, { weight: 20, watch: '3m' }, 50, 100], gates: [errors, latency] })
 *
 * @throws ProblemError for weights that only run time can see and that do not rise to 100
 */
export function canary<const Weights extends readonly CanaryWeight[]>(props: CanaryProps<Rising<Weights>>): Canary;
export function canary({ weights, gates, approval, headers }: CanaryProps<readonly CanaryWeight[]>): Canary {
  const problem = weightListProblem(weights.map((entry) => (typeof entry === 'number' ? entry : entry.weight)));
  if (problem !== null) refuse(problem.message, `strategy.weights${problem.index === null ? '' : `[${problem.index}]`}`);
  requireGates(gates, 'strategy.gates');
  return {
    kind: 'canary',
    weights: [...weights],
    gates: [...gates],
    ...(approval === undefined ? {} : { approval }),
    ...(headers === undefined ? {} : { headers }),
  };
}

/**
 * The long form of a canary: every step is written, and what would be unsafe does not compile. After `.weight(20)`, and
 * after a header route or a mirror, there is only `.analysis(...)`; a weight above 50 exists only behind
 * `.approval(...)`; only `.weight(100)` ends it.
 *
 *     canary.steps()
 *       .headerRoute({ name: 'insiders', headers: { 'x-canary': 'always' } }).analysis({ gates: [errors], watch: '5m' })
 *       .weight(5).analysis({ gates: [errors], watch: '2m' })
 *       .weight(50).analysis({ gates: [errors, latency], watch: '5m' })
 *       .approval({ reason: 'look at the checkout dashboard' })
 *       .weight(100)
 */
canary.steps = (): Observed<0, false> => new Builder([], 0, false, null) as Observed<0, false>;

/** Keeps `Observed<20, false>` from passing for `Observed<20, true>`; exists in types only. */
declare const progress: unique symbol;

/** The candidate gets requests that it did not get before: what comes next must observe it. */
export interface Unobserved<Last extends number, Approved extends boolean> {
  readonly [progress]?: readonly [Last, Approved];
  /** Judges the gates while exposure stays. */
  analysis(analysis: ObservedAnalysis): Observed<Last, Approved>;
}

/** The candidate was observed at its weight: it may wait, or rise. */
export interface Observed<Last extends number, Approved extends boolean> {
  readonly [progress]?: readonly [Last, Approved];
  /** Judges more gates at this exposure. */
  analysis(analysis: ObservedAnalysis): Observed<Last, Approved>;
  /** Lets time pass, gates going on. */
  pause(duration: DurationLike): Observed<Last, Approved>;
  /** Waits for a person; opens the way above 50 percent. */
  approval(approval?: Approval): Observed<Last, true>;
  /** Sends requests with certain headers to the candidate, whatever its weight. */
  headerRoute(route: HeaderRoute): Unobserved<Last, Approved>;
  /** Copies a share of the requests to the candidate, whose answers nobody sees; 0 ends it. */
  mirror<const P extends number>(
    mirror: Mirror & { readonly percent: MirrorPercent<P> },
  ): [P] extends [0] ? Observed<Last, Approved> : Unobserved<Last, Approved>;
  /** Raises the candidate's share; 100 ends the strategy. */
  weight<const W extends number>(
    weight: WeightAfter<W, Last, Approved>,
  ): [W] extends [100] ? Canary : Unobserved<W, PastApproval<W, Approved>>;
}

interface ObservedAnalysis extends Analysis {
  readonly gates: Gates;
}

/** What the types above say, once more for callers whose types were cast away. Each call gives a new builder, so a prefix may be shared. */
class Builder {
  readonly #steps: readonly CanaryStep[];
  readonly #last: number;
  /** What the candidate was given and no gate has judged yet. */
  readonly #unobserved: string | null;
  readonly #approved: boolean;

  constructor(steps: readonly CanaryStep[], last: number, approved: boolean, unobserved: string | null) {
    this.#steps = steps;
    this.#last = last;
    this.#approved = approved;
    this.#unobserved = unobserved;
  }

  weight(weight: number): never {
    this.#requireObserved(`weight ${weight}`);
    const problem = weightProblem(weight, this.#last, this.#approved);
    if (problem !== null) refuse(problem, this.#next);
    const past = this.#approved && weight > APPROVAL_ABOVE;
    const next = weight === 100 ? ended([...this.#steps, { weight }]) : this.#then({ weight }, weight, past);
    return next as never; // which of the two it is, the interfaces above know
  }

  analysis(analysis: ObservedAnalysis): Builder {
    requireGates(analysis.gates, `${this.#next}.analysis.gates`);
    return this.#then({ analysis });
  }

  pause(pause: DurationLike): Builder {
    this.#requireObserved('a pause');
    return this.#then({ pause });
  }

  approval(approval: Approval = {}): Builder {
    this.#requireObserved('an approval');
    return this.#then({ approval }, this.#last, true);
  }

  headerRoute(headerRoute: HeaderRoute): Builder {
    this.#requireObserved('a header route');
    return this.#then({ headerRoute });
  }

  mirror(mirror: Mirror): never {
    this.#requireObserved('a mirror');
    const problem = mirrorProblem(mirror.percent);
    if (problem !== null) refuse(problem, `${this.#next}.mirror.percent`);
    return this.#then({ mirror }) as never;
  }

  #then(step: CanaryStep, last = this.#last, approved = this.#approved): Builder {
    return new Builder([...this.#steps, step], last, approved, exposedBy(step));
  }

  get #next(): string {
    return `strategy.steps[${this.#steps.length}]`;
  }

  #requireObserved(what: string): void {
    if (this.#unobserved !== null) refuse(`${this.#unobserved} needs an analysis before ${what}`, this.#next);
  }
}

/** The strategy as plain data, which answers a further step with a sentence where types did not keep it away. */
function ended(steps: readonly CanaryStep[]): Canary {
  const strategy: Canary = { kind: 'canary', steps };
  for (const step of ['weight', 'analysis', 'pause', 'approval', 'headerRoute', 'mirror'])
    Object.defineProperty(strategy, step, {
      value: () => refuse('weight 100 ends a canary, nothing follows it', `strategy.steps[${steps.length}]`),
    });
  return strategy;
}

function requireGates(gates: readonly Gate[], path: string): void {
  if (gates.length === 0) refuse('an analysis needs at least one gate', path);
}

function refuse(message: string, path: string): never {
  throw new ProblemError([{ message: `${message}.`, path }]);
}
