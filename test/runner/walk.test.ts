import { describe, expect, test } from 'vitest';
import type { Step } from '../../lib/plan/plan.ts';
import type { RunnerOptions } from '../../lib/runner/index.ts';
import { atTwenty, levels } from './at-twenty.ts';
import { bake, deployment, httpRoute, job, PATHS, pause, planOf, scale, setWeight, smoke, switchOver, WALK } from './release.ts';
import { Scene, type SceneOptions } from './scene.ts';

/** A scene at rest in one of these phases, with its only runner. */
async function walk(options: SceneOptions, phases = ['Promoted', 'Aborted', 'Held'] as const, more: Partial<RunnerOptions> = {}) {
  const scene = new Scene(options);
  const runner = scene.start(more);
  await scene.until(phases);
  await scene.time.run(100);
  return { scene, runner };
}

describe('a release without trouble', () => {
  test('passes every level in order, keeps to its pauses, and ends with all traffic on the candidate', async () => {
    const { scene } = await walk({});
    expect(scene.phase).toBe('Promoted');
    expect(levels(scene)).toEqual([0, 20, 50, 100]);
    const [, twenty, fifty, all] = scene.weights.map(({ at }) => at - scene.began);
    expect(twenty).toBeGreaterThan(20_000);
    expect(Number(fifty) - Number(twenty)).toBeGreaterThanOrEqual(65_000);
    expect(Number(all) - Number(fifty)).toBeGreaterThanOrEqual(65_000);
  });

  test('gives the candidate as many pods as stable has, and never takes any away', async () => {
    const { scene } = await walk({});
    expect(scene.replicas).toBe(3);
    const many = new Scene();
    many.api.apply(PATHS.candidate, deployment('web-cccccccc', 7), 'hpa');
    many.start();
    await many.until(['Promoted']);
    expect(many.replicas).toBe(7);
  });

  test('is not begun by a runner that lacks a part which its plan uses', async () => {
    const scene = new Scene({ plan: planOf(WALK, { uses: ['crystal-ball'] }) });
    const runner = scene.start({ exit: true });
    await scene.time.run(1_000);
    expect(runner.code).toBe(20);
    expect(runner.lines.map(({ message }) => message)).toEqual([
      'refused, nothing was touched: its ConfigMap has no crystal-ball.mjs: run synth again',
    ]);
    expect(scene.status).toBeNull();
  });

  test.each([
    ['Complete', 'Promoted', 3],
    ['Failed', 'Aborted', 0],
  ] as const)('waits for a migration before it scales: %s, and it is %s', async (ends, phase, replicas) => {
    const container = { image: 'web', command: null, args: null, env: {}, resources: null };
    const migration = { name: 'score', kind: 'expand', oldShape: 'needed', description: '', deadlineSeconds: 600, container } as const;
    const first: Step = { kind: 'smoke', exposure: 0, deadlineSeconds: 600, name: 'score', test: { migration } };
    const plan = planOf([first, smoke(), scale(), setWeight(20), switchOver(), bake()]);
    const scene = new Scene({ plan });
    const path = PATHS.job(plan).replace(/1$/, '0');
    scene.api.apply(path, job(plan, 0), 'argocd-controller');
    scene.time.after(120_000, () => scene.api.report(path, { conditions: [{ type: ends, status: 'True', message: ends }] }));
    scene.start();
    await scene.time.run(110_000);
    expect([scene.status?.step, scene.weight]).toEqual([0, 0]);
    expect(scene.replicas).toBe(1);
    await scene.until([phase]);
    expect(scene.replicas).toBe(replicas);
    expect(Math.max(...levels(scene))).toBe(ends === 'Failed' ? 0 : 100);
  });

  test('announces what a reader of `kubectl describe` wants to know', async () => {
    const { scene } = await walk({});
    expect(scene.api.events).toEqual([
      expect.stringContaining('Normal Started'),
      'Normal WeightSet: the candidate gets 20 % of the traffic',
      'Normal WeightSet: the candidate gets 50 % of the traffic',
      'Normal WeightSet: the candidate gets 100 % of the traffic',
      'Normal Promoted: promoted: the candidate serves all traffic',
    ]);
  });

  test('writes its status at most once a minute while it waits', async () => {
    const { scene, runner } = await atTwenty({ plan: planOf([scale(), smoke(), setWeight(20), pause(1_800, 20), setWeight(100)]) });
    const before = runner.requests.filter(({ method }) => method === 'PATCH').length;
    await scene.time.run(1_500_000);
    const writes = runner.requests.filter(({ method }) => method === 'PATCH').length - before;
    expect(writes).toBeGreaterThanOrEqual(20);
    expect(writes).toBeLessThanOrEqual(25);
  });

  test('guards the route once it is promoted, and touches nothing else', async () => {
    const { scene, runner } = await walk({});
    const before = runner.requests.length;
    await scene.time.run(55_000);
    expect(runner.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
    scene.api.report(PATHS.candidate, { availableReplicas: 0 });
    await scene.until(['Aborting'], 60);
    expect(scene.weight).toBe(0);
  });
});

const waived = 'tidegate.yaml: a test cluster';

describe('above half', () => {
  test.each([
    ['nothing is waived', { approvals: { required: [], waived: null } }, 'the plan neither demands nor waives one'],
    ['an approval is demanded', { approvals: { required: ['promote'], waived } }, 'needs approval promote, and the plan never asks for it'],
    ['the risk is high', { risk: 'high', approvals: { required: [], waived } }, 'at high risk it cannot be waived'],
  ] as const)('holds at 50 %% when %s', async (_, some, reason) => {
    const { scene } = await walk({ plan: planOf(WALK, some) });
    expect(scene.status?.reason).toContain(reason);
    expect([scene.phase, scene.weight]).toEqual(['Held', 50]);
  });

  test('goes on guarding while it is held', async () => {
    const { scene } = await walk({ plan: planOf(WALK, { approvals: { required: [], waived: null } }) });
    scene.reset();
    await scene.time.run(20_000);
    expect([scene.phase, scene.weight]).toEqual(['Held', 50]);
    scene.api.report(PATHS.candidate, { availableReplicas: 0 });
    await scene.until(['Aborted'], 120);
    expect(scene.weight).toBe(0);
  });
});

describe('when in doubt, stable', () => {
  test.each<[string, SceneOptions, string]>([
    ['the smoke test fails', { smoke: { ends: 'Failed', after: 5 } }, 'smoke test front failed'],
    ['the smoke test never ends', { smoke: { ends: 'never', after: 0 } }, 'was not done within 300s: smoke test front is running'],
    ['the smoke Job is not there', { smoke: { ends: 'absent', after: 0 } }, 'of smoke test front is not there'],
    ['the candidate never becomes ready', { readyAfter: null }, '0 of 3 pods of the candidate are available'],
  ])('%s: the candidate gets no request and is scaled down', async (_, options, reason) => {
    const { scene } = await walk(options);
    expect([scene.phase, scene.weight, scene.replicas]).toEqual(['Aborted', 0, 0]);
    expect(levels(scene)).toEqual([0]);
    expect(scene.status?.reason).toContain(reason);
  });

  test.each<[string, (scene: Scene) => void, string]>([
    [
      'no pod of the candidate is available',
      (scene) => scene.api.report(PATHS.candidate, { availableReplicas: 0 }),
      'no pod of the candidate',
    ],
    ['the candidate is deleted', (scene) => scene.api.delete(PATHS.candidate), 'web-cccccccc is gone'],
    ['a person takes all traffic back', (scene) => scene.move(0), 'by kubectl-edit, towards stable'],
    ['a person takes some traffic back', (scene) => scene.move(10), 'by kubectl-edit, towards stable'],
    ['a person gives the candidate more', (scene) => scene.move(60), 'by kubectl-edit, towards the candidate'],
    [
      'GitOps gives the candidate more',
      (scene) => scene.api.apply(PATHS.route, httpRoute(60), 'argocd-controller'),
      'towards the candidate',
    ],
  ])('%s: abort', async (_, happen, reason) => {
    const { scene } = await atTwenty();
    happen(scene);
    await scene.time.run(12_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
    await scene.until(['Aborted'], 300);
    expect(scene.weight).toBe(0);
    expect(scene.status?.reason).toContain(reason);
  });

  test('an aborted candidate keeps its pods for its delay, and until it has had no traffic for 30 s', async () => {
    const { scene } = await atTwenty();
    scene.api.report(PATHS.candidate, { availableReplicas: 0 });
    await scene.until(['Aborting'], 60);
    await scene.time.run(40_000);
    scene.move(5);
    await scene.time.run(25_000);
    expect([scene.weight, scene.replicas]).toEqual([0, 3]);
    await scene.until(['Aborted'], 60);
    expect(scene.replicas).toBe(0);
  });

  test('stable has no pod: traffic goes there all the same, and the reason says so', async () => {
    const { scene } = await atTwenty();
    scene.api.report(PATHS.stable, { availableReplicas: 0 });
    scene.api.report(PATHS.candidate, { availableReplicas: 0 });
    await scene.until(['Aborting'], 60);
    expect(scene.weight).toBe(0);
    expect(scene.status?.reason).toContain('stable has no available pod');
  });

  test('the weight does not rise while stable has no pod to go back to', async () => {
    const { scene } = await atTwenty();
    scene.api.report(PATHS.stable, { availableReplicas: 0 });
    await scene.time.run(110_000);
    expect([scene.phase, scene.weight]).toEqual(['Progressing', 20]);
    scene.api.report(PATHS.stable, { availableReplicas: 3 });
    await scene.time.run(10_000);
    expect(scene.weight).toBe(50);
  });

  test('the whole release is late', async () => {
    const { scene } = await walk({ plan: planOf(WALK, { deadlineSeconds: 60 }) });
    expect(scene.status?.reason).toContain('the release was not done within 60s');
    expect([scene.phase, scene.weight]).toEqual(['Aborted', 0]);
  });

  test('the router does not accept the route: no higher weight, and an abort at the deadline of the step', async () => {
    const { scene } = await atTwenty();
    scene.api.changed = () => {};
    await scene.time.run(60_000);
    expect(scene.weight).toBe(50);
    await scene.until(['Aborting'], 180);
    expect(scene.weight).toBe(0);
    expect(scene.status?.reason).toContain('its router has not accepted it');
  });
});

describe('who moved the route', () => {
  test.each([0, 1])('and left weight %d out has raised nothing that cannot be taken back', async (index) => {
    const { scene } = await atTwenty();
    scene.api.edit(PATHS.route, 'some-client', (route) => {
      delete route.spec.rules[0].backendRefs[index].weight;
    });
    await scene.time.run(2_000);
    expect([scene.phase, scene.weight]).toEqual(['Aborting', 0]);
  });

  test('GitOps: back to the earned level, and the release goes on', async () => {
    const { scene } = await atTwenty();
    scene.reset();
    await scene.time.run(11_000);
    expect(scene.weight).toBe(20);
    await scene.until(['Promoted']);
    expect(levels(scene)).toEqual([0, 20, 0, 20, 50, 100]);
    expect(scene.status?.resets.count).toBe(1);
  });

  test('GitOps again and again: at most every 10 s, at most 20 times, then held on stable', async () => {
    const { scene } = await atTwenty({ plan: planOf([scale(), smoke(), setWeight(20), pause(3_000, 20), switchOver()]) });
    const change = scene.api.changed;
    scene.api.changed = (path, by) => {
      change(path, by);
      if (path === PATHS.route && scene.weight > 0) scene.time.after(3_000, () => scene.reset());
    };
    scene.reset();
    await scene.until(['Held'], 900);
    const returns = scene.weights.filter(({ weight, by }) => weight === 20 && by === 'tidegate-runner').slice(1);
    expect(returns).toHaveLength(20);
    for (const [index, { at }] of returns.entries())
      if (index > 0) expect(at - Number(returns[index - 1]?.at)).toBeGreaterThanOrEqual(10_000);
    expect(scene.weight).toBe(0);
    expect(scene.status).toMatchObject({ hold: { at: 'stable' }, level: { set: { weight: 0 } } });
    scene.move(30);
    await scene.time.run(12_000);
    expect(scene.weight).toBe(0);
  });

  test('a person, and GitOps applies the same afterwards: still an abort, never undone', async () => {
    const { scene } = await atTwenty();
    scene.move(0);
    scene.reset();
    await scene.until(['Aborted'], 300);
    expect(levels(scene)).toEqual([0, 20, 0]);
  });

  test('a person, and GitOps writes over it before anyone looked: the hidden change is an abort too', async () => {
    const { scene } = await atTwenty();
    scene.move(10);
    scene.reset();
    await scene.until(['Aborted'], 300);
    expect(levels(scene)).toEqual([0, 20, 10, 0]);
  });

  test('an abort by a person ends the run with its own exit code', async () => {
    const scene = new Scene();
    const runner = scene.start({ exit: true });
    await scene.time.run(45_000);
    scene.move(0);
    await scene.time.run(300_000);
    expect(runner.code).toBe(11);
  });

  test('the route no longer names the revisions: held on stable, and the route is left alone', async () => {
    const { scene, runner } = await atTwenty();
    scene.api.apply(PATHS.route, httpRoute(40, 'web-dddddddd'), 'argocd-controller');
    const before = runner.requests.length;
    await scene.time.run(60_000);
    expect(scene.status).toMatchObject({ phase: 'Held', hold: { at: 'stable' } });
    expect(scene.status?.reason).toContain('/spec/rules/0/backendRefs/1/name is "web-dddddddd", the plan says web-cccccccc');
    expect(runner.requests.slice(before).filter(({ method, path }) => method === 'PATCH' && path.includes('httproutes'))).toEqual([]);
  });

  test('another rule gives the candidate traffic: held on stable', async () => {
    const { scene } = await atTwenty();
    scene.api.edit(PATHS.route, 'kubectl-edit', (route) => route.spec.rules.push({ backendRefs: [{ name: 'web-cccccccc', port: 80 }] }));
    await scene.time.run(15_000);
    expect(scene.status?.reason).toContain('/spec/rules/1/backendRefs/0/name names the candidate too');
    expect([scene.phase, scene.weight]).toEqual(['Held', 0]);
  });

  test('Git has recorded the release: the promoted runner leaves the new route alone', async () => {
    const { scene, runner } = await walk({});
    const before = runner.requests.length;
    scene.api.apply(PATHS.route, httpRoute(0, 'web-eeeeeeee'), 'argocd-controller');
    await scene.time.run(55_000);
    expect(runner.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(scene.phase).toBe('Promoted');
  });
});
