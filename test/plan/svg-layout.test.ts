import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../lib/plan/plan.ts';
import { layoutRows, layoutSpans, measurements } from '../../lib/plan/svg-layout.ts';
import { analysis, approval, bake, gate, pause, planOf, scale, smoke, switchOver, webPlan, weight } from './plans.ts';

const duration = fc.integer({ min: 0, max: 100_000 });
const percent = fc.integer({ min: 1, max: 99 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(scale(), smoke(), approval(50), switchOver, bake([gate()])),
  percent.map(weight),
  fc.tuple(percent, duration).map(([at, seconds]) => pause(at, seconds)),
  fc.tuple(percent, duration).map(([at, seconds]) => analysis(at, seconds, [gate()])),
);

describe('the picture of whatever steps', () => {
  it('has each step where the one before it ends, from edge to edge', () => {
    const uses = ({ kind }: Step) => kind !== 'setWeight' && kind !== 'switch'; // the others take no room
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 120 }).filter((steps) => steps.some(uses)),
        (steps) => {
          const spans = layoutSpans(planOf(steps), 150, 776);
          expect(spans).toHaveLength(steps.length);
          for (const [index, { x0, x1 }] of spans.entries()) {
            expect(x0).toBeCloseTo(spans[index - 1]?.x1 ?? 150, 6);
            expect(x1).toBeGreaterThanOrEqual(x0);
          }
          expect(spans.at(-1)?.x1).toBeCloseTo(776, 6);
        },
      ),
    );
  });

  it('has every measurement within its analysis', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        for (const mark of layoutRows(layoutSpans(planOf(steps), 150, 776)).flatMap((row) => row.marks))
          for (const x of measurements(mark)) {
            expect(x).toBeGreaterThanOrEqual(mark.span.x0);
            expect(x).toBeLessThanOrEqual(mark.span.x1 + 0.01);
          }
      }),
    );
  });
});

describe('the rows below the curve', () => {
  it('name each test, gate and approval once, in the order in which they matter', () => {
    expect(layoutRows(layoutSpans(webPlan(), 150, 776)).map(({ label, marks }) => [label, marks.length])).toEqual([
      ['scale', 2],
      ['smoke', 1],
      ['5xx-ratio', 4],
      ['p95-against-stable', 3],
      ['errors-against-stable', 3],
      ['restarts', 4],
      ['requests-seen', 4],
      ['approval: promote', 1],
    ]);
  });
});
