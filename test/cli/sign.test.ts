import { afterAll, describe, expect, it } from 'vitest';
import { readAllowedSigners } from '../../lib/plan/allowed-signers.ts';
import { readOrders } from '../../lib/plan/orders.ts';
import { unsigned } from '../../lib/runner/parts/signatures.ts';
import { approval, planOf, scale, switchOver, weight } from '../plan/plans.ts';
import { HAS_SSH_KEYGEN, Signers } from '../runner/signers.ts';
import { level, Scene } from './cluster.ts';
import { chart, DIGEST, Repository } from './repository.ts';

describe.skipIf(!HAS_SSH_KEYGEN)('approve --sign', () => {
  const people = HAS_SSH_KEYGEN ? new Signers().make('alice').make('mallory') : (null as never);
  afterAll(() => people.remove());
  const allowed = () => `alice@example.com ${people.publicKey('alice')}\n`;

  it('signs what it shows, in the name of the owner of the key, and the cluster believes it at high risk as well', async () => {
    const signing = { validForSeconds: 3_600, signers: readAllowedSigners(allowed()).signers };
    const scene = await Scene.start(
      planOf([scale(), weight(50), approval(50), switchOver], { signing, uses: ['signatures'], risk: 'high' }),
    );
    scene.says({ phase: 'Progressing', step: 2, level: level(50) });
    const approve = (...args: readonly string[]) => scene.tidegate('approve', 'web', ...args);
    expect(await approve('--by', 'alice@example.com')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--sign KEY, with a key of alice@'),
    });
    expect(await approve('--sign', people.file('mallory'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('may not sign for plan'),
    });
    expect(await approve('--sign', people.file('alice'), '--by', 'bob')).toMatchObject({
      code: 2,
      err: expect.stringContaining('leave --by bob out'),
    });
    expect(scene.orders).toBeNull();
    const { code, out, err } = await approve('--sign', people.file('alice'), '--reason', 'dashboards are calm');
    expect([code, out]).toEqual([0, `approved 'promote' of web, plan ${scene.hash}, by alice@example.com, target production\n`]);
    expect(err).toContain('You sign this, for approval@tidegate.dev:\n\n{\n  "tidegate approval": 1,\n  "approval": "promote",');
    const data = Object.fromEntries(Object.entries(scene.orders ?? {}).map(([key, order]) => [key, JSON.stringify(order)]));
    const [given] = readOrders(data, scene.hash).approvals;
    expect(given && unsigned(given, scene.plan, Date.now())).toBeNull();
    expect(await approve('--sign', people.file('alice'))).toMatchObject({ code: 1, err: expect.stringContaining('has approved') });
  });

  it('has nothing to sign where the plan asks for no signature', async () => {
    const scene = await Scene.start();
    scene.waits();
    expect(await scene.tidegate('approve', 'web', '--sign', people.file('alice'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('--sign means nothing'),
    });
  });

  it('writes approvals.yaml with the signature, and synth refuses one that was changed, with its line', async () => {
    const indented = allowed().replace(/^/gm, '    ').trimEnd();
    const repository = new Repository({
      'charts/main.ts': chart(),
      'tidegate.yaml': `signing:\n  validFor: 2h\n  signers: |\n${indented}\n`,
    });
    const tidegate = (...args: readonly string[]) => repository.tidegate(...args);
    expect(await tidegate('record', 'web', '--initial')).toMatchObject({ code: 0 });
    expect(Object.values(repository.output()).join()).toContain('signatures.mjs');
    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    expect(await tidegate('synth')).toMatchObject({ code: 0 });
    expect(repository.read('lock/production/shop/web.yaml')).toContain('validForSeconds: 7200');
    expect(await tidegate('approve', 'web', '--git', '--by', 'alice')).toMatchObject({ code: 1 });
    expect(await tidegate('approve', 'web', '--git', '--sign', people.file('alice'), '--reason', 'calm')).toMatchObject({ code: 0 });
    expect(repository.read('approvals.yaml')).toContain('signature: |');
    expect(await tidegate('synth')).toMatchObject({ code: 0 });
    expect(Object.entries(repository.output()).find(([path]) => path.includes('web-approvals'))?.[1]).toContain('BEGIN SSH SIGNATURE');
    repository.edit('approvals.yaml', 'reason: calm', 'reason: in a hurry');
    const { code, err } = await tidegate('synth');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/approvals\.yaml\n {2}\d+:\d+ +the approval of alice@example\.com does not count: its signature cannot/),
    ]);
  });

  it('tells every line of tidegate.yaml that names nobody who could sign', async () => {
    const repository = new Repository({
      'charts/main.ts': chart(),
      'tidegate.yaml': 'signing:\n  signers: |\n    "*@x" ssh-rsa AAAA\n    a b c d e\n',
    });
    const { code, err } = await repository.tidegate('synth');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/tidegate\.yaml\n {2}2:12 +signing\.signers: line 1: '\*@x' stands for several names[\s\S]*line 2: /),
    ]);
  });
});
