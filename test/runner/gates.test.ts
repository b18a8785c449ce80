import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import { approvalKey, orderText } from '../../lib/plan/orders.ts';
import type { KubeObject } from './fake-api.ts';
import { APPROVED, analysis, JUDGED, Judged, judged, operator, UNATTENDED, WAIVED } from './judged.ts';
import { GITOPS, gate, httpRoute, PATHS, planConfigMap, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

describe('gates', () => {
  test('what passes is promoted, and what is measured stays as evidence', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    await scene.until(['Promoted'], 1_200);
    expect([scene.phase, scene.weight]).toEqual(['Promoted', 100]);
    const [first] = scene.status?.evidence ?? [];
    expect(first).toMatchObject({ gate: 'errors', step: 3, weight: 20, verdict: 'pass', fail: 0 });
    expect(first?.samples[0]).toMatchObject({ outcome: 'pass', value: '[0]', weight: 20 });
    const record = JSON.parse(scene.api.at(PATHS.status).data['record.json']);
    expect(record).toMatchObject({ outcome: 'promoted', release: 'web', run: 1, gates: [{ gate: 'errors' }] });
  });

  test('no gate is passed sooner than its window', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    const began = scene.weights.find(({ weight }) => weight === 20)?.at ?? 0;
    await scene.until(['Promoted'], 1_200);
    const ended = scene.weights.find(({ weight }) => weight === 100)?.at ?? 0;
    expect((ended - began) / 1_000).toBeGreaterThanOrEqual(180);
  });

  test('more failures than are tolerated: stable at once', async () => {
    const scene = await judged();
    scene.said = 0.5;
    await scene.time.run(75_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
    expect(scene.status?.reason).toContain('gate errors (few requests fail): 2 failed, last [0.5]');
    await scene.until(['Aborted'], 300);
    expect(JSON.parse(scene.api.at(PATHS.status).data['record.json'])).toMatchObject({ outcome: 'aborted', by: 'gate' });
  });

  test.each(['empty', 'NaN', 'gone', 'html'] as const)(
    '%s says nothing: the weight is held, and stable comes at the deadline',
    async (said) => {
      const scene = await judged();
      scene.said = said;
      await scene.time.run(500_000);
      expect([scene.phase, scene.weight]).toEqual(['Progressing', 20]);
      await scene.time.run(200_000);
      expect(scene.weight).toBe(0);
      expect(scene.status?.reason).toMatch(/was not done within 600s|telemetry is lost/);
    },
  );

  test.each([
    ['has', ['conditions'], 'Promoted', 'fail: 0'],
    ['lacks', [], 'Progressing', "there is no function 'mean' here"],
  ])('a runner that %s what a condition uses', async (_, uses, phase, said) => {
    const rare = { ...gate, successCondition: 'mean(result) < 0.01' };
    const steps = [scale(), smoke(), setWeight(20), analysis([rare]), switchOver()];
    const scene = await judged(planOf(steps, { ...WAIVED, uses }));
    await scene.time.run(400_000);
    expect(scene.phase).toBe(phase);
    expect(JSON.stringify(scene.status).replaceAll('"', '')).toContain(said.replace('fail: ', 'fail:'));
  });

  test('an outage that ends is no reason to abort, and nothing is counted for it', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    scene.said = 'gone';
    await scene.time.run(200_000);
    expect(scene.weight).toBe(20);
    scene.said = 0;
    await scene.until(['Promoted'], 1_200);
    expect(scene.weight).toBe(100);
  });

  test('a failure after the gates have passed, while people are waited for: stable', async () => {
    const scene = await judged();
    await scene.time.run(300_000);
    expect(scene.status?.reason).toContain('waiting for approval promote, 0 of 1');
    scene.said = 0.5;
    await scene.time.run(75_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
  });

  test('a failure after it was promoted: stable', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    await scene.until(['Promoted'], 1_200);
    scene.said = 0.5;
    await scene.time.run(90_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
  });

  test('a failure once Git has rewritten the route of what was promoted: what was promoted stays so', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    await scene.until(['Promoted'], 1_200);
    const route = httpRoute();
    route.spec.rules[0].backendRefs = [{ name: 'web-cccccccc', port: 80, weight: 100 }];
    scene.api.apply(PATHS.route, route, GITOPS);
    scene.said = 0.5;
    await scene.time.run(120_000);
    expect(scene.phase).toBe('Promoted');
  });

  test('a gate that holds freezes the weight until a person decides', async () => {
    const scene = await judged(planOf([scale(), smoke(), setWeight(20), analysis([{ ...gate, onFailure: 'hold' }]), switchOver()], WAIVED));
    scene.said = 0.5;
    await scene.time.run(900_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
    expect(scene.status?.reason).toContain('a person decides');
    scene.said = 0;
    scene.say('resume', scene.order());
    await scene.until(['Promoted'], 900);
    expect(scene.weight).toBe(100);
  });

  test('a gate that scales up does so once, and measures anew', async () => {
    const scene = await judged(
      planOf([scale(), smoke(), setWeight(20), analysis([{ ...gate, onFailure: 'scaleUp' }]), switchOver()], WAIVED),
    );
    scene.said = 0.5;
    await scene.time.run(80_000);
    expect([scene.weight, scene.replicas]).toEqual([20, 5]);
    await scene.until(['Aborted'], 300);
    expect([scene.weight, scene.api.events.filter((event) => event.includes('Remedy')).length]).toEqual([0, 1]);
  });
});

