import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import { gateJobName } from '../../lib/plan/job-names.ts';
import type { PlanGate } from '../../lib/plan/plan.ts';
import { APPROVED, analysis, Judged, WAIVED } from './judged.ts';
import { approval, GITOPS, gate, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const checked: PlanGate = { ...gate, name: 'end-to-end', provider: { job: {} } as PlanGate['provider'], count: 2, failureLimit: 0 };

/** A release judged by Jobs, of which each ends as `ends` says once it has been started. */
async function judgedByJobs(gates: readonly PlanGate[], ends: (run: number) => 'Complete' | 'Failed', asking = false) {
  const steps = [scale(), smoke(), setWeight(20), analysis(gates)];
  const plan = asking ? planOf([...steps, approval(), switchOver()], APPROVED) : planOf([...steps, switchOver()], WAIVED);
  const scene = new Judged(plan);
  const started: number[] = [];
  const pathOf = (run: number) => `/apis/batch/v1/namespaces/shop/jobs/${gateJobName('web', shortHash(plan), 3, 0, run)}`;
  for (const run of [0, 1])
    scene.api.apply(
      pathOf(run),
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: `run-${run}` }, spec: { suspend: true } },
      GITOPS,
    );
  scene.arriving = ({ method, path }) => {
    const run = [0, 1].find((number) => path.startsWith(pathOf(number)));
    if (method !== 'PATCH' || run === undefined) return;
    started.push(run);
    scene.time.after(10_000, () => scene.api.report(pathOf(run), { conditions: [{ type: ends(run), status: 'True' }] }));
  };
  scene.start();
  return { scene, started };
}

describe('Jobs of a gate', () => {
  test('count once, each started by the runner', async () => {
    const { scene, started } = await judgedByJobs([checked], () => 'Complete');
    await scene.until(['Promoted'], 900);
    expect([scene.weight, started]).toEqual([100, [0, 1]]);
    expect(scene.status?.evidence[0]).toMatchObject({ gate: 'end-to-end', pass: 2 });
  });

  test('once passed may be approved however late, if what is measured on has passed lately', async () => {
    const { scene } = await judgedByJobs([checked, gate], () => 'Complete', true);
    await scene.time.run(300_000, () => scene.status?.step === 4);
    await scene.time.run(1_200_000);
    scene.approve();
    await scene.until(['Promoted'], 60);
    expect(scene.weight).toBe(100);
  });

  test('that ran in an earlier run of the plan say nothing of this one', async () => {
    const { scene, started } = await judgedByJobs([checked, gate], () => 'Complete');
    await scene.time.run(60_000);
    expect(started).toEqual([0]);
    scene.said = 0.5;
    await scene.until(['Aborted'], 600);
    scene.said = 0;
    scene.say('retry', scene.order());
    await scene.until(['Promoted', 'Aborting'], 1_200);
    const counted = scene.status?.evidence.filter((said) => said.gate === 'end-to-end').reduce((sum, { pass }) => sum + pass, 0);
    expect(counted).toBe(started.length);
    expect(scene.weight).toBe(0);
  });

  test.each([
    ['', false],
    [', even where Git has applied them anew since', true],
  ])('that an earlier run began, and that end after it was aborted, say nothing of this one%s', async (_, anew) => {
    const { scene, started } = await judgedByJobs([checked], () => 'Complete');
    await scene.time.run(38_000);
    expect(started).toEqual([0]);
    scene.say('abort', scene.order());
    await scene.until(['Aborted'], 600);
    const path = `/apis/batch/v1/namespaces/shop/jobs/${gateJobName('web', shortHash(scene.plan), 3, 0, 0)}`;
    if (anew)
      scene.api.edit(path, GITOPS, ({ spec }) => {
        spec.suspend = true;
      });
    scene.say('abort', null);
    scene.say('retry', scene.order());
    await scene.until(['Aborting'], 1_200);
    const [, again] = scene.status?.evidence ?? [];
    expect(again).toMatchObject({ gate: 'end-to-end', pass: 1, error: 1 });
    expect(again?.samples[0]?.message).toContain('was begun before: it cannot run again under this plan');
    expect([started, scene.status?.reason]).toEqual([[0, 1], expect.stringContaining('a new plan has others')]);
  });
});
