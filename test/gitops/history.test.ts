import { describe, expect, it } from 'vitest';
import { type GitFacts, history, NO_GIT } from '../../lib/gitops/history.ts';
import type { Commit } from '../../lib/gitops/history-attempt.ts';
import { historyJson, historyMarkdown, historyText } from '../../lib/gitops/history-views.ts';
import { type CommittedRecord, readRecord } from '../../lib/gitops/release-record.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { judged, UNATTENDED, WAIVED } from '../runner/judged.ts';
import { PATHS, planOf } from '../runner/release.ts';
import { promoted, recordOf, type Told } from './records.ts';

const BEGIN = Date.UTC(2026, 0, 5, 9);
const DAY = 24 * 3_600_000;

type Release = Partial<Told> & { readonly image: string | null };

/** Releases one after the other, a day apart, each with an image: its records, the lock in the end, and what git knows. */
function releases(...told: readonly Release[]) {
  let lock: Lock = compile({}, null).lock;
  const records: CommittedRecord[] = [];
  const plans = new Map<string, Commit>();
  for (const [index, { image: digit, ...rest }] of told.entries()) {
    lock = compile(digit === null ? {} : { image: image(digit) }, lock).lock;
    const startedAt = BEGIN + index * DAY;
    const record = recordOf(lock, { startedAt, ...rest });
    records.push(record);
    const at = new Date(startedAt - 600_000).toISOString();
    plans.set(record.plan, { hash: String(index).repeat(40), at, name: 'Ada', email: 'ada@example.com', subject: `Release ${digit}` });
    if (record.outcome === 'promoted') lock = promoted(lock);
    else lock = compile(currentOf(told.slice(0, index)), lock).lock;
  }
  const git: GitFacts = { ...NO_GIT, plans };
  return { ...KEY, lock, records, git };
}

/** The intent that was promoted last. */
function currentOf(told: readonly Release[]) {
  const last = told.findLast(({ outcome = 'promoted' }) => outcome === 'promoted')?.image ?? null;
  return last === null ? {} : { image: image(last) };
}

const aborted = { outcome: 'aborted', by: 'gate', seconds: 900, failedAfter: 600 } as const;

describe('the attempts of a release', () => {
  it('are told the newest first: who, how long, how far, with which verdicts and approvals', () => {
    const { attempts } = history(releases({ image: 'a' }, { image: 'b', ...aborted }));
    expect(attempts).toMatchObject([
      {
        outcome: 'aborted',
        by: 'gate',
        highest: 5,
        gates: [{ gate: 'error-ratio', verdict: 'fail', pass: 4, fail: 1 }],
        released: { name: 'Ada' },
      },
      { outcome: 'promoted', highest: 100, restores: false, approvals: [{ approval: 'promote', by: 'bob@example.com' }] },
    ]);
  });

  it('know which of them brought back what had been stable', () => {
    const { attempts } = history(releases({ image: 'a' }, { image: null }, { image: 'b' }, { image: 'a' }));
    expect(attempts.map(({ restores }) => restores)).toEqual([true, false, true, false]);
  });

  it('include the one in flight, and those of which only git or the lock knows', () => {
    const input = releases({ image: 'a' });
    const lock = compile({ image: image('b') }, input.lock).lock;
    const lost: Commit = { hash: 'f'.repeat(40), at: '2026-01-01T00:00:00.000Z', name: 'Bob', email: 'bob@example.com', subject: 'Try' };
    const plans = new Map([['deadbeef', lost], ...input.git.plans]);
    const { attempts } = history({ ...input, lock, records: [], git: { ...input.git, plans } });
    expect(attempts.map(({ outcome, notes }) => [outcome, notes.join()])).toEqual([
      ['in flight', ''],
      ['promoted', expect.stringMatching(/^the lock says that it proved web-\w+, and its record is missing$/)],
      ['ended', 'it was superseded, given up or reverted, and left no record'],
    ]);
  });

  it('are told with what makes a record hard to believe', () => {
    const input = releases({ image: 'a' });
    const [record] = input.records;
    if (!record) throw new Error('no record');
    const edited = new Map([[record.plan, 'its record was edited by Eve in 012345678901, after it was committed']]);
    const [late] = input.git.plans.values();
    if (!late) throw new Error('no commit');
    const plans = new Map([[record.plan, { ...late, at: '2027-01-01T00:00:00.000Z' }]]);
    const other = { ...record, candidate: { ...record.candidate, revision: 'web-00000000' } };
    const [attempt] = history({ ...input, records: [other], git: { ...input.git, plans, edited } }).attempts;
    expect(attempt?.notes).toEqual([
      expect.stringContaining('edited by Eve'),
      expect.stringContaining('a clock was wrong'),
      expect.stringContaining('the record that it released web-00000000'),
    ]);
  });
});

