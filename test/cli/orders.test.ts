import { describe, expect, it } from 'vitest';
import { readOrders } from '../../lib/plan/orders.ts';
import { level, Scene } from './cluster.ts';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const said = (scene: Scene, by = 'alice', reason = '') => ({ plan: scene.hash, by, at: TIME, reason });

const progressing = (scene: Scene) => scene.says({ phase: 'Progressing', step: 3, level: level(5) });
const aborted = (scene: Scene) => scene.says({ phase: 'Aborted', step: 3, reason: 'gate 5xx-ratio failed' });
const promoted = (scene: Scene) => scene.says({ phase: 'Promoted', step: 12, level: level(100) });

const heldByGate = (scene: Scene) => scene.says({ phase: 'Held', step: 3, hold: { at: 'gate', since: 0 } });
const stuck = (scene: Scene) => scene.says({ phase: 'Held', step: 3, reason: 'the status was edited', hold: { at: 'stable', since: 0 } });

describe('a command', () => {
  it.each<[string, (scene: Scene) => void, (scene: Scene) => object, string]>([
    [
      'abort',
      progressing,
      (scene) => ({ abort: said(scene) }),
      'points all traffic to stable (web-1f3a9c07) in one write and scales the candidate down 5m later',
    ],
    ['abort', promoted, (scene) => ({ abort: said(scene) }), 'points all traffic to stable'],
    ['retry', heldByGate, (scene) => ({ retry: said(scene) }), 'Once the candidate has no traffic'],
    ['retry', stuck, (scene) => ({ retry: said(scene) }), 'walks the plan again from its first step'],
    ['abort', () => undefined, (scene) => ({ abort: said(scene) }), 'points all traffic to stable'],
    ['pause', progressing, (scene) => ({ pause: said(scene) }), 'keeps its share of traffic (5 %)'],
    ['retry', aborted, (scene) => ({ retry: said(scene) }), 'walks the plan again from its first step'],
    ['resume', heldByGate, (scene) => ({ resume: said(scene) }), 'goes on at step 4 of 12'],
  ])('%s is one entry of web-operator, and what comes of it is said', async (command, arrange, expected, next) => {
    const scene = await Scene.start();
    arrange(scene);
    const { code, out, err } = await scene.tidegate(command, 'web', '--by', 'alice');
    expect([code, out]).toEqual([0, `${command} web, plan ${scene.hash}, by alice, target production\n`]);
    expect(scene.orders).toEqual(expected(scene));
    expect(err).toContain(next);
    expect(err).toContain('`tidegate status web --kubeconfig kubeconfig.yaml --watch`');
  });

  it('pause stands until resume takes it back; each takes back the other', async () => {
    const scene = await Scene.start();
    progressing(scene);
    scene.ordered({ resume: scene.order('bob'), note: 'ours' });
    expect(await scene.tidegate('pause', 'web', '--by', 'alice', '--reason', 'lunch')).toMatchObject({ code: 0 });
    expect(scene.orders).toEqual({ pause: said(scene, 'alice', 'lunch'), note: 'ours' });
    const { code, err } = await scene.tidegate('resume', 'web', '--by', 'bob');
    expect([code, err]).toEqual([0, expect.stringContaining('goes on at step 4 of 12')]);
    expect(scene.orders).toEqual({ resume: said(scene, 'bob'), note: 'ours' });
  });

  it('retry takes back the abort that it answers', async () => {
    const scene = await Scene.start();
    aborted(scene);
    scene.ordered({ abort: scene.order('alice') });
    await scene.tidegate('retry', 'web', '--by', 'alice');
    expect(scene.orders).toEqual({ retry: said(scene) });
  });

  it('that the runner has followed in an earlier run may be given again', async () => {
    const scene = await Scene.start();
    const before = scene.order('bob');
    scene.ordered({ abort: before });
    const { id } = readOrders({ abort: JSON.stringify(before) }, scene.hash).commands.abort ?? {};
    scene.says({ phase: 'Progressing', step: 3, run: 2, consumed: [id] });
    expect(await scene.tidegate('abort', 'web', '--by', 'alice')).toMatchObject({ code: 0 });
    expect(scene.orders).toEqual({ abort: said(scene) });
  });

  it('retry tells that the release is still paused', async () => {
    const scene = await Scene.start();
    aborted(scene);
    scene.ordered({ pause: scene.order('bob') });
    expect((await scene.tidegate('retry', 'web', '--by', 'alice')).err).toContain(
      'It is paused still: `tidegate resume web` lets it begin',
    );
  });

  it('for another plan is no command: it is replaced', async () => {
    const scene = await Scene.start();
    progressing(scene);
    scene.ordered({ abort: scene.order('bob', { plan: 'ffffffff' }) });
    expect(await scene.tidegate('abort', 'web', '--by', 'alice')).toMatchObject({ code: 0 });
    expect(scene.orders).toEqual({ abort: said(scene) });
  });

  it.each<[string, string, (scene: Scene) => void, string]>([
    ['abort', 'nothing is in flight', (scene) => scene.rests(), 'web has nothing in flight in namespace shop'],
    ['abort', 'it is aborted', aborted, 'web is aborted already: gate 5xx-ratio failed'],
    ['abort', 'it is being aborted', (scene) => scene.says({ phase: 'Aborting' }), 'web is aborted already'],
    [
      'abort',
      'somebody was faster',
      (scene) => {
        progressing(scene);
        scene.ordered({ abort: scene.order('bob') });
      },
      'web was told to abort by bob at 2026-01-05T09:00:00Z',
    ],
    ['pause', 'it is aborted', aborted, 'there is nothing to pause'],
    ['pause', 'it is promoted', promoted, 'there is nothing to pause'],
    [
      'pause',
      'it is paused',
      (scene) => scene.ordered({ pause: scene.order('bob', { reason: 'lunch' }) }),
      'web was paused by bob at 2026-01-05T09:00:00Z: lunch.',
    ],
    ['resume', 'it is not paused', progressing, 'web is neither paused nor held by a gate'],
    ['resume', 'it is aborted', aborted, '`tidegate retry web` walks its plan again'],
    [
      'resume',
      'another plan was paused',
      (scene) => scene.ordered({ pause: scene.order('bob', { plan: 'ffffffff' }) }),
      'web is neither paused nor held by a gate',
    ],
    ['pause', 'it is held on stable', stuck, 'web is held on stable: the status was edited. `tidegate retry web` starts over'],
    ['resume', 'it is held on stable', stuck, 'web is held on stable'],
    ['retry', 'it is under way', progressing, 'web is under way (Progressing): only what is aborted or held is retried'],
    ['retry', 'no runner has begun', () => undefined, 'web is under way (no runner has begun)'],
    ['retry', 'it is promoted', promoted, 'there is nothing to retry'],
  ])('%s is refused where %s, and writes nothing', async (command, _, arrange, message) => {
    const scene = await Scene.start();
    arrange(scene);
    const before = scene.orders;
    const { code, out, err } = await scene.tidegate(command, 'web', '--by', 'alice');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(scene.orders).toEqual(before);
  });

  it('warns where no runner may be listening', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Progressing', step: 3 }, 600);
    const { code, err } = await scene.tidegate('abort', 'web', '--by', 'alice');
    expect(code).toBe(0);
    expect(err).toContain('Warning: nothing was heard of the runner for 10m');
    expect(err).toContain('`tidegate run web --kubeconfig kubeconfig.yaml`');
  });

  it('goes to the plan that Git has in flight, whatever the status still tells of the one before', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Aborted', plan: 'ffffffff' });
    expect(await scene.tidegate('abort', 'web', '--by', 'alice')).toMatchObject({ code: 0 });
    expect(scene.orders).toEqual({ abort: said(scene) });
  });

  it("works for who may not see the runner's Deployment", async () => {
    const scene = await Scene.start();
    progressing(scene);
    scene.api.before = (_, path) => (path.includes('/deployments/') ? { status: 403, message: 'deployments is forbidden' } : undefined);
    expect(await scene.tidegate('abort', 'web', '--by', 'alice')).toMatchObject({ code: 0 });
  });

  it("finds the namespace in the release's lock, even beside a broken project", async () => {
    const scene = await Scene.start();
    progressing(scene);
    scene.person.edit('kubeconfig.yaml', ', namespace: shop', '');
    scene.person.write('lock/production/shop/web.yaml', 'whatever');
    expect(await scene.tidegate('pause', 'web', '--by', 'alice')).toMatchObject({ code: 0 });
    scene.person.write('tidegate.yaml', 'targts: {}');
    expect(await scene.tidegate('abort', 'web', '--by', 'alice')).toMatchObject({
      code: 1,
      err: expect.stringContaining('namespace default'),
    });
    expect(await scene.tidegate('abort', 'web', '--by', 'alice', '-n', 'shop')).toMatchObject({ code: 0 });
  });

  it('says what is wrong where the API server is not there', async () => {
    const scene = await Scene.start();
    scene.person.edit('kubeconfig.yaml', /127\.0\.0\.1:\d+/, '127.0.0.1:1');
    const { code, err } = await scene.tidegate('abort', 'web', '--by', 'alice');
    expect(code).toBe(2);
    expect(err).toContain('the API server http://127.0.0.1:1 gave no answer: connect ECONNREFUSED 127.0.0.1:1.');
    expect(err).toContain('Check --kubeconfig and --context');
  });

  it.each(['abort', 'pause', 'resume', 'retry'])('%s names a release, and only one', async (command) => {
    const scene = await Scene.start();
    expect(await scene.tidegate(command)).toMatchObject({ code: 2, err: expect.stringContaining(`tidegate ${command} RELEASE`) });
    expect(await scene.tidegate(command, 'web', 'api')).toMatchObject({ code: 2, err: expect.stringContaining("takes no 'api'") });
  });
});
