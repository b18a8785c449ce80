import { describe, expect, it } from 'vitest';
import { expectedOf } from '../../lib/gitops/check-record.ts';
import { recorded, reminder, routeProblems } from '../../lib/gitops/record.ts';
import { type CommittedRecord, readRecord } from '../../lib/gitops/release-record.ts';
import { appliedProblems, retirement, servedProblems } from '../../lib/gitops/retire.ts';
import { withoutFormerRoute } from '../../lib/lock/former-route.ts';
import { withdrawn } from '../../lib/lock/leaving.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { lockPath } from '../../lib/lock/read.ts';
import { aborted, promoted } from '../../lib/lock/settle.ts';
import { writeLock } from '../../lib/lock/write.ts';
import type { ProblemError } from '../../lib/schema/index.ts';
import { compile, image } from '../constructs/compiling.ts';
import { errors } from '../intent/valid.ts';
import { walked } from './walked.ts';

const rest = compile({}, null).lock;
const flight = compile({ image: image('a') }, rest).lock;
const { inFlight } = flight;
if (!inFlight || 'external' in flight.stable) throw new Error('the fixture is not in flight');
const { plan, hash } = inFlight;
const record = {
  version: 1,
  release: 'web',
  namespace: 'shop',
  target: 'production',
  plan: hash,
  attempt: plan.attempt,
  run: 1,
  outcome: 'promoted',
  by: null,
  reason: 'all steps are done',
  startedAt: '2026-03-01T11:00:00Z',
  endedAt: '2026-03-01T12:00:00Z',
  stable: plan.stable,
  candidate: plan.candidate,
  ...walked(plan, { startedAt: '2026-03-01T11:00:00Z', endedAt: '2026-03-01T12:00:00Z' }),
  waived: null,
} satisfies CommittedRecord;

const first = record.steps[0] ?? expect.fail('the fixture has no step');
const last = plan.steps.findLastIndex(({ kind }) => kind === 'switch');
const gate = record.gates[0] ?? expect.fail('the fixture has no gate');
const FAILED = { verdict: 'fail', pass: 0, fail: 9 };

/** What is said of a record, once it is read. */
function said(changes: object, lock: Lock = flight, committed: string | null = null): string {
  const read = readRecord(JSON.stringify({ ...record, ...changes }), 'record.json', { release: 'web' });
  const recording = recorded(lock, read, { committed, approvals: [], now: Date.parse(record.endedAt) });
  return recording.kind === 'refused' ? recording.problems.map(({ message }) => message).join(' ') : recording.kind;
}

describe('a record of a release that was promoted with a flag switched off', () => {
  const gates = [{ ...errors, onFailure: 'flagOff' }];
  const volumes = { flags: { mountPath: '/etc/flags', configMap: 'web-flags', overriddenBy: 'web-flags-off' } };
  const lockOf = (percent: number) => {
    const flags = { 'new-ranking': { owner: 'search', created: '2026-02-01', expires: '2026-04-01', percent } };
    const remedies = { flagOff: { flag: 'new-ranking' } };
    const changes = { image: image('b'), 'strategy.gates': gates, flags, volumes, remedies };
    return compile(changes, rest).lock;
  };
  const saidOf = (percent: number, more: object) => {
    const lock = lockOf(percent);
    if (!lock.inFlight) throw new Error('the fixture is not in flight');
    const { plan, hash } = lock.inFlight;
    const times = { startedAt: '2026-03-01T11:00:00Z', endedAt: '2026-03-01T12:00:00Z' };
    return said(
      { plan: hash, attempt: plan.attempt, stable: plan.stable, candidate: plan.candidate, ...walked(plan, times), ...more },
      lock,
    );
  };
  const remedies = [{ remedy: 'flagOff', at: '2026-03-01T11:10:00.000Z', inEffectSince: '2026-03-01T11:12:00.000Z' }];

  it('is refused for as long as Git gives the flag to anybody, since nobody has judged that', () => {
    expect(saidOf(20, { remedies })).toContain("flag 'new-ranking' was switched off because a gate failed");
    expect(saidOf(0, { remedies })).toBe('settled');
  });

  it('is taken where the flag was never touched, or the release was aborted', () => {
    expect(saidOf(20, {})).toBe('settled');
    expect(saidOf(20, { remedies: [{ ...remedies[0], remedy: 'webhook' }] })).toBe('settled');
    expect(saidOf(20, { remedies, outcome: 'aborted' })).toBe('settled');
  });

  it('reminds of the flag where somebody else was asked to switch it off, who keeps it off', () => {
    const webhook = { url: 'https://flags.example.com/off', flag: 'new-ranking' };
    const changes = { image: image('b'), 'strategy.gates': [{ ...errors, onFailure: 'webhook' }], remedies: { webhook } };
    const of = compile(changes, rest).lock.inFlight?.plan;
    if (!of) throw new Error('the fixture is not in flight');
    const tried = (remedy: string) => reminder(of, { ...record, remedies: [{ ...remedies[0], remedy }] } as never);
    expect(tried('webhook')).toBe(
      "https://flags.example.com/off was asked to switch flag 'new-ranking' off because a gate failed, and nobody asks it to switch it on again.",
    );
    expect([tried('shed'), reminder(of, record)]).toEqual(['', '']);
  });
});

