import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAllowedSigners } from '../../lib/plan/allowed-signers.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import { type Approval, approvalKey, orderText } from '../../lib/plan/orders.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { signedText } from '../../lib/plan/signing.ts';
import { unsigned } from '../../lib/runner/parts/signatures.ts';
import { approval, bake, GITOPS, PATHS, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import { Scene } from './scene.ts';
import { HAS_SSH_KEYGEN, Signers } from './signers.ts';

const AT = '2026-01-05T09:00:00Z';
const NOW = Date.parse('2026-01-05T10:00:00Z');
const words = { approval: 'promote', by: 'alice@example.com', at: AT, reason: 'dashboards are calm' };
const KEYS = ['ed25519', 'ecdsa-256', 'ecdsa-384', 'ecdsa-521', 'rsa-2048'] as const;

describe.skipIf(!HAS_SSH_KEYGEN)('a signed approval', () => {
  const people = HAS_SSH_KEYGEN ? new Signers() : (null as never);
  beforeAll(() => {
    people.make('alice').make('bob').make('mallory');
    for (const type of KEYS) people.make(type, type);
  });
  afterAll(() => people.remove());

  const line = (name: string, options = '') => `${name}@example.com ${options} ${people.publicKey(name)}\n`;
  const planWith = (lines: string, some: Partial<Plan> = {}, validForSeconds = 86_400) => {
    const { signers, problems } = readAllowedSigners(lines);
    expect(problems).toEqual([]);
    const steps = [scale(), smoke(), setWeight(20), { ...approval(), count: 2 }, switchOver(), bake()];
    const signing = { validForSeconds, signers };
    return planOf(steps, { uses: ['signatures'], signing, approvals: { required: ['promote'], waived: null }, ...some });
  };
  const both = () => planWith(line('alice') + line('bob'));
  const signed = (plan: Plan, name = 'alice', said: Partial<Approval> = {}, how = {}): Omit<Approval, 'plan'> => {
    const one = { ...words, by: `${name}@example.com`, ...said };
    return { ...one, signature: people.sign(name, signedText(plan, one), how) };
  };

  test.each(KEYS)('counts with a key of type %s, over either hash', (type) => {
    const plan = planWith(line(type));
    for (const hash of ['sha512', 'sha256']) expect(unsigned(signed(plan, type, {}, { hash }), plan, NOW)).toBeNull();
  });

  test('counts with Windows line ends, and whatever its reason says', () => {
    const one = signed(both(), 'alice', { reason: 'äöü "quoted"\nby: "bob@example.com"' });
    expect(unsigned({ ...one, signature: one.signature?.replaceAll('\n', '\r\n') }, both(), NOW)).toBeNull();
  });

  const cut = (length: number) => (one: Omit<Approval, 'plan'>) => ({ ...one, signature: one.signature?.slice(0, length) });
  test.each<[string, (plan: Plan) => Omit<Approval, 'plan'>, string | RegExp]>([
    ['without one', () => words, 'it has no signature'],
    ['by a key that nobody knows', (plan) => signed(plan, 'mallory'), /^its key SHA256:[\w+/]{43} may not sign for this plan$/],
    [
      'under the name of somebody else',
      (plan) => signed(plan, 'bob', { by: words.by }),
      'its key is that of bob@example.com, and not of alice@example.com',
    ],
    ['under another name', (plan) => signed(plan, 'alice', { by: 'Alice@example.com' }), 'and not of Alice@example.com'],
    ['for another plan', (plan) => signed({ ...plan, attempt: 2 }), 'it is of another text, another plan or another person'],
    ['for another step', (plan) => ({ ...signed(plan, 'alice', { approval: 'start' }), approval: 'promote' }), 'it is of another text'],
    ['with another reason', (plan) => ({ ...signed(plan), reason: 'hurry' }), 'it is of another text'],
    ['with a later date', (plan) => ({ ...signed(plan), at: '2026-01-05T09:59:00Z' }), 'it is of another text'],
    ['in another namespace', (plan) => signed(plan, 'alice', {}, { namespace: 'git' }), 'it is for namespace "git"'],
    ['that is cut in the middle', (plan) => cut(120)(signed(plan)), 'it was cut off'],
    [
      'that lacks a line',
      (plan) => {
        const one = signed(plan);
        return { ...one, signature: one.signature?.split('\n').toSpliced(2, 1).join('\n') };
      },
      'its signature cannot be believed: it ends too early',
    ],
    ['that is something else', (plan) => ({ ...signed(plan), signature: 'looks good to me' }), 'it does not begin with -----BEGIN'],
    [
      'that is no base64',
      (plan) => ({ ...signed(plan), signature: '-----BEGIN SSH SIGNATURE-----\n%\n-----END SSH SIGNATURE-----' }),
      'no base64',
    ],
    ['that is huge', (plan) => ({ ...signed(plan), signature: 'x'.repeat(30_000) }), 'it has 30000 characters, more than 20000'],
    ['that has expired', (plan) => signed(plan, 'alice', { at: '2026-01-04T09:59:59Z' }), 'it expired at 2026-01-05T09:59:59.000Z'],
    ['from the future', (plan) => signed(plan, 'alice', { at: '2026-01-05T10:06:00Z' }), 'it is dated 2026-01-05T10:06:00Z'],
    ['of no time', (plan) => signed(plan, 'alice', { at: 'soon' }), 'it is dated soon'],
  ])('%s does not count, and the reason is named', (_, make, why) => {
    const said = unsigned(make(both()), both(), NOW);
    if (typeof why === 'string') expect(said).toContain(why);
    else expect(said).toMatch(why);
  });

  test('counts from a clock that is a little ahead', () => {
    expect(unsigned(signed(both(), 'alice', { at: '2026-01-05T10:04:00Z' }), both(), NOW)).toBeNull();
  });

  test.each([
    ['valid-after="20260106Z"', 'its key is not valid before 2026-01-06T00:00:00.000Z'],
    ['valid-before="20260105093000Z"', 'its key was valid until 2026-01-05T09:30:00.000Z'],
  ])('of a key with %s does not count', (options, why) => {
    const plan = planWith(line('alice', options));
    expect(unsigned(signed(plan), plan, NOW)).toBe(why);
    expect(unsigned(signed(plan), plan, null)).toBeNull();
  });

  describe('in the cluster', () => {
    /** Puts entries where approvals are read: Git's ConfigMap or the operator's. */
    function give(scene: Scene, place: 'approvals' | 'operator', ...given: readonly Omit<Approval, 'plan'>[]): void {
      const path = PATHS.status.replace('status', place);
      const entries = given.map((one) => ({ plan: shortHash(scene.plan), ...one }));
      const data = { ...scene.api.find(path)?.data, ...Object.fromEntries(entries.map((one) => [approvalKey(one), orderText(one)])) };
      scene.api.apply(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `web-${place}`, namespace: 'shop' }, data }, GITOPS);
    }
    async function waiting(plan: Plan): Promise<Scene> {
      const scene = new Scene({ plan });
      scene.start();
      await scene.time.run(120_000);
      expect(scene.status?.reason).toContain('waiting for approval promote, 0 of 2');
      return scene;
    }
    const at = (scene: Scene) => new Date(scene.time.now).toISOString();

    test.each(['normal', 'high'] as const)('two of two persons let a release of %s risk pass, from the cluster as well', async (risk) => {
      const scene = await waiting(planWith(line('alice') + line('bob'), { risk }));
      give(scene, 'operator', signed(scene.plan, 'alice', { at: at(scene) }));
      await scene.time.run(10_000);
      expect(scene.status?.reason).toContain('1 of 2');
      give(scene, 'approvals', signed(scene.plan, 'bob', { at: at(scene) }));
      await scene.until(['Promoted']);
      const { approvals } = JSON.parse(scene.api.at(PATHS.status).data['record.json']);
      expect(approvals).toEqual([
        expect.objectContaining({ by: 'alice@example.com', source: 'cluster', signature: expect.stringContaining('SSH SIGNATURE') }),
        expect.objectContaining({ by: 'bob@example.com', source: 'git', signature: expect.stringContaining('SSH SIGNATURE') }),
      ]);
    });

    test('neither a word without signature nor one key under two names is the second person, and both are named', async () => {
      const scene = await waiting(both());
      const alice = signed(scene.plan, 'alice', { at: at(scene) });
      give(scene, 'approvals', alice, signed(scene.plan, 'alice', { by: 'bob@example.com', at: at(scene) }));
      await scene.time.run(10_000);
      expect(scene.status?.reason).toContain(
        '1 of 2 (look); the approval of bob@example.com is not taken: its key is that of alice@example.com, and not of bob@example.com',
      );
      give(scene, 'operator', { ...words, by: 'carol@example.com' });
      await scene.time.run(70_000);
      expect(scene.status?.reason).toContain('the approval of carol@example.com is not taken: it has no signature');
      expect(scene.weight).toBe(20);
    });

    test('one that expires before the second comes counts no more', async () => {
      const scene = await waiting(planWith(line('alice') + line('bob'), {}, 600));
      give(scene, 'approvals', signed(scene.plan, 'alice', { at: at(scene) }));
      await scene.time.run(10_000);
      expect(scene.status?.approvals).toHaveLength(1);
      await scene.time.run(640_000);
      expect(scene.status?.approvals).toHaveLength(0);
      expect(scene.status?.reason).toContain('it expired at');
      give(scene, 'approvals', signed(scene.plan, 'bob', { at: at(scene) }));
      await scene.time.run(10_000);
      expect(scene.status?.reason).toContain('1 of 2');
      expect(scene.weight).toBe(20);
    });
  });
});
