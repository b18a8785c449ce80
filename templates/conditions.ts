/** The two conditions of a gate, in Argo's expression language. */
export interface Conditions {
  readonly successCondition: string;
  readonly failureCondition: string;
}

/** Passes below the limit, fails at it and above. */
export const below = (limit: number): Conditions => conditions(`< ${limit}`, `>= ${limit}`);

/** Passes up to the limit, fails above. */
export const atMost = (limit: number): Conditions => conditions(`<= ${limit}`, `> ${limit}`);

/** Passes from the limit on, fails below. */
export const atLeast = (limit: number): Conditions => conditions(`>= ${limit}`, `< ${limit}`);

/**
 * Passes from the limit on and gives no verdict below: too little is no reason to abort. The failure condition is
 * there because a lone success condition would make every other answer a failure; a count is never negative.
 */
export const enough = (limit: number): Conditions => conditions(`>= ${limit}`, '< 0');

/**
 * Both conditions are stated, and each is false for an empty answer and for NaN: with one alone its negation would be
 * the other, and a failure condition alone would let NaN pass. Infinity is never a success.
 */
function conditions(success: string, failure: string): Conditions {
  return {
    successCondition: `len(result) > 0 && !isInf(result[0]) && result[0] ${success}`,
    failureCondition: `len(result) > 0 && result[0] ${failure}`,
  };
}