describe('a record', () => {
  it('settles the release in flight, as promoted or as given up', () => {
    expect(said({})).toBe('settled');
    expect(said({ outcome: 'aborted' })).toBe('settled');
  });

  it.each([
    ['of another plan', { plan: '00000000' }, `the record is of plan 00000000, and plan ${hash} of web is in flight.`],
    ['of another target', { target: 'staging' }, "the record is of target 'staging', the lock of 'production'."],
    ['of another attempt', { attempt: 7 }, `the record's attempt is not that of plan ${hash}: it was edited.`],
    ['without an approval of the plan', { approvals: [] }, /^the plan demands approval \S+ of 1, and the record has 0\.$/],
    [
      'with a step of another plan',
      { steps: [{ ...record.steps[0], kind: 'switch' }, ...record.steps.slice(1)] },
      /^the record has a step 0 \(switch\)/,
    ],
    [
      'with a step at another weight',
      {
        steps: record.steps
          .map((step) => (step.kind === 'switch' && step.weight === 100 ? { ...step, weight: 20 } : step))
          .toSpliced(0, 1, { ...first, weight: 100 }),
      },
      /left the candidate at 20 %, and its plan says 100 %/,
    ],
    [
      'with its last step alone',
      { steps: [{ ...first, index: last, kind: plan.steps[last]?.kind, weight: 100 }] },
      /does not have step 0 \(scale\), 1 \(smoke\)/,
    ],
    [
      'without the word of a gate',
      { gates: record.gates.slice(1) },
      /^the record says promoted, and has nothing of gate \S+ of step \d+\.$/,
    ],
    [
      'with a gate that failed',
      { gates: [...record.gates, { ...gate, ...FAILED }] },
      /^the record says promoted, and fail of gate \S+ of step \d+\.$/,
    ],
    [
      'with a gate whose word does not follow from its counts',
      { gates: [{ ...gate, ...FAILED, verdict: 'pass' }, ...record.gates.slice(1)] },
      /^the record says pass of gate .*, and what it has counted is fail\.$/,
    ],
    [
      'with a gate of another plan',
      { gates: [...record.gates, { ...gate, gate: 'luck' }] },
      /^the record has a gate luck of step \d+ that its plan does not have\.$/,
    ],
    ['of another candidate', { candidate: plan.stable }, `the record's candidate is not that of plan ${hash}: it was edited.`],
  ])('%s is refused', (_, changes, why) => {
    if (typeof why === 'string') expect(said(changes)).toBe(why);
    else expect(said(changes)).toMatch(why);
  });

  it('has what a gate said last: one that failed was measured anew, and one of a run before says nothing of this one', () => {
    expect(said({ gates: [{ ...gate, ...FAILED }, ...record.gates] })).toBe('settled');
    const after = { ...gate, ...FAILED, step: plan.steps.findIndex(({ kind, exposure }) => kind === 'analysis' && exposure === 100) };
    if (after.step >= 0) expect(said({ gates: [...record.gates, { ...after, from: '2026-03-01T10:00:00Z' }] })).toBe('settled');
  });

  it('of a plan with more gates than a runner keeps the words of has the latest', () => {
    const many = Array.from({ length: 60 }, () => record.gates.at(-1) ?? gate);
    expect(said({ gates: many })).toBe('settled');
    expect(said({ gates: many.slice(1) })).toContain('has nothing of gate');
  });

  it('of nothing in flight is refused, unless it is the one that is committed already', () => {
    expect(said({}, rest)).toContain('nothing of release web is in flight on target production');
    const committed = JSON.stringify({ ...record, intent: 'of then' });
    expect(said({}, promoted(flight), committed)).toBe('recorded');
    expect(said({ reason: 'another' }, promoted(flight), committed)).toContain('says otherwise');
  });

  it('is never written over another one of its plan, and completes a run that was killed once it was there', () => {
    expect(said({}, flight, JSON.stringify({ ...record, reason: 'another' }))).toContain('says otherwise');
    expect(said({}, flight, '<<<<<<< ours')).toContain('says otherwise');
    expect(said({}, flight, JSON.stringify({ ...record, intent: 'of then' }))).toBe('settled');
  });

  it('that ends in the future is refused, but for what two clocks may differ', () => {
    expect(said({ endedAt: '2026-03-01T12:05:00Z' })).toBe('settled');
    expect(said({ endedAt: '2026-03-01T12:05:01Z' })).toBe(
      'the record ends at 2026-03-01T12:05:01Z, and here it is 2026-03-01T12:00:00.000Z.',
    );
  });

  it('with several mistakes says once how to get it back, by the name of its release', () => {
    const text = JSON.stringify({ ...record, outcome: 'perhaps', candidate: null });
    const help = 'Take it again from the cluster: key record.json of ConfigMap web-status.';
    try {
      readRecord(text, 'record.json', { release: 'web' });
      expect.unreachable();
    } catch (error) {
      expect((error as ProblemError).problems.map((problem) => problem.help)).toEqual([undefined, help]);
    }
  });

  it.each([
    ['<<<<<<< ours\n{', 'record.json:1:1: the record holds a merge conflict.'],
    ['{"version": 1', 'the record ends before it is complete'],
    [JSON.stringify({ ...record, outcome: 'perhaps' }), 'outcome'],
    [JSON.stringify({ ...record, candidate: null }), 'candidate'],
    [JSON.stringify({ ...record, endedAt: '2020-01-01T00:00:00Z' }), 'it ends at 2020-01-01T00:00:00Z, before it starts'],
    [JSON.stringify({ ...record, endedAt: 'soon' }), 'endedAt'],
    [JSON.stringify({ ...record, endedAt: '2026-99-99T99:99:99Z' }), '2026-99-99T99:99:99Z is no time'],
  ])('that is broken is none: %#', (text, why) => {
    expect(() => readRecord(text, 'record.json', { release: 'web' })).toThrow(why);
  });
});

