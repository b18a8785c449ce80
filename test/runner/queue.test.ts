import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import type { Queue } from '../../lib/plan/plan.ts';
import { statusData } from '../../lib/runner/index.ts';
import { newStatus, type WrittenPhase } from '../../lib/runner/status.ts';
import { planOf } from './release.ts';
import { Scene } from './scene.ts';

const REMEDY = '; where one was given up in Git, tidegate synth --refresh --only web gives a new place';
const PATH = '/api/v1/namespaces/shop/configmaps/pay-status';
const MINUTE = 60_000;

/** What stands in the status of release `pay`. */
function pay(phase: WrittenPhase, attempt: number, at: number, more: object = {}) {
  const status = { ...newStatus({ plan: 'eeeeeeee', planUid: 'u', at, generation: 1 }), phase, ...more };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'pay-status', namespace: 'shop' },
    data: statusData(status, planOf(undefined, { attempt })),
  };
}

function waiting(some: Partial<Queue> = {}) {
  const queue: Queue = { group: null, limit: 1, ahead: [{ release: 'pay', attempt: 3, until: 'promoted' }], ...some };
  const scene = new Scene({ plan: planOf(undefined, { uses: ['queue'], queue, deadlineSeconds: 900 }) });
  const say = (...said: Parameters<typeof pay>) => scene.api.apply(PATH, pay(...said), 'pay-runner');
  return { scene, say };
}
function command(scene: Scene, name: 'abort' | 'retry'): void {
  const order = { plan: scene.status?.plan, by: 'ann', at: new Date(scene.time.now).toISOString(), reason: '' };
  const operator = { name: 'web-operator', namespace: 'shop' };
  scene.api.apply(
    '/api/v1/namespaces/shop/configmaps/web-operator',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: operator, data: { [name]: JSON.stringify(order) } },
    'tidegate-cli',
  );
}
const replicas = (scene: Scene): number => scene.api.find('/apis/apps/v1/namespaces/shop/deployments/web-cccccccc')?.spec.replicas;

