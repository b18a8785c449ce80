import { describe, expect, it } from 'vitest';
import { describeDrill, drillOf, drillProblems } from '../../lib/cli/rollback-drill.ts';
import type { InFlight, Lock } from '../../lib/lock/lock.ts';
import { promoted, retired } from '../../lib/lock/settle.ts';
import type { Step } from '../../lib/plan/plan.ts';
import { compile, image } from '../constructs/compiling.ts';

/** A rollback in flight, to a revision that has lost its pods since or not. */
function rollback(intent: object, cold: boolean): { readonly lock: Lock; readonly flight: InFlight } {
  const first = compile(intent as Record<string, unknown>, null).lock;
  const second = promoted(compile({ ...intent, image: image('a') }, first).lock);
  const gone = new Set(second.retiring.map(({ revision }) => revision.name));
  const { lock } = compile(intent as Record<string, unknown>, cold ? retired(second, gone, 5) : second);
  if (lock.inFlight?.rollback !== true) throw new Error('the fixture is no rollback');
  return { lock, flight: lock.inFlight };
}

describe('the rehearsal of a rollback', () => {
  const { lock, flight } = rollback({}, true);
  const drill = drillOf(lock, flight);

  it('walks every step to the end, each at its time', () => {
    expect(drill).toMatchObject({ phase: 'Promoted', seconds: 35 });
    expect(drill.steps).toEqual([
      { index: 0, startedAt: 0, endedAt: 20, weight: 0 },
      { index: 1, startedAt: 20, endedAt: 30, weight: 0 },
      { index: 2, startedAt: 30, endedAt: 30, weight: 0 },
      { index: 3, startedAt: 30, endedAt: 35, weight: 100 },
    ]);
    expect(drillProblems(drill)).toEqual([]);
  });

  it('lets each step fail, and users are on stable then and were never further than the step leads', () => {
    expect(drill.failures.map(({ step, phase, weight, most, reason }) => [step, phase, weight, most, reason])).toEqual([
      [0, 'Aborted', 0, 0, 'step 0 (scale) was not done within 600s: 0 of 3 pods of the candidate are available'],
      [1, 'Aborted', 0, 0, 'step 1 (smoke): smoke test api failed: it failed'],
      [2, 'Aborted', 0, 0, 'step 2 (scale) was not done within 600s: 0 of 3 pods of the candidate are available'],
      [3, 'Aborted', 0, 100, 'the route was moved from 100 % to 0 % by a-person, towards stable'],
    ]);
  });

  it('says both in lines', () => {
    const text = describeDrill(drill, flight);
    expect(text).toMatch(/^20s +10s +0 % +1 smoke: /m);
    expect(text).toMatch(/^promoted after 35s$/m);
    expect(text).toMatch(/^1 smoke +its test fails +aborted after 30s +step 1 \(smoke\): smoke test api failed/m);
  });

  it('waits for nobody where the pods are there still, and for a person where risk is high', () => {
    const warm = rollback({}, false);
    expect(warm.flight.warm).toBe(true);
    expect(drillOf(warm.lock, warm.flight).steps[0]).toMatchObject({ startedAt: 0, endedAt: 0 });
    const high = rollback({ risk: 'high' }, true);
    const careful = drillOf(high.lock, high.flight);
    expect(careful).toMatchObject({ phase: 'Promoted', seconds: 635 });
    expect(careful.failures.find(({ what }) => what === 'nobody approves')).toMatchObject({
      phase: 'Held',
      weight: 0,
      most: 0,
      holds: true,
    });
    expect(drillProblems(careful)).toEqual([]);
  });

  it('fails where the plan does not bring everybody, or exposes what a step is yet to test', () => {
    const [scale, smoke, ready, all, bake] = flight.plan.steps;
    const problemsOf = (...steps: readonly (Step | undefined)[]) =>
      drillProblems(drillOf(lock, { ...flight, plan: { ...flight.plan, steps: steps.flatMap((step) => step ?? []) } }));
    expect(problemsOf(scale, smoke, ready, bake)).toEqual(['where nothing goes wrong it ends as Promoted at 0 %: promoted']);
    expect(problemsOf(scale, all, smoke, bake)).toEqual([expect.stringContaining('where its test fails at step 2')]);
  });
});
