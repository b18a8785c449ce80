import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unapproved } from '../../lib/gitops/approved.ts';
import { expectedOf } from '../../lib/gitops/check-record.ts';
import { recorded } from '../../lib/gitops/record.ts';
import { type CommittedRecord, formatRecord, type RecordedApproval, recordPath } from '../../lib/gitops/release-record.ts';
import { lockPath } from '../../lib/lock/read.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { readAllowedSigners } from '../../lib/plan/allowed-signers.ts';
import { planHash } from '../../lib/plan/compile.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { signedText } from '../../lib/plan/signing.ts';
import { compile, image } from '../constructs/compiling.ts';
import { planOf } from '../plan/plans.ts';
import { approval, bake, scale, setWeight, switchOver } from '../runner/release.ts';
import { HAS_SSH_KEYGEN, Signers } from '../runner/signers.ts';
import { walked } from './walked.ts';

const AT = '2026-03-01T11:30:00Z';
const given = (by: string, more: Partial<RecordedApproval> = {}): RecordedApproval => ({
  ...{ approval: 'promote', by, at: AT, reason: 'calm', source: 'git', takenAt: '2026-03-01T11:40:00Z' },
  ...more,
});
const times = { startedAt: '2026-03-01T11:00:00Z', endedAt: '2026-03-01T12:40:00Z' };
const two = { ...approval(), count: 2 };
const planWith = (some: Partial<Plan> = {}) => planOf([scale(), setWeight(20), two, switchOver(), bake()], some);
const said = (plan: Plan, approvals: readonly RecordedApproval[], written: readonly string[] = []) => {
  const entry = (by: string) => ({ release: 'web', plan: planHash(plan), approval: 'promote', by, at: AT });
  return unapproved({ plan, hash: planHash(plan) }, { ...times, approvals }, written.map(entry)).join();
};

describe('approvals of a record', () => {
  const high = planWith({ risk: 'high' });
  it.each<[string, Plan, readonly RecordedApproval[], readonly string[], string]>([
    ['of as many people as the plan demands', planWith(), [given('a'), given('b', { source: 'cluster' })], [], ''],
    ['of one person twice', planWith(), [given('a@x'), given(' A@x')], [], 'approval promote of 2, and the record has 1.'],
    ['of another step', planWith(), [given('a'), given('b', { approval: 'begin' })], [], 'the record has 1.'],
    ['of high risk that are merged', high, [given('a'), given('b')], ['a', 'b'], ''],
    [
      'of high risk that nobody merged',
      high,
      [given('a'), given('b')],
      ['a'],
      'The approval of b does not count: approvals.yaml has none of',
    ],
    [
      'of high risk from the cluster',
      high,
      [given('a'), given('b', { source: 'cluster' })],
      ['a', 'b'],
      'The approval of b does not count: at high risk only an approval in Git counts.',
    ],
    [
      'of high risk at another time',
      high,
      [given('a'), given('b', { at: '2026-03-01T11:31:00Z' })],
      ['a', 'b'],
      'has none of 2026-03-01T11:31:00Z',
    ],
  ])('%s', (_, plan, approvals, written, why) => {
    if (why === '') expect(said(plan, approvals, written)).toBe('');
    else expect(said(plan, approvals, written)).toContain(why);
  });

  describe.skipIf(!HAS_SSH_KEYGEN)('where the plan has signers', () => {
    const people = HAS_SSH_KEYGEN ? new Signers() : (null as never);
    let signing: Plan['signing'];
    beforeAll(() => {
      people.make('alice').make('bob').make('mallory');
      const lines = ['alice', 'bob'].map((name) => `${name} ${people.publicKey(name)}\n`).join('');
      signing = { validForSeconds: 3_600, signers: readAllowedSigners(lines).signers };
    });
    afterAll(() => people.remove());
    const signed = (plan: Plan, by: string, key = by, more: Partial<RecordedApproval> = {}): RecordedApproval => {
      const one = given(by, { source: 'cluster', ...more });
      return { ...one, signature: people.sign(key, signedText(plan, one)) };
    };

    it('are their signatures, wherever they stood', () => {
      const plan = planWith({ risk: 'high', uses: ['signatures'], ...(signing ? { signing } : {}) });
      expect(said(plan, [signed(plan, 'alice'), signed(plan, 'bob')])).toBe('');
      for (const [forged, why] of [
        [given('bob'), 'it has no signature'],
        [signed(plan, 'bob', 'mallory'), 'may not sign for this plan'],
        [signed(plan, 'bob', 'alice'), 'its key is that of alice'],
        [signed({ ...plan, attempt: 2 }, 'bob'), 'it is of another text, another plan or another person'],
        [signed(plan, 'bob', 'bob', { takenAt: '2026-03-01T12:31:00Z' }), `counts for ${3_600}s`],
        [signed(plan, 'bob', 'bob', { takenAt: '2026-03-01T12:46:00Z' }), 'it was taken at 2026-03-01T12:46:00Z, after the release ended'],
        [
          signed(plan, 'bob', 'bob', { at: '2026-03-01T10:59:00Z' }),
          'it was signed at 2026-03-01T10:59:00Z, and only what is signed since 2026-03-01T11:00:00.000Z counts: sign anew',
        ],
      ] as const)
        expect(said(plan, [signed(plan, 'alice'), forged], ['alice', 'bob'])).toContain(why);
    });
  });
});

