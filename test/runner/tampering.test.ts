import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import { type Approval, approvalKey, orderText } from '../../lib/plan/orders.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { SIGNING, signature } from '../../lib/sim/release/signing.ts';
import type { KubeObject } from './fake-api.ts';
import { approval, bake, PATHS, pause, planConfigMap, planOf, scale, setWeight, smoke, switchOver, WALK } from './release.ts';
import { type Process, Scene } from './scene.ts';

const BY = 'kubectl-edit';
/** So that the release has half of the users when it is tampered with. */
const LONG = planOf([scale(), smoke(), setWeight(20), pause(30, 20), setWeight(50), pause(600, 50), switchOver(), bake()]);

/** Somebody puts another object in the place of one that cannot be changed. */
function replaced(scene: Scene, path: string, change: (object: KubeObject) => KubeObject): void {
  const object = structuredClone(scene.api.at(path));
  const { name, namespace, uid } = object.metadata;
  scene.api.delete(path);
  scene.api.apply(path, change({ ...object, metadata: { name, namespace, uid: `${uid}-2` } }), BY);
}

const withPlan = (text: string) => (object: KubeObject) => ({ ...object, data: { 'plan.json': text } });
const edited = (scene: Scene): string => planConfigMap(scene.plan).data['plan.json'].replace('"attempt":1', '"attempt":2');

/** The status with something else in it, and a digest as a runner would write it. */
function forged(object: KubeObject, change: (status: KubeObject) => object): KubeObject {
  const { digest: _, ...status } = JSON.parse(object.data['status.json']);
  const text = JSON.stringify({ ...status, ...change(status) });
  return { ...object, data: { ...object.data, 'status.json': `${text.slice(0, -1)},"digest":"${shortHash(text)}"}` } };
}

const rewritten = (scene: Scene, change: (object: KubeObject) => KubeObject): void =>
  scene.api.edit(PATHS.status, BY, (object) => Object.assign(object, change(object)));

/** Said of the object that was tampered with, by the runner that walks the plan and by one that starts afterwards. */
interface Noticed {
  readonly walking: RegExp;
  readonly starting: RegExp;
}
const noticed = (what: RegExp): Noticed => ({ walking: what, starting: what });
const PLAN =
  /ConfigMap web-status cannot be believed: (web-plan-\w{8}) is not its plan: .* not \1: it was edited: delete it, and Git brings it back/;

