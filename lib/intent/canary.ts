import { ProblemError } from '../schema/problem.ts';
import type { DurationLike } from './duration.ts';
import type { Gate } from './gate.ts';
import type { Analysis, Approval, Canary, CanaryStep, CanaryWeight } from './strategy.ts';
import { APPROVAL_ABOVE, type PastApproval, type Rising, type WeightAfter, weightListProblem, weightProblem } from './weights.ts';

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
export function canary({ weights, gates, approval }: CanaryProps<readonly CanaryWeight[]>): Canary {
  const problem = weightListProblem(weights.map((entry) => (typeof entry === 'number' ? entry : entry.weight)));
  if (problem !== null) refuse(problem.message, `strategy.weights${problem.index === null ? '' : `[${problem.index}]`}`);
  requireGates(gates, 'strategy.gates');
  return { kind: 'canary', weights: [...weights], gates: [...gates], ...(approval === undefined ? {} : { approval }) };
}

/**
 * The long form of a canary: every step is written, and what would be unsafe does not compile. After `.weight(20)`
 * there is only `.analysis(...)`; a weight above 50 exists only behind `.approval(...)`; only `.weight(100)` ends it.
 *
 *     canary.steps()
 *       .weight(5).analysis({ gates: [errors], watch: '2m' })
 *       .weight(50).analysis({ gates: [errors, latency], watch: '5m' })
 *       .approval({ reason: 'look at the checkout dashboard' })
 *       .weight(100)
 */
canary.steps = (): Observed<0, false> => new Builder([], 0, true, false) as Observed<0, false>;

/** Keeps `Observed<20, false>` from passing for `Observed<20, true>`; exists in types only. */
declare const progress: unique symbol;

/** The candidate has a new weight: what comes next must observe it. */
export interface Unobserved<Last extends number, Approved extends boolean> {
  readonly [progress]?: readonly [Last, Approved];
  /** Judges the gates while the weight stays. */
  analysis(analysis: ObservedAnalysis): Observed<Last, Approved>;
}

/** The candidate was observed at its weight: it may wait, or rise. */
export interface Observed<Last extends number, Approved extends boolean> {
  readonly [progress]?: readonly [Last, Approved];
  /** Judges more gates at this weight. */
  analysis(analysis: ObservedAnalysis): Observed<Last, Approved>;
  /** Lets time pass, gates going on. */
  pause(duration: DurationLike): Observed<Last, Approved>;
  /** Waits for a person; opens the way above 50 percent. */
  approval(approval?: Approval): Observed<Last, true>;
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
  readonly #observed: boolean;
  readonly #approved: boolean;

  constructor(steps: readonly CanaryStep[], last: number, observed: boolean, approved: boolean) {
    this.#steps = steps;
    this.#last = last;
    this.#observed = observed;
    this.#approved = approved;
  }

  weight(weight: number): never {
    this.#requireObserved(`weight ${weight}`);
    const problem = weightProblem(weight, this.#last, this.#approved);
    if (problem !== null) refuse(problem, this.#next);
    const steps = [...this.#steps, { weight }];
    const next = weight === 100 ? ended(steps) : new Builder(steps, weight, false, this.#approved && weight > APPROVAL_ABOVE);
    return next as never; // which of the two it is, the interfaces above know
  }

  analysis(analysis: ObservedAnalysis): Builder {
    requireGates(analysis.gates, `${this.#next}.analysis.gates`);
    return new Builder([...this.#steps, { analysis }], this.#last, true, this.#approved);
  }

  pause(pause: DurationLike): Builder {
    this.#requireObserved('a pause');
    return new Builder([...this.#steps, { pause }], this.#last, true, this.#approved);
  }

  approval(approval: Approval = {}): Builder {
    this.#requireObserved('an approval');
    return new Builder([...this.#steps, { approval }], this.#last, true, true);
  }

  get #next(): string {
    return `strategy.steps[${this.#steps.length}]`;
  }

  #requireObserved(what: string): void {
    if (!this.#observed) refuse(`weight ${this.#last} needs an analysis before ${what}`, this.#next);
  }
}

/** The strategy as plain data, which answers a further step with a sentence where types did not keep it away. */
function ended(steps: readonly CanaryStep[]): Canary {
  const strategy: Canary = { kind: 'canary', steps };
  for (const step of ['weight', 'analysis', 'pause', 'approval'])
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