describe('approvals', () => {
  const waiting = async (plan = planOf(JUDGED, APPROVED)) => {
    const scene = await judged(plan);
    await scene.time.run(300_000);
    expect(scene.weight).toBe(20);
    return scene;
  };

  test('a person’s word lets it go on, and is written down', async () => {
    const scene = await waiting();
    scene.approve();
    await scene.until(['Promoted'], 900);
    expect(scene.weight).toBe(100);
    expect(scene.status?.approvals).toMatchObject([{ approval: 'promote', by: 'alice', source: 'cluster' }]);
  });

  test('for another plan, or another step: void', async () => {
    const scene = await waiting();
    scene.approve('alice', 'ffffffff');
    scene.approve('alice', shortHash(scene.plan), 'other');
    await scene.time.run(600_000);
    expect(scene.weight).toBe(20);
  });

  test('two people are two people', async () => {
    const steps = JUDGED.map((step) => (step.kind === 'approval' ? { ...step, count: 2 } : step));
    const scene = await waiting(planOf(steps, APPROVED));
    scene.approve('alice');
    scene.approve(' Alice');
    await scene.time.run(60_000);
    expect(scene.status?.reason).toContain('1 of 2');
    scene.approve('bob');
    await scene.until(['Promoted'], 900);
    expect(scene.weight).toBe(100);
  });

  test('when no gate has passed in the last 15 minutes it is not taken', async () => {
    const scene = await waiting(
      planOf(
        JUDGED.map((step) => (step.kind === 'analysis' ? { ...step, deadlineSeconds: 3_000 } : step)),
        APPROVED,
      ),
    );
    scene.said = 'empty';
    await scene.time.run(1_000_000);
    scene.approve();
    await scene.time.run(60_000);
    expect(scene.weight).toBe(20);
    expect(scene.status?.reason ?? '').toContain('has not passed in the last 15 minutes');
    scene.said = 0;
    await scene.until(['Promoted'], 900);
    expect(scene.weight).toBe(100);
  });

  test('one that came before the release began is not taken', async () => {
    const scene = new Judged(planOf(JUDGED, APPROVED));
    scene.approve();
    scene.start();
    await scene.time.run(600_000);
    expect(scene.weight).toBe(20);
    expect(scene.status?.reason).toContain('it was given before the release waited for it');
  });

  test('one that comes before the release waits for it is void, is told of, and can be given again', async () => {
    const scene = await judged();
    scene.approve();
    await scene.time.run(1_000);
    expect(scene.api.events.filter((event) => event.includes('the approval of promote by alice is void'))).toHaveLength(1);
    await scene.time.run(600_000);
    expect(scene.weight).toBe(20);
    expect(scene.status?.reason).toContain('the approval of alice is not taken: it was given before the release waited for it');
    scene.approve();
    await scene.until(['Promoted'], 900);
    expect(scene.status?.approvals).toMatchObject([{ by: 'alice' }]);
    expect(new Set(scene.status?.consumed).size).toBe(scene.status?.consumed.length);
  });

  test('its time is over: everything stays as it is, and people are told', async () => {
    const scene = await waiting();
    await scene.time.run(4_000_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
    expect(scene.status?.reason).toContain('expired after 3600s');
  });

  test('at high risk the cluster is not believed, Git is', async () => {
    const scene = await waiting(planOf(JUDGED, { ...APPROVED, risk: 'high' }));
    scene.approve();
    await scene.time.run(60_000);
    expect([scene.weight, scene.status?.reason]).toEqual([20, expect.stringContaining('only an approval in Git counts')]);
    const order = { ...scene.order('bob'), approval: 'promote' };
    const approvals: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web-approvals' },
      data: { [approvalKey(order)]: orderText(order) },
    };
    scene.api.apply(operator.replace('operator', 'approvals'), approvals, GITOPS);
    await scene.until(['Promoted'], 900);
    expect(scene.status?.approvals).toMatchObject([{ by: 'bob', source: 'git' }]);
  });
});

describe('commands', () => {
  test('abort: stable at once, for good', async () => {
    const scene = await judged();
    scene.say('abort', { ...scene.order(), reason: 'no good' });
    await scene.time.run(1_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
    expect(scene.status).toMatchObject({ abort: { by: 'person' }, reason: expect.stringContaining('alice said so: no good') });
  });

  test('pause and resume: nothing is raised meanwhile, and no deadline runs', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    scene.say('pause', scene.order());
    await scene.time.run(10_000_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
    scene.say('pause', null);
    await scene.until(['Promoted'], 900);
    expect(scene.weight).toBe(100);
  });

  test('a paused release is guarded by its gates', async () => {
    const scene = await judged();
    scene.say('pause', scene.order());
    scene.said = 0.9;
    await scene.time.run(90_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
  });

  test('retry: a new run, for which nothing counts that was said before', async () => {
    const scene = await judged();
    await scene.time.run(300_000);
    scene.approve();
    await scene.until(['Promoted'], 900);
    scene.say('abort', scene.order());
    await scene.until(['Aborted'], 300);
    scene.say('abort', null);
    scene.say('retry', scene.order());
    await scene.time.run(600_000);
    expect(scene.status).toMatchObject({ run: 2, phase: 'Progressing', approvals: [] });
    expect(scene.weight).toBe(20);
    scene.approve('bob');
    await scene.until(['Promoted'], 900);
    expect(scene.weight).toBe(100);
  });

  test('the same plan landed anew is a new run', async () => {
    const scene = await judged();
    scene.say('abort', scene.order());
    await scene.until(['Aborted'], 300);
    scene.api.delete(PATHS.plan(scene.plan));
    await scene.time.run(60_000);
    expect(scene.phase).toBe('Aborted');
    const again = planConfigMap(scene.plan);
    again.metadata.uid = 'another';
    scene.api.apply(PATHS.plan(scene.plan), again, GITOPS);
    await scene.time.run(120_000);
    expect(scene.status).toMatchObject({ run: 2, phase: 'Progressing' });
  });
});