describe('while the candidate has half of the users, what is tampered with is named', () => {
  let before: KubeObject;
  const tamperings: readonly (readonly [string, (scene: Scene) => void, Noticed])[] = [
    [
      'a plan that was edited',
      (scene) => scene.api.edit(PATHS.plan(scene.plan), BY, (object) => Object.assign(object, withPlan(edited(scene))(object))),
      {
        walking: PLAN,
        starting: /ConfigMap (web-plan-\w{8}): plan.json hashes to .* not \1: it was edited: delete it, and Git brings it back/,
      },
    ],
    [
      'a plan that another object took the place of',
      (scene) => replaced(scene, PATHS.plan(scene.plan), withPlan(edited(scene))),
      { walking: PLAN, starting: /ConfigMap (web-plan-\w{8}): plan.json hashes to .* not \1: it was edited/ },
    ],
    [
      'a plan in which another one stands that is good in itself',
      (scene) => replaced(scene, PATHS.plan(scene.plan), withPlan(planConfigMap(planOf(WALK, { attempt: 7 })).data['plan.json'])),
      {
        walking: PLAN,
        starting: /ConfigMap (web-plan-\w{8}): a plan of release web with hash \w{8} is named web-plan-\w{8}, not \1: it was/,
      },
    ],
    [
      'a plan that is cut off',
      (scene) => replaced(scene, PATHS.plan(scene.plan), withPlan('{"version": 1')),
      { walking: /web-plan-\w{8} is not its plan: plan.json is no JSON/, starting: /ConfigMap web-plan-\w{8}: plan.json is no JSON/ },
    ],
    [
      'a status that was edited',
      (scene) =>
        rewritten(scene, (object) => ({
          ...object,
          data: { ...object.data, 'status.json': object.data['status.json'].replace('"step":5', '"step":7') },
        })),
      noticed(/ConfigMap web-status cannot be believed: status.json does not match its digest: it was edited; tidegate retry web/),
    ],
    [
      'a status of more than its steps have earned, with its digest',
      (scene) => rewritten(scene, (object) => forged(object, ({ level }) => ({ level: { ...level, set: { weight: 90, routes: {} } } }))),
      noticed(/ConfigMap web-status cannot be believed: weight 90 at step 5, which has earned 50; tidegate retry web/),
    ],
    [
      'a status that was deleted',
      (scene) => scene.api.delete(PATHS.status),
      noticed(/the candidate has traffic before web-status knows its plan: back to stable/),
    ],
    [
      'an older status in the place of the latest',
      (scene) => rewritten(scene, (object) => ({ ...object, data: before.data })),
      noticed(/aborted: the route was moved from 20 % to 50 % by tidegate-runner/),
    ],
  ];

  test.each(tamperings.flatMap(([what, tamper, said]) => (['walking', 'starting'] as const).map((who) => ({ what, tamper, said, who }))))(
    '$what, by the runner that is $who',
    async ({ tamper, said, who }) => {
      const scene = new Scene({ plan: LONG });
      const first = scene.start();
      await scene.time.run(40_000);
      expect(scene.weight).toBe(20);
      before = structuredClone(scene.api.at(PATHS.status));
      await scene.time.run(100_000);
      expect([scene.weight, scene.status?.step]).toEqual([50, 5]);
      if (who === 'starting') first.alive = false;
      tamper(scene);
      const runner: Process = who === 'starting' ? scene.start() : first;
      await scene.time.run(5_000);
      expect(runner.lines.filter(({ level }) => level !== 'info').map(({ message }) => message)).toContainEqual(
        expect.stringMatching(said[who]),
      );
      // Whoever has never seen the plan cannot know where stable is.
      const knowsPlan = who === 'walking' || said.walking === said.starting;
      expect(scene.weights.map(({ weight }) => weight).slice(0, 4)).toEqual(knowsPlan ? [0, 20, 50, 0] : [0, 20, 50]);
    },
  );

  test('a plan that Git brings back begins anew', async () => {
    const scene = new Scene({ plan: LONG });
    scene.start();
    await scene.time.run(140_000);
    replaced(scene, PATHS.plan(scene.plan), withPlan(edited(scene)));
    await scene.time.run(60_000);
    expect([scene.weight, scene.phase]).toEqual([0, 'Held']);
    replaced(scene, PATHS.plan(scene.plan), withPlan(planConfigMap(scene.plan).data['plan.json']));
    await scene.time.run(20_000);
    expect([scene.weight, scene.phase, scene.status?.run]).toEqual([20, 'Progressing', 2]);
  });
});