const destination = (revision: string, weight: number) => ({ destination: { host: `${revision}.shop.svc.cluster.local` }, weight });
const route = (weight: number, more: object = {}) => ({
  spec: { http: [{ route: [destination(plan.stable.revision, 100 - weight), destination(plan.candidate.revision, weight)], ...more }] },
});

describe('the live route', () => {
  it.each([
    ['promoted', route(100), ''],
    ['promoted', route(99), 'gives the candidate 99 %'],
    ['promoted', null, 'is not in the cluster'],
    ['promoted', { spec: { http: [] } }, 'is not the route of this plan'],
    ['aborted', route(0), ''],
    ['aborted', route(1), 'gives the candidate 1 %'],
    ['aborted', route(0, { mirror: { host: `${plan.candidate.revision}.shop.svc.cluster.local` } }), 'still leads to the candidate'],
  ] as const)('of an outcome %s agrees or not: %#', (outcome, live, why) => {
    const problems = routeProblems(outcome, plan.route, live).map(({ message }) => message);
    if (why === '') expect(problems).toEqual([]);
    else expect(problems).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['a weight of nothing', route(100), false],
    ['a weight', route(99), true],
    ['no weight beside it', { spec: { rules: [{ backendRefs: [{ name: plan.stable.revision }] }] } }, true],
    ['a mirror of nothing', route(100, { mirror: { host: plan.stable.revision }, mirrorPercentage: { value: 0 } }), false],
    ['a mirror', route(100, { mirror: { host: plan.stable.revision } }), true],
    ['a selector of its pods', { spec: { selector: { 'tidegate.dev/revision': plan.stable.revision } } }, true],
    ['its name on metadata alone', { metadata: { name: plan.stable.revision }, spec: {} }, false],
  ])('with %s serves a revision or not', (_, live, serves) => {
    expect(servedProblems(live, 'route', [plan.stable.revision])).toHaveLength(serves ? 1 : 0);
  });
});

