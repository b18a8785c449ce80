import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import { HOSTILE, planOf } from '../plan/plans.ts';
import { level, Scene } from './cluster.ts';
import { CLI } from './repository.ts';

const counters = (change: object) => ({
  since: 0,
  passedAt: null,
  counters: { pass: 0, fail: 0, inconclusive: 0, noData: 0, error: 0, last: null, silentSince: null, samples: [], ...change },
});

describe('status of a release', () => {
  it('shows where it is, what its gates have said, and how its runner is', async () => {
    const scene = await Scene.start();
    const measured = { last: { at: Date.now() - 12_000, outcome: 'pass' } };
    scene.says(
      {
        phase: 'Progressing',
        step: 5,
        begunAt: Date.now() - 600_000,
        run: 2,
        level: level(20, 5),
        reason: 'measures 2 gates',
        gates: { '5.5xx-ratio': counters({ pass: 3, noData: 1, ...measured }), '5.restarts': counters({ fail: 1 }) },
      },
      20,
    );
    scene.ordered({ pause: scene.order('bob', { reason: 'lunch' }) });
    const { code, out, err } = await scene.tidegate('status', 'web');
    expect([code, err]).toEqual([0, '']);
    expect(out.replace(/\b(1[2-9]|2\d)s ago/g, 'Ns ago').replace(/10m( \ds)? ago/, '10m ago')).toBe(`web  namespace shop, target production

plan       ${scene.hash}, attempt 1, run 2: web-1f3a9c07 -> web-8be2d451
phase      Progressing, began 10m ago
step       6 of 12, analysis: watch with 5 gates
weight     20 %, the route was last seen with 5 %
reason     measures 2 gates
pause      by bob at 2026-01-05T09:00:00Z: lunch
heartbeat  Ns ago

GATE       VERDICT  PASS  FAIL  INCONCLUSIVE  NO DATA  ERROR  LAST
5xx-ratio  running  3     0     0             1        0      pass Ns ago
restarts   fail     0     1     0             0        0      -
`);
  });

  it('gives the command for the approval that it waits for, in the same place', async () => {
    const scene = await Scene.start();
    scene.waits();
    scene.ordered({ 'approval.promote.12345678': scene.order('bob', { approval: 'promote' }) });
    const { out } = await scene.tidegate('status', 'web', '-n', 'shop');
    expect(out).toContain("Waits for approval 'promote' (0 of 1: bob, not taken yet): orders per minute look as usual\n");
    const command = out.split('\n').find((line) => line.startsWith('  tidegate approve')) ?? '';
    expect(command).toBe('  tidegate approve web promote --kubeconfig kubeconfig.yaml --namespace shop');
    expect(await scene.person.tidegate(...command.trim().split(' ').slice(1), '--by', 'alice')).toMatchObject({ code: 0 });
  });

  it.each([
    [170, false],
    [190, true],
  ])('warns of a runner that was last heard %i seconds ago: %s', async (secondsAgo, warns) => {
    const scene = await Scene.start();
    scene.says({ phase: 'Progressing', step: 2 }, secondsAgo);
    const { out } = await scene.tidegate('status', 'web');
    expect(out.includes('Warning: nothing was heard of the runner for 3m 1')).toBe(warns);
    expect(out.includes('Look at Deployment web-runner in namespace shop')).toBe(warns);
  });

  it('waits for no word of a runner that has aborted, nor for an approval', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Aborted', step: 8, reason: 'gate 5xx-ratio failed' }, 9_000);
    const { out } = await scene.tidegate('status', 'web');
    expect(out).toContain('Aborted');
    expect(out).not.toMatch(/Warning|Waits for approval/);
  });

  it('says that no runner has begun, whatever the one of the plan before has written', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Promoted', plan: 'ffffffff', step: 12 });
    const { out } = await scene.tidegate('status', 'web');
    expect(out).toContain('no runner has begun with this plan');
    expect(out).not.toContain('Promoted');
  });

  it('tells of the latest plan when it is over', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Promoted', step: 12, level: level(100) });
    scene.rests();
    const { code, out } = await scene.tidegate('status', 'web');
    expect(code).toBe(0);
    expect(out).toContain(`${scene.hash}, over`);
    expect(out).toContain('Promoted');
    expect(out).toContain('\n  kubectl delete configmap -n shop --ignore-not-found web-status web-operator\n');
  });

  it('does not tell as true what was written of a release that Git took back', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Progressing', step: 5, level: level(20) }, 9_000);
    scene.rests();
    const { out } = await scene.tidegate('status', 'web');
    expect(out).toMatch(/phase +Progressing when Git dropped it\n/);
    expect(out).not.toMatch(/20 %|Warning/);
    expect((await scene.tidegate('status')).out).toMatch(/web +\S+ +Progressing \(dropped\) +- +- /);
  });

  it('makes do with what is there of a status that it does not know', async () => {
    const scene = await Scene.start();
    scene.api.put('/api/v1/namespaces/shop/configmaps/web-status', {
      data: { 'status.json': '{"plan":', plan: scene.hash, phase: 'Dreaming', weight: '5' },
    });
    const { code, out } = await scene.tidegate('status', 'web');
    expect(code).toBe(0);
    expect(out).toMatch(/phase +Dreaming\n/);
    expect(out).toMatch(/weight +5 %\n/);
    expect(await scene.json('status', 'web')).toMatchObject({
      phase: 'Dreaming',
      step: null,
      heartbeat: null,
      silentSeconds: null,
      gates: [],
    });
  });

  it('tells of orders that the runner cannot read', async () => {
    const scene = await Scene.start();
    scene.ordered({ abort: 'yes' });
    expect((await scene.tidegate('status', 'web')).out).toContain('Warning: the runner cannot read abort');
  });

  it('names what was tampered with, as a negative answer', async () => {
    const scene = await Scene.start();
    scene.waits();
    const maps = '/api/v1/namespaces/shop/configmaps';
    const status = scene.api.find(`${maps}/web-status`)?.data?.['status.json'] ?? '';
    scene.api.put(
      `${maps}/web-status`,
      { data: { 'status.json': status.replace('"step":8', '"step":9') } },
      { 'tidegate.dev/release': 'web' },
    );
    scene.runs({ 'runner.mjs': 'walk()' }, { 'runner.mjs': 'walk(); steal()' });
    const one = await scene.tidegate('status', 'web');
    expect(one.code).toBe(1);
    expect(one.out).toMatch(
      /^Tampered with: ConfigMap web-status: it does not match its digest: it was edited\.\n {2}.*tidegate retry web/m,
    );
    expect(one.out).toMatch(/^Tampered with: ConfigMap web-runner-\w{8}: its files hash to \w{8}: the program was edited\.$/m);
    expect(one.out).toMatch(/kubectl delete configmap web-runner-\w{8} -n shop/);
    const { code, out } = await scene.tidegate('status');
    expect([code, out]).toEqual([1, expect.stringContaining('Tampered with, of web in namespace shop: ConfigMap web-status')]);
    const { tampered } = await scene.json('status', 'web');
    expect(tampered).toMatchObject([{ object: 'ConfigMap web-status' }, { object: expect.stringContaining('ConfigMap web-runner-') }]);
  });

  it('lets no text of the cluster command the terminal', async () => {
    const scene = await Scene.start();
    const measured = counters({ last: { at: 0, outcome: HOSTILE } });
    scene.says({ phase: HOSTILE, step: 2, reason: HOSTILE, gates: { [HOSTILE]: measured } });
    scene.ordered({ pause: scene.order(HOSTILE, { reason: HOSTILE }) });
    const { out } = await scene.tidegate('status', 'web');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  });

  it('answers programs with one JSON document', async () => {
    const scene = await Scene.start();
    scene.waits();
    expect(await scene.json('status', 'web')).toMatchObject({
      version: 1,
      release: 'web',
      namespace: 'shop',
      target: 'production',
      plan: scene.hash,
      attempt: 1,
      inFlight: true,
      phase: 'Progressing',
      step: { index: 8, of: 12, kind: 'approval' },
      weight: { set: 50, observed: 50 },
      approval: {
        name: 'promote',
        count: 1,
        approvedBy: [],
        saidBy: [],
        command: 'tidegate approve web promote --kubeconfig kubeconfig.yaml',
      },
      silentSeconds: null,
    });
  });

  it('is a negative answer where there is no such release', async () => {
    const scene = await Scene.start();
    const { code, out, err } = await scene.tidegate('status', 'api');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('api has nothing in flight in namespace shop');
    expect(await scene.tidegate('status', 'web', '--target', 'staging')).toMatchObject({ code: 2 });
    expect(await scene.tidegate('status', 'web', '-A')).toMatchObject({ code: 2 });
  });
});