describe('two persons', () => {
  const [ann, bob] = ['person-0@example.com', 'person-1@example.com'] as const;
  interface Word {
    readonly by: string;
    readonly into?: 'approvals' | 'operator';
    readonly reason?: string;
    /** Whose key signs, where any does. */
    readonly key?: string;
  }
  const steps = [scale(), smoke(), setWeight(20), { ...approval(), count: 2 }, switchOver(), bake()];
  const approvals = { required: ['promote'], waived: null };
  const normal = planOf(steps, { approvals });
  const high = planOf(steps, { approvals, risk: 'high' });
  const signing = planOf(steps, { approvals, uses: ['signatures'], signing: SIGNING });

  async function waiting(plan: Plan): Promise<Scene> {
    const scene = new Scene({ plan });
    scene.start();
    await scene.time.run(60_000);
    expect(scene.status?.reason).toContain('waiting for approval promote, 0 of 2');
    return scene;
  }

  function say(scene: Scene, { by, into = 'operator', reason = '', key }: Word): void {
    const path = PATHS.status.replace('status', into);
    const said: Approval = { plan: shortHash(scene.plan), approval: 'promote', by, at: new Date(scene.time.now).toISOString(), reason };
    const one = key === undefined ? said : { ...said, signature: signature(key, scene.plan, said) };
    const data = { ...scene.api.find(path)?.data, [approvalKey(one)]: orderText(one) };
    scene.api.apply(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `web-${into}`, namespace: 'shop' }, data }, BY);
  }

  test.each<[string, Plan, readonly Word[], number]>([
    ['are two', normal, [{ by: ann }, { by: bob }], 2],
    ['are two in Git and cluster', normal, [{ by: ann, into: 'approvals' }, { by: bob }], 2],
    ['are not one who says it twice', normal, [{ by: ann }, { by: ann, reason: 'again' }], 1],
    ['are not one in Git and cluster', normal, [{ by: ann, into: 'approvals' }, { by: ann }], 1],
    ['are not one in other letters', normal, [{ by: 'Ann' }, { by: ' ANN' }, { by: 'Ａｎｎ' }], 1],
    ['are not one with and without a name', normal, [{ by: ann }, { by: `Ann <${ann}>` }, { by: `A. <${ann.toUpperCase()}>` }], 1],
    ['are two in Git at high risk', high, [ann, bob].map((by) => ({ by, into: 'approvals' })), 2],
    ['are not one in Git and one in the cluster at high risk', high, [{ by: ann, into: 'approvals' }, { by: bob }], 1],
    ['are two with keys of their own', signing, [ann, bob].map((by) => ({ by, key: by })), 2],
    ['are not one with a signature and one without', signing, [{ by: ann, key: ann }, { by: bob }], 1],
    [
      'are not one key under two names',
      signing,
      [
        { by: ann, key: ann },
        { by: bob, key: ann },
      ],
      1,
    ],
    ['are not one name with two keys', oneOfTwoKeys(), [ann, bob].map((key) => ({ by: ann, key })), 1],
  ])('%s', async (_, plan, words, counted) => {
    const scene = await waiting(plan);
    for (const word of words) say(scene, word);
    await scene.time.run(5_000);
    expect(scene.status?.approvals.length).toBe(counted);
    if (counted === 2) await scene.until(['Promoted']);
    else expect([scene.weight, scene.status?.reason]).toEqual([20, expect.stringContaining(`, ${counted} of 2`)]);
    expect(scene.phase).toBe(counted === 2 ? 'Promoted' : 'Progressing');
  });

  /** The same person with a laptop and a token. */
  function oneOfTwoKeys(): Plan {
    return { ...signing, signing: { ...SIGNING, signers: SIGNING.signers.map((signer) => ({ ...signer, by: ann })) } };
  }

  test('are no annotation: what admission asks for counts for nothing here', async () => {
    const scene = await waiting(normal);
    scene.api.edit(PATHS.route, BY, (route) => {
      route.metadata.annotations = { 'tidegate.dev/approved-revision': 'web-cccccccc', 'tidegate.dev/approved-plan': shortHash(normal) };
    });
    await scene.time.run(5_000);
    expect([scene.weight, scene.status?.approvals]).toEqual([20, []]);
  });

  test.each([
    [normal, 'tidegate approve web promote'],
    [high, 'tidegate approve web promote --git'],
    [signing, 'tidegate approve web promote --sign KEY'],
  ])('are asked for with the command that will count (%#)', async (plan, command) => {
    const scene = await waiting(plan);
    expect(scene.status?.reason?.endsWith(`; ${command}`)).toBe(true);
  });

  test.each<[string, readonly Word[]]>([
    ['nobody', []],
    ['one of them', [{ by: ann, key: ann }]],
    ['two who have signed nothing', [{ by: ann }, { by: bob }]],
    ['one key for both', [ann, bob].map((by) => ({ by, key: ann }))],
  ])('cannot be claimed by a status with the right digest: %s', async (_, words) => {
    const scene = await waiting(signing);
    const at = new Date(scene.time.now).toISOString();
    rewritten(scene, (object) =>
      forged(object, ({ step }) => ({
        step: step + 1,
        stepStartedAt: null,
        approvals: words.map(({ by, key }, id) => {
          const said = { plan: shortHash(signing), approval: 'promote', by, at, reason: '' };
          const more = key === undefined ? {} : { signature: signature(key, signing, said) };
          return { ...said, ...more, id: String(id), source: 'git', takenAt: scene.time.now };
        }),
      })),
    );
    await scene.time.run(60_000);
    expect(scene.weights.map(({ weight }) => weight)).toEqual([0, 20, 0]);
    expect(scene.status?.reason).toMatch(/web-status cannot be believed: step 4 comes after approval promote, which \d of 2 have signed/);
  });

  const hour = 3_600_000;
  const oldKeys = { ...SIGNING, signers: SIGNING.signers.map((signer) => ({ ...signer, validBefore: '2026-01-05T09:00:10Z' })) };
  test.each<[string, Partial<Plan>, { readonly at: number; readonly takenAt: unknown; readonly begunAt?: number }, RegExp]>([
    [
      'before there was such a plan',
      {},
      { at: -hour, takenAt: -hour, begunAt: -hour },
      /it was signed at .*only what is signed since 2026-01-05T08:55:00/,
    ],
    ['before its run began', {}, { at: -20 * 60_000, takenAt: 0, begunAt: 0 }, /it was signed at .*, and only what is signed since/],
    ['that had expired when they were taken', {}, { at: 0, takenAt: 90_000_000 }, /it expired at 2026-01-06T09:01:00.000Z/],
    [
      'that are to be taken yet',
      {},
      { at: 0, takenAt: 400_000 },
      /the approval of person-0@example.com was taken at .*, and it is 2026-01-05T09:01/,
    ],
    ['with keys that were no longer valid', { signing: oldKeys }, { at: 0, takenAt: 0 }, /its key was valid until 2026-01-05T09:00:10Z/],
    ['that were taken at no time', {}, { at: 0, takenAt: null }, /it is dated 2026-01-05T09:01:00.000Z, and it is 1970/],
    ['that were taken when nobody counts', {}, { at: 0, takenAt: 'once' }, /it is dated 2026-01-05T09:01:00.000Z, and it is NaN/],
    ['that were taken at the end of time', {}, { at: 0, takenAt: 1e300 }, /it expired at/],
  ])('cannot be claimed by a status with good signatures %s', async (_, some, { at, takenAt, begunAt }, why) => {
    const scene = await waiting({ ...signing, ...some });
    const { now } = scene.time;
    rewritten(scene, (object) =>
      forged(object, (status) => ({
        step: status.step + 1,
        stepStartedAt: null,
        begunAt: begunAt === undefined ? status.begunAt : now + begunAt,
        approvals: [ann, bob].map((by) => {
          const said = { plan: shortHash(scene.plan), approval: 'promote', by, at: new Date(now + at).toISOString(), reason: '' };
          const taken = typeof takenAt === 'number' ? now + takenAt : takenAt;
          return { ...said, signature: signature(by, scene.plan, said), id: by, source: 'git', takenAt: taken };
        }),
      })),
    );
    await scene.time.run(60_000);
    expect(scene.weights.map(({ weight }) => weight)).toEqual([0, 20, 0]);
    expect(scene.status?.reason).toMatch(why);
  });

  test('have agreed for good: what has expired since is believed by the next runner', async () => {
    const scene = await waiting({ ...signing, signing: { ...SIGNING, validForSeconds: 60 } });
    for (const by of [ann, bob]) say(scene, { by, key: by });
    await scene.until(['Promoted']);
    for (const process of scene.processes) process.alive = false;
    scene.start();
    await scene.time.run(900_000);
    expect([scene.phase, scene.weight]).toEqual(['Promoted', 100]);
  });
});