describe('a record of high risk', () => {
  const rest = compile({ risk: 'high' }, null).lock;
  const lock = compile({ risk: 'high', image: image('a') }, rest).lock;
  const { plan, hash } = lock.inFlight ?? expect.fail();
  const times = { startedAt: '2026-03-01T11:00:00Z', endedAt: '2026-03-01T12:00:00Z' };
  const record = {
    ...{ version: 1, release: 'web', namespace: 'shop', target: 'production', plan: hash, attempt: 1, run: 1, outcome: 'promoted' },
    ...{ by: null, reason: '', ...times, stable: plan.stable, candidate: plan.candidate, ...walked(plan, times), waived: null },
  } as CommittedRecord;
  const approvals = record.approvals.map(({ approval: name, by, at }) => ({ release: 'web', plan: hash, approval: name, by, at }));
  const yaml = `approvals:\n${approvals.map((one) => `  - ${JSON.stringify(one)}\n`).join('')}`;

  const doubted = (name: string) =>
    expect.stringMatching(new RegExp(`approval ${name} of 2, .* does not count: approvals\\.yaml has none`));

  it('is taken with what Git has approved, and not on the word of who sends it', () => {
    const of = (given: typeof approvals) => recorded(lock, record, { committed: null, approvals: given, now: Date.parse(times.endedAt) });
    expect(approvals.length).toBeGreaterThan(0);
    expect(of(approvals).kind).toBe('settled');
    expect(of([])).toMatchObject({ kind: 'refused', problems: ['start', 'promote'].map((name) => ({ message: doubted(name) })) });
  });

  it.each([
    ['has', yaml, []],
    ['has not', null, ['start', 'promote'].map(doubted)],
  ])('is merged unattended where Git %s its approvals', (_, text, problems) => {
    const recording = recorded(lock, record, { committed: null, approvals, now: Date.parse(times.endedAt) });
    if (recording.kind !== 'settled') throw new Error('it is not settled');
    const path = recordPath(lock, hash);
    const ends = {
      before: (file: string) => (file === lockPath(lock) ? writeLock(lock) : file === 'approvals.yaml' ? text : null),
      after: (file: string) => (file === path ? formatRecord({ ...record, intent: lock.intent }) : writeLock(recording.lock)),
    };
    expect(expectedOf([lockPath(lock), path], ends, Date.parse(times.endedAt)).problems).toEqual(problems);
  });
});
