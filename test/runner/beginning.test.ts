import { describe, expect, test } from 'vitest';
import type { ApiAnswer } from '../../lib/runner/index.ts';
import { atTwenty, levels } from './at-twenty.ts';
import { judged } from './judged.ts';
import { GITOPS, PATHS, planConfigMap, planOf, WALK } from './release.ts';
import { Scene, type SceneOptions } from './scene.ts';

describe('beginning', () => {
  test('objects may arrive in any order', async () => {
    const scene = new Scene();
    for (const path of [PATHS.plan(scene.plan), PATHS.route, PATHS.candidate, PATHS.job(scene.plan)]) scene.api.delete(path);
    const runner = scene.start();
    await scene.time.run(30_000);
    expect(runner.requests.every(({ method }) => method === 'GET')).toBe(true);
    const complete = new Scene({ plan: scene.plan });
    for (const path of [PATHS.plan(scene.plan), PATHS.candidate, PATHS.job(scene.plan), PATHS.route]) {
      scene.api.apply(path, complete.api.at(path), 'argocd-controller');
      await scene.time.run(15_000);
    }
    scene.api.report(PATHS.job(scene.plan), { conditions: [{ type: 'Complete', status: 'True' }] });
    await scene.until(['Promoted']);
    expect(levels(scene).at(-1)).toBe(100);
  });

  test('a new plan takes over: first the candidate has nothing, then the status is replaced', async () => {
    const first = new Scene();
    first.start();
    await first.time.run(45_000);
    const scene = new Scene({ plan: planOf(WALK, { attempt: 2 }), smoke: { ends: 'never', after: 0 } });
    scene.api.apply(PATHS.status, first.api.at(PATHS.status), 'tidegate-runner');
    scene.move(20, 'tidegate-runner');
    scene.start();
    await scene.time.run(20_000);
    expect(levels(scene)).toEqual([0, 20, 0]);
    expect(scene.status).toMatchObject({ phase: 'Progressing', step: 1, level: { set: { weight: 0 } } });
    expect(scene.status?.plan).not.toBe(first.status?.plan);
  });

  test.each(['its ConfigMap is gone', 'another plan owns the status'])(
    'a plan is superseded when %s: nothing is touched any more',
    async (how) => {
      const { scene, runner } = await atTwenty();
      if (how === 'its ConfigMap is gone') scene.api.delete(PATHS.plan(scene.plan));
      else {
        const other = new Scene({ plan: planOf(WALK, { attempt: 2 }) });
        other.start();
        await other.time.run(1_000);
        scene.api.apply(PATHS.status, other.api.at(PATHS.status), 'tidegate-runner');
      }
      await scene.time.run(100);
      const before = runner.requests.length;
      scene.reset();
      scene.api.report(PATHS.candidate, { availableReplicas: 0 });
      await scene.time.run(600_000);
      expect(runner.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
      expect(runner.lines.at(-1)?.phase).toBe('Superseded');
    },
  );

  test.each<[string, (data: Record<string, string>) => void, string]>([
    ['truncated', (data) => Object.assign(data, { 'status.json': '{"plan": "' }), 'status.json is no JSON'],
    ['edited', (data) => Object.assign(data, { 'status.json': data['status.json']?.replace('"step":3', '"step":7') }), 'it was edited'],
    ['emptied', (data) => delete data['status.json'], 'status.json is no JSON'],
  ])('a status that was %s by hand: stable, and held until people have looked', async (_, change, reason) => {
    const { scene } = await atTwenty();
    scene.api.edit(PATHS.status, 'kubectl-edit', (status) => change(status.data));
    await scene.time.run(120_000);
    expect([scene.phase, scene.weight, scene.status?.hold?.at]).toEqual(['Held', 0, 'stable']);
    expect(scene.status?.reason).toContain(reason);
    expect(scene.status?.reason).toContain('tidegate retry web starts over');
  });

  test('a status that was deleted: the candidate goes back to nothing and starts over', async () => {
    const { scene } = await atTwenty();
    scene.api.delete(PATHS.status);
    await scene.until(['Promoted']);
    expect(levels(scene)).toEqual([0, 20, 0, 20, 50, 100]);
  });

  test('a process that is asked to end does so after its request, and rolls nothing back', async () => {
    const ending = new AbortController();
    const scene = new Scene();
    const runner = scene.start({ signal: ending.signal });
    await scene.time.run(45_000);
    ending.abort();
    await scene.time.run(15_000);
    expect([runner.code, scene.weight, scene.phase]).toEqual([0, 20, 'Progressing']);
  });
});

describe('exit codes of a run that ends', () => {
  test.each<[string, SceneOptions, number]>([
    ['promoted', {}, 0],
    ['aborted', { smoke: { ends: 'Failed', after: 1 } }, 10],
  ])('%s', async (_, options, code) => {
    const scene = new Scene(options);
    const runner = scene.start({ exit: true });
    await scene.time.run(600_000);
    expect(runner.code).toBe(code);
  });

  test('superseded', async () => {
    const scene = new Scene();
    const runner = scene.start({ exit: true });
    await scene.time.run(45_000);
    scene.api.delete(PATHS.plan(scene.plan));
    await scene.time.run(20_000);
    expect(runner.code).toBe(12);
  });

  test.each<[string, (scene: Scene) => void, string]>([
    ['no plan', (scene) => scene.api.delete(PATHS.plan(scene.plan)), 'is not there'],
    [
      'an edited plan',
      (scene) =>
        scene.api.edit(PATHS.plan(scene.plan), 'kubectl-edit', ({ data }) => {
          data['plan.json'] = data['plan.json'].replace('"weight":20', '"weight":90');
        }),
      'it was edited: delete it, and Git brings it back',
    ],
  ])('%s: cannot run, nothing touched', async (_, spoil, reason) => {
    const scene = new Scene();
    spoil(scene);
    const runner = scene.start({ exit: true });
    await scene.time.run(1_000);
    expect(runner.code).toBe(20);
    expect(runner.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(runner.lines.at(-1)?.message).toContain(reason);
  });

  test.each([
    ['get', 'httproutes web', 'GET', '/httproutes/web'],
    ['get', 'deployments web-cccccccc', 'GET', '/deployments/web-cccccccc'],
    ['get', 'configmaps web-status', 'GET', '/configmaps/web-status'],
    ['patch', 'configmaps web-status', 'PATCH', '/configmaps/web-status'],
  ] as const)('without the right to %s %s: cannot run, and says which is missing', async (verb, what, method, path) => {
    const forbidden: ApiAnswer = { status: 403, body: { message: 'forbidden' }, retryAfterMilliseconds: null };
    const scene = new Scene({
      wrap: (connection) => ({
        ...connection,
        exchange: async (request) => (request.method === method && request.path.includes(path) ? forbidden : connection.exchange(request)),
      }),
    });
    const runner = scene.start({ exit: true });
    await scene.time.run(5_000);
    expect(runner.code).toBe(20);
    expect(runner.lines.at(-1)?.message).toContain(`the runner's Role lacks verb ${verb} on ${what}`);
    expect([scene.weights.length, scene.status, scene.replicas]).toEqual([1, null, 1]);
  });

  test('in the cluster it stays up, not ready, and says why once', async () => {
    const scene = new Scene();
    scene.api.delete(PATHS.plan(scene.plan));
    let ready = true;
    const runner = scene.start({ onReport: (report) => (ready = report.ready) });
    await scene.time.run(60_000);
    expect([runner.code, ready, runner.lines.length]).toEqual([null, false, 1]);
  });
});

test('an abort that nobody could follow stands when Git brings the same plan again', async () => {
  const scene = await judged();
  const [process] = scene.processes;
  if (process) process.alive = false;
  scene.api.delete(PATHS.plan(scene.plan));
  await scene.time.run(5_000);
  const plan = planConfigMap(scene.plan);
  scene.api.apply(PATHS.plan(scene.plan), { ...plan, metadata: { ...plan.metadata, uid: 'another' } }, GITOPS);
  await scene.time.run(5_000);
  expect(scene.weight).toBe(20);
  scene.say('abort', scene.order());
  await scene.time.run(10_000);
  scene.start();
  await scene.time.run(120_000);
  expect(scene.weight).toBe(0);
  expect(['Aborting', 'Aborted']).toContain(scene.phase);
});