describe('status of all releases', () => {
  async function several(): Promise<Scene> {
    const scene = await Scene.start();
    scene.waits();
    for (const [namespace, name] of [
      ['shop', 'api'],
      ['bank', 'web'],
    ]) {
      const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
      const plan = { ...planOf([]), release: name, namespace };
      const labels = { 'tidegate.dev/release': `${name}` };
      scene.api.put(`${path}-plan-${shortHash(plan)}`, { data: { 'plan.json': JSON.stringify(plan) } }, labels);
      scene.api.put(`${path}-runner-12345678`, { data: {} }, { ...labels, 'tidegate.dev/component': 'runner' });
    }
    scene.api.put('/api/v1/namespaces/shop/configmaps/old-settings-12345678', { data: {} }, { 'tidegate.dev/release': 'old' });
    return scene;
  }

  it('is one line each, page by page, without what is no release in flight or over', async () => {
    const scene = await several();
    const { code, out } = await scene.tidegate('status');
    expect(code).toBe(0);
    expect(out.replace(/\ds ago/, 'Ns ago')).toBe(`RELEASE  PLAN      PHASE          STEP           WEIGHT  HEARTBEAT  REASON
api      ${shortHash({ ...planOf([]), release: 'api', namespace: 'shop' })}  no runner yet  -              -       -
web      ${scene.hash}  Progressing    9/12 approval  50 %    Ns ago     waits for approval 'promote'
`);
    expect(scene.api.heard.filter(({ path }) => path.includes('continue='))).not.toEqual([]);
  });

  it('shows every namespace with -A', async () => {
    const scene = await several();
    const { out } = await scene.tidegate('status', '-A');
    expect(out.split('\n').map((line) => line.split(/ +/).slice(0, 2).join('/'))).toEqual([
      'NAMESPACE/RELEASE',
      'bank/web',
      'shop/api',
      'shop/web',
      '',
    ]);
    const { releases } = await scene.json('status', '-A');
    expect(releases).toMatchObject([{ namespace: 'bank' }, { release: 'api' }, { release: 'web', phase: 'Progressing' }]);
  });

  it('is a negative answer where there is none', async () => {
    const scene = await Scene.start();
    const { code, err } = await scene.tidegate('status', '-n', 'empty');
    expect(code).toBe(1);
    expect(err).toContain('no release has a status or a plan in namespace empty. Try -A');
  });
});

