import { describe, expect, it } from 'vitest';
import { readOrders } from '../../lib/plan/orders.ts';
import { approval, planOf, scale, switchOver, weight } from '../plan/plans.ts';
import { level, Scene } from './cluster.ts';
import { beginning, CLI, chart, DIGEST, Repository, succeeds } from './repository.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const twoApprovals = planOf([scale(), approval(0, { name: 'begin' }), weight(50), approval(50, { name: 'promote', count: 2 }), switchOver]);

describe('approve in the cluster', () => {
  it('writes the approval that is waited for, of this plan, with who, when and why', async () => {
    const scene = await Scene.start();
    scene.waits();
    const { code, out, err } = await scene.tidegate('approve', 'web', '--by', 'alice', '--reason', 'dashboards are calm');
    expect([code, out]).toEqual([0, `approved 'promote' of web, plan ${scene.hash}, by alice, target production\n`]);
    expect(err).toContain('The runner goes on within seconds');
    expect(err).toContain('tidegate status web --kubeconfig kubeconfig.yaml --watch');
    expect(Object.entries(scene.orders ?? {})).toEqual([
      [
        expect.stringMatching(/^approval\.promote\.[0-9a-f]{8}$/),
        { plan: scene.hash, approval: 'promote', by: 'alice', at: expect.stringMatching(TIME), reason: 'dashboards are calm' },
      ],
    ]);
    const { metadata } = scene.api.find('/api/v1/namespaces/shop/configmaps/web-operator') ?? {};
    expect(metadata?.labels).toMatchObject({ 'tidegate.dev/release': 'web', 'tidegate.dev/target': 'production' });
    expect(scene.api.heard.at(-1)).toMatchObject({ method: 'PATCH', path: expect.stringContaining('fieldManager=tidegate-cli') });
    expect(scene.api.heard.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
  });

  it('leaves what others have said', async () => {
    const scene = await Scene.start(twoApprovals);
    scene.says({ phase: 'Progressing', step: 3, level: level(50) });
    const bob = scene.order('bob', { approval: 'promote' });
    scene.ordered({ 'approval.promote.12345678': bob, note: 'ours', pause: scene.order('carol') });
    const { code, err } = await scene.tidegate('approve', 'web', '--by', 'alice');
    expect(code).toBe(0);
    expect(err).toContain('The runner goes on within seconds');
    expect(Object.values(scene.orders ?? {})).toHaveLength(4);
    expect(scene.orders).toMatchObject({ 'approval.promote.12345678': bob, note: 'ours', pause: { by: 'carol' } });
  });

  it('looks again where another was faster, and drops neither', async () => {
    const scene = await Scene.start();
    scene.waits();
    let raced = false;
    scene.api.before = (method) => {
      if (method === 'PATCH' && !raced) {
        raced = true;
        scene.ordered({ pause: scene.order('carol') });
      }
      return undefined;
    };
    expect(await scene.tidegate('approve', 'web', '--by', 'alice')).toMatchObject({ code: 0 });
    expect(Object.keys(scene.orders ?? {}).sort()).toEqual([expect.stringMatching(/^approval\.promote/), 'pause']);
    let again = 0;
    scene.api.before = (method) => {
      if (method === 'PATCH' && again++ < 2) scene.ordered({ ...scene.orders, resume: scene.order(`dora ${again}`) });
      return undefined;
    };
    expect(await scene.tidegate('approve', 'web', '--by', 'bob')).toMatchObject({ code: 0 });
    expect(scene.orders).toMatchObject({ pause: { by: 'carol' }, resume: { by: 'dora 2' } });
    expect(Object.keys(scene.orders ?? {})).toHaveLength(4);
  });

  it('says how many persons are missing', async () => {
    const scene = await Scene.start(twoApprovals);
    scene.says({ phase: 'Progressing', step: 3 });
    expect((await scene.tidegate('approve', 'web', 'promote', '--by', 'alice')).err).toContain('1 more person must approve');
    expect((await scene.tidegate('approve', 'web', 'promote', '--by', 'bob')).err).toContain('The runner goes on within seconds');
  });

  it.each<[string, (scene: Scene) => void, string]>([
    [
      'was taken',
      (scene) => scene.says({ phase: 'Progressing', step: 3, approvals: [{ approval: 'promote', by: 'Alice' }] }),
      "alice has approved 'promote' already: one person counts once",
    ],
    [
      'waits to be taken',
      (scene) => {
        scene.says({ phase: 'Progressing', step: 3, reason: 'the approval of alice is not taken' });
        scene.ordered({ 'approval.promote.12345678': scene.order('alice', { approval: 'promote' }) });
      },
      'the runner has yet to take it: the approval of alice is not taken',
    ],
  ])('is refused from the same person whose word %s', async (_, arrange, message) => {
    const scene = await Scene.start(twoApprovals);
    arrange(scene);
    expect(await scene.tidegate('approve', 'web', 'promote', '--by', 'alice')).toMatchObject({
      code: 1,
      err: expect.stringContaining(message),
    });
  });

  it('counts anew after a retry', async () => {
    const scene = await Scene.start();
    const before = { 'approval.promote.12345678': scene.order('alice', { approval: 'promote' }) };
    scene.ordered(before);
    const [given] = readOrders({ 'approval.promote.12345678': JSON.stringify(Object.values(before)[0]) }, scene.hash).approvals;
    scene.says({ phase: 'Progressing', step: 8, run: 2, consumed: [given?.id] });
    expect((await scene.json('status', 'web')).approval).toMatchObject({ approvedBy: [], saidBy: [] });
    expect(await scene.tidegate('approve', 'web', '--by', 'alice')).toMatchObject({ code: 0 });
    expect((await scene.json('status', 'web')).approval).toMatchObject({ approvedBy: [], saidBy: ['alice'] });
  });

  it('is refused before the runner has begun, since it would count as given unseen', async () => {
    const scene = await Scene.start();
    expect(await scene.tidegate('approve', 'web', '--by', 'alice')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`no runner has begun with plan ${scene.hash}`),
    });
  });

  it('may be given ahead, and says that it counts later', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Progressing', step: 3 });
    const { code, err } = await scene.tidegate('approve', 'web', '--by', 'alice');
    expect(code).toBe(0);
    expect(err).toContain('the release is not there yet');
  });

  it.each([
    ['no such approval', ['promot'], "has no approval 'promot'; it has begin, promote"],
    ['no approval where two lie ahead', [], 'has the approvals begin, promote; name one: tidegate approve web APPROVAL'],
  ])('names the approvals of the plan to who names %s', async (_, args, message) => {
    const scene = await Scene.start(twoApprovals);
    const { code, err } = await scene.tidegate('approve', 'web', ...args, '--by', 'alice');
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(scene.orders).toBeNull();
  });

  it.each<[string, (scene: Scene) => void, string]>([
    ['nothing was ever released', (scene) => scene.rests(), 'it has no status there, and no Deployment web-runner that you may see'],
    [
      'the plan is over',
      (scene) => {
        scene.says({ phase: 'Promoted', step: 12 });
        scene.rests();
      },
      '(Promoted) is gone',
    ],
    ['it is aborted', (scene) => scene.says({ phase: 'Aborted', step: 3 }), 'web is aborted: there is nothing to approve'],
    ['it is promoted', (scene) => scene.says({ phase: 'Promoted', step: 12 }), 'web is promoted, web-8be2d451 has all traffic'],
    [
      'it is past the step',
      (scene) => scene.says({ phase: 'Progressing', step: 10 }),
      "web is past 'promote' already: it is at step 11 of 12",
    ],
  ])('is refused where %s', async (_, arrange, message) => {
    const scene = await Scene.start();
    arrange(scene);
    const { code, out, err } = await scene.tidegate('approve', 'web', '--by', 'alice');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(scene.orders).toBeNull();
  });

  it('is refused where the plan asks for none, with who waived it', async () => {
    const waived = 'tidegate.yaml: targets.production.approvals';
    const scene = await Scene.start(planOf([scale(), switchOver], { approvals: { required: [], waived } }));
    expect((await scene.json('approve', 'web', '--by', 'alice')).refused).toBe(
      `plan ${scene.hash} of web asks for no approval: ${waived} waives it.`,
    );
  });

  it('sends a release of high risk to Git, where alone its approvals count', async () => {
    const scene = await Scene.start(planOf([scale(), approval(0), switchOver], { risk: 'high' }));
    scene.says({ phase: 'Progressing', step: 1 });
    const { code, err } = await scene.tidegate('approve', 'web', '--by', 'alice');
    expect(code).toBe(1);
    expect(err).toContain('approvals count from Git alone. `tidegate approve web --git`, then a pull request');
    scene.ordered({ 'approval.promote.12345678': scene.order('bob', { approval: 'promote' }) });
    expect((await scene.json('status', 'web')).approval).toMatchObject({ saidBy: [], command: 'tidegate approve web promote --git' });
    scene.committed({ 'approval.promote.12345679': scene.order('carol', { approval: 'promote' }) });
    expect((await scene.json('status', 'web')).approval).toMatchObject({ approvedBy: [], saidBy: ['carol'] });
  });

  it('tells a script in JSON what it did', async () => {
    const scene = await Scene.start();
    scene.waits();
    expect(await scene.json('approve', 'web', '--by', 'alice')).toMatchObject({
      version: 1,
      command: 'approve',
      release: 'web',
      namespace: 'shop',
      target: 'production',
      plan: scene.hash,
      by: 'alice',
      refused: null,
    });
  });

  it('refuses the wrong cluster where a target is named', async () => {
    const scene = await Scene.start();
    const { code, err } = await scene.tidegate('approve', 'web', '--target', 'staging', '--by', 'alice');
    expect(code).toBe(2);
    expect(err).toContain("for target 'production', not 'staging'; choose another --context");
    expect(scene.orders).toBeNull();
  });

  it('names a missing right, and the way that needs none', async () => {
    const scene = await Scene.start();
    scene.waits();
    scene.api.before = (method) => (method === 'PATCH' ? { status: 403, message: 'configmaps is forbidden: User "bob"' } : undefined);
    const { code, err } = await scene.tidegate('approve', 'web', '--by', 'alice');
    expect(code).toBe(2);
    expect(err).toContain('you may not create configmaps web-operator in namespace shop: configmaps is forbidden: User "bob".');
    expect(err).toContain('--git');
  });
});