describe('a release that comes after another', () => {
  test('is not scaled before that one is promoted, and is not late however long it takes', async () => {
    const { scene, say } = waiting();
    scene.start();
    await scene.time.run(20 * MINUTE);
    expect([scene.phase, scene.status?.reason]).toEqual(['Starting', `waits for pay, which has not begun${REMEDY}`]);
    say('Progressing', 3, scene.time.now);
    await scene.time.run(1_000);
    expect([scene.phase, scene.status?.level.set.weight, replicas(scene)]).toEqual(['Starting', 0, 1]);
    say('Promoted', 3, scene.time.now);
    await scene.until(['Promoted'], 900);
    expect(scene.phase).toBe('Promoted');
  });

  test('has its smoke tests begun when its turn comes, so that their time does not run out while it waits', async () => {
    const { scene, say } = waiting();
    scene.start();
    await scene.time.run(20 * MINUTE);
    expect(scene.smokeSince).toBeNull();
    say('Promoted', 3, scene.time.now);
    const turn = scene.time.now;
    await scene.until(['Promoted'], 900);
    expect([scene.phase, Math.floor(((scene.smokeSince ?? 0) - turn) / MINUTE)]).toEqual(['Promoted', 0]);
  });

  test.each<[string, Parameters<typeof pay>]>([
    ['an earlier attempt, promoted', ['Promoted', 2, 0]],
    ['it is held', ['Held', 3, 0, { hold: { at: 'gate', since: 0 } }]],
  ])('waits: %s', async (_, said) => {
    const { scene, say } = waiting();
    say(...said);
    scene.start();
    await scene.time.run(10 * MINUTE);
    expect([scene.phase, scene.weight, replicas(scene)]).toEqual(['Starting', 0, 1]);
  });

  test('goes once a later attempt is promoted', async () => {
    const { scene, say } = waiting();
    say('Promoted', 4, scene.time.now);
    scene.start();
    await scene.until(['Promoted'], 900);
    expect(scene.phase).toBe('Promoted');
  });

  test('is held for people when that one was aborted, and goes when it is promoted after all', async () => {
    const { scene, say } = waiting();
    say('Aborted', 3, scene.time.now);
    scene.start();
    await scene.until(['Held'], 60);
    await scene.time.run(1_000);
    expect(scene.status?.reason).toMatch(/waits for pay \(Aborted at 0 %\); a person decides/);
    expect(scene.api.events.join()).toMatch('Warning Held');
    await scene.time.run(30 * MINUTE);
    say('Promoted', 4, scene.time.now);
    await scene.until(['Promoted'], 900);
    expect(scene.phase).toBe('Promoted');
  });

  test('believes no status that was edited', async () => {
    const { scene, say } = waiting();
    say('Progressing', 3, scene.time.now);
    scene.api.edit(PATH, 'kubectl-edit', (status) => {
      status.data['status.json'] = status.data['status.json'].replace('Progressing', 'Promoted');
    });
    scene.start();
    await scene.time.run(5 * MINUTE);
    expect([scene.phase, scene.status?.reason]).toEqual([
      'Starting',
      'waits for pay, whose status cannot be believed: where its runner is gone, delete ConfigMap pay-status',
    ]);
  });

  test('says when that one is silent, and what to do', async () => {
    const { scene, say } = waiting();
    say('Progressing', 3, scene.time.now);
    scene.start();
    await scene.time.run(10 * MINUTE);
    expect(scene.status?.reason).toMatch(/^waits for pay \(Progressing at 0 %, silent since 20.*Z\)/);
    expect(scene.status?.reason).toContain(REMEDY);
  });

  test('believes no moment that is none', async () => {
    const { scene, say } = waiting();
    say('Progressing', 3, scene.time.now);
    scene.api.edit(PATH, 'kubectl-edit', ({ data }) => {
      const { digest: _, ...status } = JSON.parse(data['status.json']);
      const text = JSON.stringify({ ...status, heartbeat: 1e300 });
      data['status.json'] = `${text.slice(0, -1)},"digest":"${shortHash(text)}"}`;
    });
    scene.start();
    await scene.time.run(1_000);
    expect(scene.status?.reason).toContain('whose status cannot be believed');
  });

  test('says what to do when that attempt has not begun, as one does that Git has dropped', async () => {
    const { scene, say } = waiting();
    say('Promoted', 2, scene.time.now);
    scene.start();
    await scene.time.run(1_000);
    expect(scene.status?.reason).toBe('waits for pay, which has not begun attempt 3');
    await scene.time.run(360_000);
    expect(scene.status?.reason).toBe(`waits for pay, which has not begun attempt 3${REMEDY}`);
  });

  test('is held again when that one falls back before the first request, and never after it', async () => {
    const { scene, say } = waiting();
    say('Promoted', 3, scene.time.now);
    scene.start();
    await scene.time.run(5_000);
    expect([scene.phase, scene.weight]).toEqual(['Progressing', 0]);
    say('Aborted', 3, scene.time.now);
    await scene.until(['Held'], 60);
    expect(scene.status?.hold?.at).toBe('queue');
    say('Promoted', 3, scene.time.now);
    await scene.time.run(60_000);
    expect(scene.weight).toBe(20);
    say('Aborted', 3, scene.time.now);
    await scene.until(['Promoted'], 900);
    expect(scene.phase).toBe('Promoted');
  });

  test('is aborted by a person while it waits', async () => {
    const { scene } = waiting();
    scene.start();
    await scene.time.run(5_000);
    command(scene, 'abort');
    await scene.until(['Aborted'], 300);
    expect(scene.phase).toBe('Aborted');
  });
});

describe('a group', () => {
  const ahead = ['pay', 'cart'].map((release) => ({ release, attempt: 3, until: 'over' as const }));

  test.each<[limit: number, phase: WrittenPhase, attempt: number, goes: boolean]>([
    [1, 'Promoted', 3, false],
    [2, 'Promoted', 3, true],
    [2, 'Aborted', 3, true],
    [2, 'Aborting', 3, false],
    [2, 'Progressing', 3, false],
    [2, 'Starting', 4, true],
    [3, 'Progressing', 3, true],
  ])('of %i: of two ahead one is %s in attempt %i', async (limit, phase, attempt, goes) => {
    const { scene, say } = waiting({ group: 'shop', limit, ahead });
    say(phase, attempt, scene.time.now);
    scene.start();
    await scene.time.run(60_000);
    expect(scene.phase).toBe(goes ? 'Progressing' : 'Starting');
    if (!goes) expect(scene.status?.reason).toMatch(`(${limit} of group shop at a time)`);
  });
});

