// What a window can see. Every error is the candidate's with probability theta, its share of all errors: theta0 = w,
// its share of traffic, where both revisions fail alike, and theta1 = k w / (k w + 1 - w) where the candidate fails
// k times as often. No test that keeps its false alarms below alpha tells the two apart in fewer errors, on average,
// than ln(1/alpha) / KL(theta1 || theta0).

import type { Plan } from './plan.ts';

/** Share of releases that a gate may abort without cause. */
const ALPHA = 0.01;

/** What an analysis can see; the truth lies between its quietest and its busiest time. */
export interface Window {
  /** Position of the analysis in the plan. */
  readonly index: number;
  readonly exposure: number;
  readonly seconds: number;
  readonly low: Sight;
  readonly peak: Sight;
}

export interface Sight {
  /** Requests that the candidate answers during the window. */
  readonly requests: number;
  /**
   * How many times more often than stable the candidate must fail to be seen; null when even a candidate that fails
   * every request does not stand out, or there is no stable traffic to compare with.
   */
  readonly factor: number | null;
}

/** What each analysis can see at the quietest and the busiest time; null where the intent declares no traffic. */
export function windows(plan: Plan): readonly Window[] | null {
  const { expected } = plan;
  if (expected === null) return null;
  return plan.steps.flatMap((step, index): Window[] => {
    if (step.kind !== 'analysis' || step.exposure === 0) return [];
    const { exposure, durationSeconds: seconds } = step;
    const sight = (rps: number): Sight => ({
      requests: Math.round((exposure / 100) * rps * seconds),
      factor: smallestFactor({ share: exposure / 100, requests: rps * seconds, errorRatio: expected.errorRatio }),
    });
    return [{ index, exposure, seconds, low: sight(expected.lowRps), peak: sight(expected.peakRps) }];
  });
}

/** What both revisions see together: all requests, and the share of them that fails on a normal day. */
export interface Traffic {
  /** Of requests that the candidate answers, 0 to 1. */
  readonly share: number;
  readonly requests: number;
  readonly errorRatio: number;
}

/** The smallest factor that this much traffic can show, by bisection; null when none can. */
export function smallestFactor({ share, requests, errorRatio }: Traffic, alpha = ALPHA): number | null {
  if (share <= 0 || share >= 1 || errorRatio <= 0 || errorRatio >= 1) return null;
  // The candidate's own errors count too: the more it fails, the more errors there are, and the fewer are needed.
  const seen = (factor: number) => requests * errorRatio * (1 - share + share * factor) >= errorsNeeded(share, factor, alpha);
  let [below, above] = [1, 1 / errorRatio];
  if (!seen(above)) return null;
  while (above - below > 1e-6 * above) {
    const middle = (below + above) / 2;
    if (seen(middle)) above = middle;
    else below = middle;
  }
  return above;
}

/** Errors, of both revisions together, until a `factor` times worse candidate stands out. */
export function errorsNeeded(share: number, factor: number, alpha = ALPHA): number {
  const expectedShare = (factor * share) / (factor * share + 1 - share);
  return Math.log(1 / alpha) / divergence(expectedShare, share);
}

/** Kullback-Leibler divergence of two Bernoulli distributions, in nats. */
function divergence(of: number, from: number): number {
  return of * Math.log(of / from) + (1 - of) * Math.log((1 - of) / (1 - from));
}