describe('who approves', () => {
  const by = async (args: readonly string[], arrange: (person: Repository) => unknown = () => undefined) => {
    const scene = await Scene.start();
    scene.waits();
    await arrange(scene.person);
    const none = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
    const command = [CLI, 'approve', 'web', '--kubeconfig', 'kubeconfig.yaml', ...args];
    const { err } = await scene.person.run(process.execPath, command, none);
    const [entry] = Object.values(scene.orders ?? {}) as { by: string }[];
    return entry?.by ?? err;
  };
  const withEmail = async (person: Repository) => {
    await person.run('git', ['init', '-q']);
    await person.run('git', ['config', 'user.email', 'alice@example.com']);
  };

  it('is who is named', async () => expect(await by(['--by', 'carol'], withEmail)).toBe('carol'));
  it('else who commits here', async () => expect(await by([], withEmail)).toBe('alice@example.com'));
  it("else the kubeconfig's user", async () => expect(await by([])).toBe('operator@here'));
  it('is nobody who is blank', async () => expect(await by(['--by', ' '])).toContain('--by is empty'));
  it('is named in 500 characters', async () => expect(await by(['--by', 'x'.repeat(501)])).toContain('the record keeps 500'));
});

describe('approve in Git', () => {
  const recorded = beginning({ 'charts/main.ts': chart() }, succeeds('record', 'web', '--initial'));
  let hash = '';
  const inFlight = beginning({ 'charts/main.ts': chart() }, succeeds('record', 'web', '--initial'), async (repository) => {
    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    const { out } = await repository.tidegate('synth', '--format', 'json');
    hash = JSON.parse(out).releases[0].plan;
  });
  /** A repository whose release `web` is in flight. */
  const flying = async (): Promise<{ readonly repository: Repository; readonly hash: string }> => ({ repository: await inFlight(), hash });
  const approvalsOf = (repository: Repository) => Object.entries(repository.output()).filter(([path]) => path.includes('web-approvals'));

  it('adds to approvals.yaml, and synth renders it until the release is over', async () => {
    const { repository, hash } = await flying();
    const before = repository.output();
    const { code, out, err } = await repository.tidegate('approve', 'web', '--git', '--by', 'alice@example.com', '--reason', 'calm');
    expect([code, out]).toEqual([0, `approved 'promote' of web, plan ${hash}, by alice@example.com, target production: approvals.yaml\n`]);
    expect(err).toContain('`tidegate synth` renders it');
    expect(repository.output()).toEqual(before);

    expect(await repository.tidegate('synth')).toMatchObject({ code: 0 });
    const [[path, text] = []] = approvalsOf(repository);
    expect(path).toBe('dist/production/shop/web/configmap-web-approvals.yaml');
    expect(text).toMatch(/approval\.promote\.[0-9a-f]{8}: '\{"plan":"[0-9a-f]{8}","approval":"promote","by":"alice@example.com"/);
    const { [path ?? '']: _, ...others } = repository.output();
    const files = 'dist/production/shop/web/.files';
    expect({ ...others, [files]: '' }).toEqual({ ...before, [files]: '' });

    repository.edit('charts/main.ts', DIGEST('2'), DIGEST('1'));
    await repository.tidegate('synth');
    expect(approvalsOf(repository)).toEqual([]);
    expect(repository.read('approvals.yaml')).toContain('alice@example.com');
  });

  it('is void for the next attempt', async () => {
    const { repository } = await flying();
    await repository.tidegate('approve', 'web', '--git', '--by', 'alice');
    repository.edit('charts/main.ts', DIGEST('2'), DIGEST('3'));
    expect(await repository.tidegate('synth')).toMatchObject({ code: 0 });
    expect(approvalsOf(repository)).toEqual([]);
  });

  it('keeps what the file has, and tells of the same word before, which a retry may need again', async () => {
    const { repository, hash } = await flying();
    repository.write(
      'approvals.yaml',
      "# platform team reviews\napprovals:\n  - {release: api, plan: '12345678', approval: go, by: bob, at: 2026-01-05T09:00:00Z}\n",
    );
    expect(await repository.tidegate('approve', 'web', 'promote', '--git', '--by', 'alice')).toMatchObject({ code: 0 });
    expect(repository.read('approvals.yaml')).toMatch(/^# platform team reviews\napprovals:\n {2}- \{ ?release: api/);
    const { code, err } = await repository.tidegate('approve', 'web', '--git', '--by', 'alice');
    expect(code).toBe(0);
    expect(err).toContain('alice has approved it in approvals.yaml:4 before; one person counts once in each attempt');
    expect(repository.read('approvals.yaml').split(`plan: ${hash}`)).toHaveLength(3);
  });

  it('needs to be told which, where the release flies on several targets', async () => {
    const repository = new Repository({ 'charts/main.ts': chart(), 'tidegate.yaml': 'targets: {production: {}, staging: {}}\n' });
    await repository.tidegate('record', 'web', '--initial');
    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    await repository.tidegate('synth');
    const unclear = await repository.tidegate('approve', 'web', '--git', '--by', 'alice');
    expect(unclear.code).toBe(2);
    expect(unclear.err).toContain('choose one with --target production --namespace shop, or --target staging --namespace shop');
    expect(await repository.tidegate('approve', 'web', '--git', '--by', 'alice', '--target', 'staging')).toMatchObject({ code: 0 });
    await repository.tidegate('synth');
    expect(approvalsOf(repository).map(([path]) => path)).toEqual(['dist/staging/shop/web/configmap-web-approvals.yaml']);
  });

  it('is refused at rest', async () => {
    const repository = await recorded();
    const { code, err } = await repository.tidegate('approve', 'web', '--git', '--by', 'alice');
    expect(code).toBe(1);
    expect(err).toContain('web is at rest on target production');
  });

  it.each<[string, readonly string[], string]>([
    ['an approval that the plan has not', ['approve', 'web', 'begin', '--git'], "has no approval 'begin'; it has promote"],
    ['a release without lock', ['approve', 'api', '--git'], "there is no lock of release 'api' here"],
    ['both ways at once', ['approve', 'web', '--git', '--cluster'], '--git and --cluster are two ways to say it'],
    ['a cluster', ['approve', 'web', '--git', '--context', 'production'], '--git asks no cluster'],
    ['no release', ['approve'], 'tidegate approve RELEASE'],
  ])('is a usage error with %s', async (_, args, message) => {
    const { repository } = await flying();
    const { code, err } = await repository.tidegate(...args, '--by', 'alice');
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(repository.files('.')['approvals.yaml']).toBeUndefined();
  });

  it('finds a wrong file before it adds to it, and synth does, each with the line', async () => {
    const { repository, hash } = await flying();
    repository.write(
      'approvals.yaml',
      `approvals:\n  - {release: web, plan: '${hash}', approval: promot, by: bob, at: 2026-01-05T09:00:00Z}\n`,
    );
    const contradicting = await repository.tidegate('synth');
    expect(contradicting.code).toBe(2);
    expect(contradicting.err).toContain(`approvals.yaml\n  2:5  plan ${hash} has no approval 'promot'; it has promote.`);
    repository.write('approvals.yaml', 'approvals:\n  - {release: web, why: calm}\n');
    for (const command of [['synth'], ['approve', 'web', '--git', '--by', 'alice']]) {
      const { code, err } = await repository.tidegate(...command);
      expect(code).toBe(2);
      expect(err).toMatch(/^approvals.yaml\n(.*\n)* {2}2:25 {2}approvals\[0\].why: unknown field 'why'/);
    }
  });
});