describe('the figures', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map((digit) => ({ image: digit }));

  it('count changes from their commit to their promotion', () => {
    const { figures } = history(releases(...five));
    expect(figures).toEqual({
      leadTimeSeconds: { value: 600 + 1_500, n: 5, few: false },
      promotedPerWeek: { value: 7, n: 5, few: false },
      changeFailureRate: { value: 0, n: 5, few: false },
      timeToRestoreSeconds: { value: null, n: 0, few: true },
      endedUnseen: 0,
    });
  });

  it.each<[string, readonly Release[], Readonly<Record<'rate' | 'restore' | 'unseen', number | null>>]>([
    [
      'an abort after users met it is a failure, restored when traffic was back',
      [...five, { image: 'f', ...aborted }],
      { rate: 1 / 6, restore: 300, unseen: 0 },
    ],
    ['one before any user met it is none', [...five, { image: 'f', ...aborted, highest: 0 }], { rate: 0, restore: null, unseen: 1 }],
    [
      'one that a person ended without a failed measurement has no known beginning',
      [...five, { image: 'f', outcome: 'aborted', by: 'person' }],
      { rate: 1 / 6, restore: null, unseen: 0 },
    ],
    [
      'a promotion that was taken back is a failure, restored from the commit that took it back',
      [...five, { image: 'd', seconds: 300 }],
      { rate: 1 / 5, restore: 600 + 300, unseen: 0 },
    ],
    [
      'also where an attempt between them was aborted',
      [...five, { image: 'f', ...aborted, highest: 0 }, { image: 'd', seconds: 300 }],
      { rate: 1 / 5, restore: 900, unseen: 1 },
    ],
  ])('%s', (_, told, { rate, restore, unseen }) => {
    const { changeFailureRate, timeToRestoreSeconds, endedUnseen } = history(releases(...told)).figures;
    expect([changeFailureRate.value, timeToRestoreSeconds.value, endedUnseen]).toEqual([rate, restore, unseen]);
  });

  it('are nothing, and not zero, where nothing was released; and few are said to be few', () => {
    const none = history(releases());
    expect(Object.values(none.figures).map((figure) => (typeof figure === 'number' ? figure : figure.value))).toEqual([
      null,
      null,
      null,
      null,
      0,
    ]);
    expect(historyText([none], { color: false })).toContain(
      'Lead time, commit to promotion: unknown (n = 0: promoted changes whose commit is known)',
    );
    expect(historyText([history(releases({ image: 'a' }))], { color: false })).toContain(
      'Change failure rate: 0 % (n = 1: changes that users met; fewer than 5, too few to mean much)',
    );
  });

  it('leave out a lead time that nobody knows, instead of guessing', () => {
    const { figures } = history({ ...releases(...five), git: NO_GIT });
    expect(figures.leadTimeSeconds).toEqual({ value: null, n: 0, few: true });
    expect(figures.promotedPerWeek.value).toBe(7);
  });
});

describe('the views', () => {
  const hostile = { image: 'b', ...aborted };
  it('tell the same, and nothing that somebody wrote is obeyed', () => {
    const input = releases({ image: 'a' }, hostile);
    const records = input.records.map((record) => ({ ...record, reason: '| <b>@all</b> \u001b[2J\nnext' }));
    const told = history({ ...input, records });
    const text = historyText([told], { color: false });
    expect(text).toContain('aborted by a gate: | <b>@all</b> [2J next');
    expect(text).toContain('released by Ada <ada@example.com> in 111111111111 "Release b"');
    expect(text).toContain('approved: promote by bob@example.com at 2026-01-05 09:25 UTC, said in Git: dashboards are calm');
    const markdown = historyMarkdown([told]);
    expect(markdown).toContain('\\| &lt;b&gt;@<!-- -->all&lt;/b&gt;');
    expect(JSON.parse(historyJson([told], ['n']))).toMatchObject({
      version: 1,
      release: 'web',
      targets: [{ target: 'production' }],
      notes: ['n'],
    });
  });
});

describe('a release record', () => {
  const [record] = releases({ image: 'a' }).records;
  const text = JSON.stringify(record, null, 2);
  const key = { target: 'production', release: 'web', plan: record?.plan ?? '' };
  const edited = (changes: object) => JSON.stringify({ ...record, ...changes });

  it('as the runner writes it is accepted', async () => {
    const plan = planOf(UNATTENDED, WAIVED);
    const scene = await judged(plan);
    await scene.until(['Promoted'], 900);
    const source = scene.api.at(PATHS.status).data['record.json'];
    const { release, target, plan: hash } = JSON.parse(source);
    const read = readRecord(source, 'record.json', { release, target, plan: hash });
    expect(read).toMatchObject({ outcome: 'promoted', gates: [{ verdict: 'pass' }] });
  });

  it.each<[string, string, RegExp]>([
    ['that is truncated', text.slice(0, 400), /the record ends before it is complete/],
    ['that is empty', '', /the record ends before it is complete/],
    ['with a merge conflict', text.replace('{', '{\n<<<<<<< HEAD\n'), /the record holds a merge conflict/],
    ['that is no JSON', `x${text}`, /the record is no JSON/],
    ['of another plan', edited({ plan: '00000000' }), /plan: the record is of plan '00000000', but its path says/],
    ['of another release', edited({ release: 'api' }), /release: the record is of release 'api'/],
    ['without its outcome', edited({ outcome: undefined }), /outcome/],
    ['with an outcome that there is not', edited({ outcome: 'fine' }), /outcome/],
    ['with a time that is none', edited({ endedAt: 'yesterday' }), /endedAt/],
    ['that ends before it starts', edited({ endedAt: '2020-01-01T00:00:00.000Z' }), /before it starts/],
    ['that was promoted by an abort', edited({ by: 'gate' }), /it says promoted, and that a gate aborted it/],
    ['that was promoted without a user', edited({ steps: [] }), /none of its steps gave the candidate all requests/],
    ['with a gate without counts', edited({ gates: [{ gate: 'x' }] }), /gates\[0\]/],
  ])('%s is refused with its file and the way to get it back', (_, source, said) => {
    expect(() => readRecord(source, 'releases/production/web/a.json', key)).toThrow(said);
    expect(() => readRecord(source, 'releases/production/web/a.json', key)).toThrow('git log --oneline -- releases/production/web/a.json');
  });
});