describe('a change that a person has to look at', () => {
  const former: Lock = { ...rest, formerTraffic: { ...rest.resolved.traffic, router: 'gateway-api' } };
  it.each<[string, Lock, Lock | null]>([
    ['a release that leaves', rest, withdrawn(rest, '2026-03-01T12:00:00.000Z')],
    ['one that is dropped', withdrawn(rest, '2026-03-01T12:00:00.000Z'), null],
    ['a former route that is retired', former, withoutFormerRoute(former)],
  ])('%s is no record', (_, before, after) => {
    const textOf = (lock: Lock | null) => lock && writeLock(lock);
    const { problems } = expectedOf([lockPath(rest)], { before: () => textOf(before), after: () => textOf(after) }, 0);
    expect(problems).toHaveLength(1);
  });
});

describe('a release that was dropped and is declared again', () => {
  it('makes no plan that has a record already', () => {
    const again = (recorded: readonly string[]) => compile({ image: image('a') }, rest, { isRecorded: (of) => recorded.includes(of) }).lock;
    expect(again([]).inFlight?.hash).toBe(hash);
    const second = again([hash]).inFlight;
    expect(second?.plan.attempt).toBe(2);
    expect(again([hash, second?.hash ?? '']).inFlight?.plan.attempt).toBe(3);
    expect(compile({ image: image('a') }, flight, { isRecorded: () => true }).lock).toEqual(flight);
  });
});

describe('a candidate that no release record tells of', () => {
  const [first, next] = [plan.candidate.revision, compile({ image: image('b') }, flight).lock];
  const given = compile({}, flight).lock;

  it.each([
    ['superseded', next],
    ['given up by a change of the intent', given],
  ])('%s, keeps its pods until a release is recorded', (_, lock) => {
    expect(retirement(lock, null, 0)).toEqual({ due: [], warm: [], unrecorded: [first] });
    expect(retirement(aborted(compile({ image: image('b') }, lock).lock), null, 0).due).toContain(first);
    expect(retirement(promoted(compile({ image: image('b') }, lock).lock), 0, 0).due).toEqual([first]);
  });

  it('is not retired by a change that is merged unattended', () => {
    const path = lockPath(next);
    const ends = { before: () => writeLock(next), after: () => writeLock({ ...next, retiring: [] }) };
    expect(expectedOf([path], ends, 0).problems).toEqual([
      expect.stringContaining(`no release record shows that the cluster has left ${first}`),
    ]);
  });

  it.each([
    ['names neither it nor another runner', { route: {}, runner: next }, []],
    ['gives it nothing, and could', { route: route(0), runner: next }, [`the route still names ${first}`]],
    ['has the runner of the plan before', { route: {}, runner: flight }, [`in the cluster is that of plan ${hash}`]],
    ['has no runner yet', { route: {}, runner: rest }, ['in the cluster is not there']],
  ])('is left by a cluster that %s', (_, { route, runner }, why) => {
    const { inFlight } = runner;
    const annotations = { 'tidegate.dev/plan': inFlight?.hash };
    const deployment = inFlight && { spec: { template: { metadata: { annotations } } } };
    const problems = appliedProblems(next, [first], { route, name: 'the route', runner: deployment });
    expect(problems.map(({ message }) => message)).toEqual(why.map((part) => expect.stringContaining(part)));
  });
});

describe('a replaced revision', () => {
  const replaced = promoted(flight);
  const ended = Date.parse(record.endedAt);

  it('keeps its pods for keepWarm after the promotion, an hour by default', () => {
    expect(retirement(replaced, ended, ended + 3_599_999)).toMatchObject({ due: [], warm: [{ until: ended + 3_600_000 }] });
    expect(retirement(replaced, ended, ended + 3_600_000)).toEqual({ due: [plan.stable.revision], warm: [], unrecorded: [] });
    const resolved = { ...replaced.resolved, history: { keepWarmSeconds: 1, keep: 0 } };
    expect(retirement({ ...replaced, resolved }, ended, ended + 1_000).due).toHaveLength(1);
  });
});
