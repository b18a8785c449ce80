import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorsNeeded, smallestFactor, windows } from '../../lib/plan/detect.ts';
import { planOf, webPlan } from './plans.ts';

describe('the errors needed to see a regression', () => {
  // research: required error events at alpha 0.05, from the formula ln(1/alpha) / KL(theta1 || theta0)
  it.each([
    [0.05, 2, 174],
    [0.05, 5, 20],
    [0.25, 2, 56],
    [0.25, 5, 10],
    [0.5, 2, 53],
    [0.5, 5, 13],
  ])('with a share of %d and %dx are %d', (share, factor, errors) => {
    expect(Math.ceil(errorsNeeded(share, factor, 0.05))).toBe(errors);
  });
});

describe('the smallest regression that a window sees', () => {
  const traffic = fc.record({
    share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    requests: fc.integer({ min: 10, max: 1_000_000 }),
    errorRatio: fc.double({ min: 0.0001, max: 0.2, noNaN: true }),
  });

  it('is just enough: its errors suffice, and those of a slightly smaller one do not', () => {
    fc.assert(
      fc.property(traffic, (seen) => {
        const factor = smallestFactor(seen);
        if (factor === null) return;
        const errors = (k: number) => seen.requests * seen.errorRatio * (1 - seen.share + seen.share * k);
        expect(errors(factor)).toBeGreaterThanOrEqual(errorsNeeded(seen.share, factor) * 0.999);
        const less = 1 + (factor - 1) * 0.99;
        expect(errors(less)).toBeLessThan(errorsNeeded(seen.share, less));
      }),
    );
  });

  it('shrinks with more traffic', () => {
    fc.assert(
      fc.property(traffic, (seen) => {
        const [some, more] = [smallestFactor(seen), smallestFactor({ ...seen, requests: seen.requests * 4 })];
        if (some === null) return;
        expect(more).toBeLessThanOrEqual(some);
      }),
    );
  });

  it('is none where there is nothing to compare with', () => {
    expect(smallestFactor({ share: 1, requests: 1e6, errorRatio: 0.01 })).toBeNull();
    expect(smallestFactor({ share: 0.05, requests: 10, errorRatio: 0.001 })).toBeNull();
  });

  it('is told for every analysis of a plan, and for none without declared traffic', () => {
    expect(windows(webPlan())?.map(({ exposure, peak, low }) => [exposure, peak.requests, low.requests])).toEqual([
      [5, 900, 188],
      [20, 4_320, 900],
      [50, 18_000, 3_750],
    ]);
    expect(windows(planOf([], { expected: null }))).toBeNull();
  });
});
