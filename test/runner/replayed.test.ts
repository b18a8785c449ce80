// What somebody has signed, said again by whoever may write a ConfigMap of the release.
import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import { type Approval, approvalKey, orderText, readOrders } from '../../lib/plan/orders.ts';
import { SIGNING, signature } from '../../lib/sim/release/signing.ts';
import { approval, bake, PATHS, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import { Scene } from './scene.ts';

const ANN = 'person-0@example.com';
const APPROVALS = { required: ['promote'], waived: null };
const plan = (count: number) => {
  const steps = [scale(), smoke(), setWeight(20), { ...approval(), count }, switchOver(), bake()];
  return planOf(steps, { approvals: APPROVALS, uses: ['signatures'], signing: SIGNING });
};

class Replayed extends Scene {
  /** Everything that was put there is there until it is removed. */
  readonly entries: Record<string, string> = {};

  signed(secondsAgo = 0): Approval {
    const at = new Date(this.time.now - secondsAgo * 1_000).toISOString();
    const said: Approval = { plan: shortHash(this.plan), approval: 'promote', by: ANN, at, reason: 'calm' };
    return { ...said, signature: signature(ANN, this.plan, said) };
  }

  put(entries: Record<string, string | null>): void {
    for (const [key, text] of Object.entries(entries))
      if (text === null) delete this.entries[key];
      else this.entries[key] = text;
    const metadata = { name: 'web-operator', namespace: 'shop' };
    this.api.apply(PATHS.status.replace('status', 'operator'), { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: this.entries }, 'x');
  }

  give(one: Approval): void {
    this.put({ [approvalKey(one)]: orderText(one) });
  }

  order(name: string): void {
    this.put({ [name]: JSON.stringify({ plan: shortHash(this.plan), by: 'bob', at: new Date(this.time.now).toISOString(), reason: '' }) });
  }

  /** Ends what goes on, and walks the plan again up to its approval. */
  async again(): Promise<void> {
    this.order('abort');
    await this.until(['Aborted'], 2_000);
    this.put({ abort: null });
    this.order('retry');
    await this.waits(2);
  }

  async waits(run = 1): Promise<void> {
    await this.time.run(900_000, () => this.status?.run === run && this.status.step === 3);
    expect([this.status?.run, this.status?.step, this.weight]).toEqual([run, 3, 20]);
  }

  async refuses(why: string | RegExp): Promise<void> {
    await this.time.run(120_000);
    expect([this.phase, this.weight, this.status?.approvals]).toEqual(['Progressing', 20, []]);
    expect(this.status?.reason).toMatch(why);
  }
}

async function waiting(count = 1): Promise<Replayed> {
  const scene = new Replayed({ plan: plan(count) });
  scene.start();
  await scene.waits();
  return scene;
}

const SPENT = `the approval of ${ANN} is not taken: it was given before the release waited for it, or has counted before: approve anew;`;
const OLD = new RegExp(
  `the approval of ${ANN} is not taken: it was signed at \\S+Z, and only what is signed since \\S+Z counts: sign anew;`,
);

describe('a signature that was used', () => {
  const copies: readonly (readonly [string, (one: Approval) => Record<string, string>])[] = [
    ['under its key', (one) => ({ [approvalKey(one)]: orderText(one) })],
    ['under another key', (one) => ({ 'approval.promote.again': orderText(one) })],
    [
      'with other line ends',
      (one) => {
        const other = { ...one, signature: one.signature?.replaceAll('\n', '\r\n') };
        return { [approvalKey(other)]: orderText(other) };
      },
    ],
    ['in another order of words', ({ plan, ...one }) => ({ 'approval.promote.again': JSON.stringify({ ...one, note: 'again', plan }) })],
  ];

  test.each(copies)('does not promote the next run, %s', async (_, copy) => {
    const scene = await waiting();
    const one = scene.signed();
    scene.give(one);
    await scene.until(['Promoted']);
    await scene.again();
    scene.put({ [approvalKey(one)]: null, ...copy(one) });
    await scene.refuses(OLD);
    scene.give(scene.signed());
    await scene.until(['Promoted']);
    expect(scene.weight).toBe(100);
  });

  test.each(copies)('does not count when it came too early, %s', async (_, copy) => {
    const scene = new Replayed({ plan: plan(1) });
    scene.start();
    await scene.time.run(5_000);
    const one = scene.signed();
    scene.give(one);
    await scene.waits();
    scene.put(copy(one));
    await scene.refuses(SPENT);
  });

  test.each(copies)('does not count when it was taken back, %s', async (_, copy) => {
    const scene = await waiting(2);
    const one = scene.signed();
    scene.give(one);
    await scene.time.run(5_000);
    expect(scene.status?.approvals).toHaveLength(1);
    scene.put({ [approvalKey(one)]: null });
    await scene.time.run(5_000);
    scene.put(copy(one));
    await scene.refuses(SPENT);
  });

  test('stays used when a runner has noted it as runners did before', async () => {
    const scene = await waiting();
    const one = scene.signed();
    const entry = { [approvalKey(one)]: orderText(one) };
    const [{ id, was } = { id: '', was: '' }] = readOrders(entry, shortHash(scene.plan)).approvals;
    scene.processes.forEach((process) => {
      process.alive = false;
    });
    scene.api.edit(PATHS.status, 'tidegate-runner', (object) => {
      const { digest: _, ...status } = JSON.parse(object.data['status.json']);
      const text = JSON.stringify({ ...status, consumed: [was] });
      object.data['status.json'] = `${text.slice(0, -1)},"digest":"${shortHash(text)}"}`;
    });
    scene.put(entry);
    scene.start();
    await scene.refuses(SPENT);
    expect(scene.status?.consumed).not.toContain(id);
  });

  test('is noted so that runners of before know it as well', async () => {
    const scene = await waiting();
    const one = scene.signed();
    scene.give(one);
    await scene.until(['Promoted']);
    const [{ id, was } = { id: '', was: '' }] = readOrders(scene.entries, shortHash(scene.plan)).approvals;
    expect(scene.status?.consumed).toEqual([id, was]);
  });
});

describe('a signature that was held back', () => {
  test.each([400, 0])('does not count in a later run, %s s afterwards', async (seconds) => {
    const scene = await waiting();
    const one = scene.signed();
    await scene.time.run(seconds * 1_000);
    await scene.again();
    scene.give(one);
    await scene.refuses(OLD);
  });

  test('does not count once the status was lost, and with it what was used', async () => {
    const scene = await waiting();
    const one = scene.signed();
    scene.give(one);
    await scene.until(['Promoted']);
    scene.put({ [approvalKey(one)]: null });
    await scene.time.run(400_000);
    scene.api.delete(PATHS.status);
    await scene.time.run(60_000);
    await scene.waits();
    scene.give(one);
    await scene.refuses(OLD);
  });

  test('does not count where it is older than the step that asks for it', async () => {
    const scene = await waiting();
    scene.give(scene.signed(400));
    await scene.refuses(OLD);
  });

  test('counts from a clock that is a little late, and when it is merged long after it was signed', async () => {
    const late = await waiting();
    late.give(late.signed(20));
    await late.until(['Promoted'], 60);
    expect(late.weight).toBe(100);
    const merged = await waiting();
    await merged.time.run(600_000);
    merged.give(merged.signed(540));
    await merged.until(['Promoted'], 60);
    expect(merged.weight).toBe(100);
  });
});