describe('another one that nobody waits for by plan', () => {
  const { level } = newStatus({ plan: 'eeeeeeee', planUid: 'u', at: 0, generation: 1 });
  const traffic = { level: { ...level, set: { weight: 20, routes: {} } } };
  const cases: [string, Parameters<typeof pay> | null, waits: boolean][] = [
    ['has begun since, and has requests', ['Progressing', 9, 0, traffic], true],
    ['has begun since, and has none', ['Progressing', 9, 0], false],
    ['is held at its weight', ['Held', 9, 0, { ...traffic, hold: { at: 'gate', since: 0 } }], true],
    ['was promoted', ['Promoted', 9, 0, traffic], false],
    ['was aborted', ['Aborted', 9, 0, traffic], false],
    ['was never begun', null, false],
  ];
  const places: [string, Partial<Queue>, crowd: string][] = [
    ['of the group, behind it', { group: 'shop', ahead: [], behind: ['pay'] }, ' (1 of group shop at a time)'],
    ['of `after`, at rest', { ahead: [], atRest: ['pay'], limit: 2 }, ''],
  ];

  test.each(
    places.flatMap(([place, queue, crowd]) => cases.map(([what, said, waits]) => [place, what, waits, queue, crowd, said] as const)),
  )('%s: %s: waits %s, be it begun for the first time or again', async (_, __, waits, queue, crowd, said) => {
    for (const again of [false, true]) {
      const { scene, say } = waiting(queue);
      const begin = () => said && say(said[0], said[1], scene.time.now, said[3]);
      if (!again) begin();
      scene.start();
      if (again) {
        await scene.until(['Progressing'], 60);
        command(scene, 'abort');
        await scene.until(['Aborted'], 300);
        begin();
        command(scene, 'retry');
      }
      await scene.time.run(60_000);
      expect([scene.status?.run, scene.phase, scene.weight]).toEqual([again ? 2 : 1, ...(waits ? ['Starting', 0] : ['Progressing', 20])]);
      if (!waits) continue;
      expect(scene.status?.reason).toBe(`waits for pay (${said?.[0]} at 20 %)${crowd}`);
      say('Promoted', 9, scene.time.now);
      await scene.until(['Promoted'], 900);
    }
  });

  test('is forgotten once it is silent: Git may have dropped it, and it says so for ever', async () => {
    const { scene, say } = waiting({ group: 'shop', ahead: [], behind: ['pay'] });
    say('Progressing', 9, scene.time.now, traffic);
    scene.start();
    await scene.time.run(4 * MINUTE);
    expect(scene.phase).toBe('Starting');
    await scene.time.run(2 * MINUTE);
    expect(scene.weight).toBe(20);
  });

  test('holds what has begun and has no request yet', async () => {
    const { scene, say } = waiting({ group: 'shop', ahead: [], behind: ['pay'] });
    scene.start();
    await scene.time.run(5_000);
    expect([scene.phase, scene.weight]).toEqual(['Progressing', 0]);
    say('Progressing', 9, scene.time.now, traffic);
    await scene.until(['Held'], 60);
    expect(scene.status?.hold?.at).toBe('queue');
    say('Aborted', 9, scene.time.now);
    await scene.until(['Promoted'], 900);
    expect(scene.phase).toBe('Promoted');
  });
});

test('a runner without the part refuses the plan', async () => {
  const { scene } = waiting();
  const { lines } = scene.start({ part: () => Promise.reject(new Error('no such file')) });
  await scene.time.run(1_000);
  expect(lines.at(-1)?.message).toBe('refused, nothing was touched: its ConfigMap has no queue.mjs: run synth again');
  expect(scene.status).toBeNull();
});
