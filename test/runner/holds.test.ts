import { describe, expect, test } from 'vitest';
import type { PlanGate } from '../../lib/plan/plan.ts';
import { analysis, Judged, judged, UNATTENDED, WAIVED } from './judged.ts';
import { bake, GITOPS, gate, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const holding: PlanGate = { ...gate, onFailure: 'hold' };
const held = (gates: readonly PlanGate[] = [holding]) =>
  planOf([scale(), smoke(), setWeight(20), analysis(gates), switchOver(), bake([holding])], WAIVED);

describe('a gate that holds', () => {
  test('beside a second one that does: people are told once of each', async () => {
    const scene = await judged(held([holding, { ...holding, name: 'latency' }]));
    scene.said = 0.5;
    await scene.time.run(300_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
    expect(scene.api.events.filter((event) => event.includes('Held')).length).toBeLessThanOrEqual(2);
  });

  test('is not let go by what was said before it failed', async () => {
    const scene = await judged(held());
    scene.say('pause', scene.order());
    await scene.time.run(5_000);
    scene.say('pause', null);
    scene.say('resume', scene.order());
    await scene.time.run(5_000);
    expect(scene.phase).toBe('Progressing');
    scene.said = 0.5;
    await scene.until(['Held'], 120);
    await scene.time.run(1_000);
    expect([scene.phase, scene.status?.hold?.at]).toEqual(['Held', 'gate']);
    expect(scene.api.events.filter((event) => event.includes('held: gate'))).toHaveLength(1);
    scene.said = 0;
    await scene.time.run(300_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
  });

  test('and is let go late in its step is measured for a whole window again', async () => {
    const plan = held();
    const scene = await judged(
      planOf(
        plan.steps.map((step) => (step.kind === 'analysis' ? { ...step, deadlineSeconds: 250 } : step)),
        WAIVED,
      ),
    );
    await scene.time.run(90_000);
    scene.said = 0.5;
    await scene.time.run(80_000);
    expect(scene.phase).toBe('Held');
    scene.said = 0;
    scene.say('resume', scene.order());
    await scene.until(['Promoted', 'Aborting'], 900);
    expect([scene.phase, scene.weight]).toEqual(['Promoted', 100]);
  });

  test('after the release is done, and is let go: being done counted against no deadline', async () => {
    const scene = await judged(planOf(held().steps, { ...WAIVED, deadlineSeconds: 1_200 }));
    await scene.until(['Promoted'], 900);
    await scene.time.run(3_600_000);
    scene.said = 0.5;
    await scene.time.run(120_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 100]);
    scene.said = 0;
    scene.say('resume', scene.order());
    await scene.until(['Promoted', 'Aborting'], 900);
    expect([scene.phase, scene.weight]).toEqual(['Promoted', 100]);
  });

  test('leaves what it said as evidence', async () => {
    const scene = await judged(held());
    scene.said = 0.5;
    await scene.time.run(120_000);
    scene.said = 0;
    scene.say('resume', scene.order());
    await scene.until(['Promoted'], 900);
    expect(scene.status?.evidence.filter(({ step }) => step === 3)).toMatchObject([{ verdict: 'fail', fail: 2 }, { verdict: 'pass' }]);
  });
});

describe('a level that lacks an approval', () => {
  test('is held for as long as it takes, resets of the route or not', async () => {
    const steps = UNATTENDED.filter(({ kind }) => kind !== 'analysis');
    const scene = new Judged(planOf(steps, { approvals: { required: [], waived: null } }));
    scene.start();
    await scene.time.run(600_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
    scene.reset(GITOPS);
    await scene.time.run(60_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
  });
});