describe('status --watch', () => {
  /** The lines of a watch as they come, and its end. */
  function watching(scene: Scene, ...args: readonly string[]) {
    const options = { cwd: scene.person.directory, env: { ...process.env, NO_COLOR: '1' } };
    const child = spawn(
      process.execPath,
      [CLI, 'status', '--watch', '--format', 'json', '--kubeconfig', 'kubeconfig.yaml', ...args],
      options,
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines: Record<string, unknown>[] = [];
    let waiting = () => {};
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.map((line) => JSON.parse(line)));
      waiting();
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const next = async () => {
      while (lines.length === 0) await new Promise<void>((resolve) => (waiting = resolve));
      return lines.shift();
    };
    return { child, next, ended };
  }

  it('tells each change once, and ends with the release: 1 where it was aborted', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Progressing', step: 2 });
    const { next, ended } = watching(scene, 'web');
    expect(await next()).toMatchObject({ phase: 'Progressing', step: { index: 2 } });
    let refusals = 0;
    scene.api.before = () => (refusals++ < 3 ? { status: 503, message: 'starting' } : undefined);
    scene.says({ phase: 'Aborted', step: 2, reason: 'gate 5xx-ratio failed' });
    expect(await next()).toMatchObject({ phase: 'Aborted', reason: 'gate 5xx-ratio failed' });
    expect(await ended).toBe(1);
  });

  it('ends with 0 once it is promoted, and at once on Ctrl-C', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Progressing', step: 2 });
    const stopped = watching(scene);
    expect(await stopped.next()).toMatchObject({ releases: [{ release: 'web' }] });
    stopped.child.kill('SIGINT');
    expect(await stopped.ended).toBe(0);
    scene.says({ phase: 'Promoted', step: 12 });
    const { next, ended } = watching(scene, 'web');
    expect(await next()).toMatchObject({ phase: 'Promoted' });
    expect(await ended).toBe(0);
  });
});
