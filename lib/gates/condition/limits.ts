/**
 * Bounds on what a condition may cost. Its text comes from a reviewed plan, what it looks at comes from the network;
 * neither may keep the runner from watching the route. Argo Rollouts bounds nodes and memory in the same way.
 */
export const LIMITS = { characters: 4_000, parts: 1_000, nesting: 100, steps: 2_000_000 } as const;

/** Why a condition is none, or has no value: what Argo Rollouts calls Error. Never leaves this folder. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  /** Where in the text, counted from 0, as far as it is known. */
  readonly at: number;

  constructor(message: string, at = 0) {
    super(message);
    this.at = at;
  }
}

/** Counts down what one evaluation may still cost; a list or text that it makes costs its length. */
export class Budget {
  private left: number = LIMITS.steps;

  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw new ConditionError(`it takes more than ${LIMITS.steps} steps for this result`);
  }
}
