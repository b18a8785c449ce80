import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSeconds, planDuration } from '../../lib/plan/duration.ts';
import { highestBeforeApproval, levels, timeline } from '../../lib/plan/exposure.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import {
  analysis,
  approval,
  bake,
  gate,
  headerRoute,
  longPlan,
  mirror,
  pause,
  planOf,
  scale,
  smoke,
  switchOver,
  webPlan,
  weight,
} from './plans.ts';

describe('the time line of a plan', () => {
  it('has every step where the ones before it end', () => {
    expect(
      timeline(webPlan()).map(({ step, startSeconds, endSeconds, before, after }) => [step.kind, startSeconds, endSeconds, before, after]),
    ).toEqual([
      ['scale', 0, 0, 0, 0],
      ['smoke', 0, 0, 0, 0],
      ['setWeight', 0, 5, 0, 5],
      ['analysis', 5, 155, 5, 5],
      ['setWeight', 155, 160, 5, 20],
      ['analysis', 160, 340, 20, 20],
      ['setWeight', 340, 345, 20, 50],
      ['analysis', 345, 645, 50, 50],
      ['approval', 645, 645, 50, 50],
      ['scale', 645, 645, 50, 50],
      ['switch', 645, 650, 50, 100],
      ['bake', 650, 650, 100, 100],
    ]);
  });

  it('of whatever canary never falls, never passes 100, and adds up', () => {
    const plan = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 900 }), fc.boolean()), {
        minLength: 1,
        maxLength: 8,
        selector: ([percent]) => percent,
      })
      .map((entries): Plan => {
        const rising = [...entries].sort(([a], [b]) => a - b);
        return planOf([
          scale(),
          smoke(),
          ...rising.flatMap(([percent, seconds, paused]) => [
            weight(percent),
            analysis(percent, seconds, [gate()]),
            ...(paused ? [pause(percent, seconds)] : []),
          ]),
          approval(rising.at(-1)?.[0] ?? 0),
          switchOver,
          bake([gate()]),
        ]);
      });
    fc.assert(
      fc.property(plan, (canary) => {
        const entries = timeline(canary);
        for (const [index, { before, after, startSeconds, fullExposureSeconds }] of entries.entries()) {
          expect(after).toBeGreaterThanOrEqual(before);
          expect(after).toBeLessThanOrEqual(100);
          expect(startSeconds).toBe(entries[index - 1]?.endSeconds ?? 0);
          expect(fullExposureSeconds).toBeGreaterThanOrEqual(entries[index - 1]?.fullExposureSeconds ?? 0);
        }
        expect(entries.at(-1)?.endSeconds).toBe(planDuration(canary).shortestSeconds);
        expect(levels(canary).reduce((sum, level) => sum + level.endSeconds - level.startSeconds, 0)).toBe(
          planDuration(canary).shortestSeconds,
        );
      }),
    );
  });
});

describe('what a bad candidate can do', () => {
  it('is bounded by the first verdict at each level', () => {
    expect(levels(webPlan()).map(({ exposure, blast }) => [exposure, blast])).toEqual([
      [5, { firstVerdictSeconds: 35, servedWithinSeconds: null, requestsBeforeVerdict: 210, requestsWhenPassed: 930 }],
      [20, { firstVerdictSeconds: 35, servedWithinSeconds: null, requestsBeforeVerdict: 840, requestsWhenPassed: 4_440 }],
      [50, { firstVerdictSeconds: 35, servedWithinSeconds: null, requestsBeforeVerdict: 2_100, requestsWhenPassed: 18_300 }],
      [100, { firstVerdictSeconds: 35, servedWithinSeconds: null, requestsBeforeVerdict: 4_200, requestsWhenPassed: 600 }],
    ]);
  });

  it('comes later where a metric must show first that the share is served', () => {
    const served = { prometheus: { address: 'http://prometheus:9090', query: 'share', timeoutSeconds: 10 } };
    const [five] = levels({ ...webPlan(), served });
    const deadline = webPlan().steps.find(({ kind }) => kind === 'setWeight')?.deadlineSeconds ?? 0;
    expect(five?.blast).toMatchObject({ firstVerdictSeconds: 35, servedWithinSeconds: deadline - 5 });
  });

  it('is measured for twice as long where the candidate is scaled up first', () => {
    const again = levels(planOf([weight(5), analysis(5, 60, [gate({ onFailure: 'scaleUp' })]), switchOver]));
    const once = levels(planOf([weight(5), analysis(5, 60, [gate()]), switchOver]));
    const seconds = once[0]?.blast.firstVerdictSeconds ?? 0;
    expect(again[0]?.blast.firstVerdictSeconds).toBe(5 + 2 * (seconds - 5));
  });

  it('has no bound where nothing aborts', () => {
    const held = levels(planOf([weight(5), analysis(5, 60, [gate({ onFailure: 'hold' })]), switchOver]));
    expect(held[0]?.blast).toMatchObject({ firstVerdictSeconds: null, requestsBeforeVerdict: null });
  });
});

describe('exposure without a share', () => {
  it('begins a level when it begins, and none when copies end', () => {
    const gates = [gate()];
    const watched = analysis(0, 60, gates);
    const plan = planOf([
      scale(),
      smoke(),
      headerRoute(0, 'insiders'),
      watched,
      headerRoute(0, 'testers'),
      watched,
      mirror(0, 10),
      watched,
      mirror(0, 0),
      pause(0, 30),
      switchOver,
      bake(gates),
    ]);
    expect(levels(plan).map(({ exposure, beside, startSeconds, endSeconds }) => [exposure, beside, startSeconds, endSeconds])).toEqual([
      [0, { headers: ['insiders'], mirrored: 0 }, 0, 65],
      [0, { headers: ['insiders', 'testers'], mirrored: 0 }, 65, 130],
      [0, { headers: ['insiders', 'testers'], mirrored: 10 }, 130, 230],
      [100, { headers: [], mirrored: 0 }, 230, 235],
    ]);
  });

  it('counts nothing towards the half that a person must agree to', () => {
    expect(highestBeforeApproval(planOf([headerRoute(0), analysis(0, 60, [gate()]), mirror(0, 100), approval(0), switchOver]))).toBe(0);
  });
});

describe('the highest exposure before a person is asked', () => {
  it.each<[string, Plan, number]>([
    ['the flagship', webPlan(), 50],
    ['twelve levels', longPlan(), 50],
    ['nobody is asked', planOf([weight(5), switchOver]), 100],
    ['a person first', planOf([approval(0), weight(5)]), 0],
  ])('%s: %j', (_, plan, percent) => {
    expect(highestBeforeApproval(plan)).toBe(percent);
  });
});

describe('a time in words', () => {
  it.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [150, '2m 30s'],
    [1_500, '25m'],
    [4_500, '1h 15m'],
    [86_400, '24h'],
  ])('%d seconds is %s', (seconds, words) => {
    expect(formatSeconds(seconds)).toBe(words);
  });
});
