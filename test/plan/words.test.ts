import { describe, expect, it } from 'vitest';
import { roughly } from '../../lib/plan/duration.ts';
import { levelTable } from '../../lib/plan/level-table.ts';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { describeQueue, describeStep, formatFactor, gateUses, oneLine, route, summary, thousands } from '../../lib/plan/words.ts';
import {
  analysis,
  approval,
  bake,
  besidePlan,
  blueGreenPlan,
  gate,
  migration,
  mirror,
  pause,
  planOf,
  scale,
  smoke,
  switchOver,
  webPlan,
  weight,
} from './plans.ts';

describe('the route of a plan', () => {
  it.each<[string, Plan]>([
    ['5 → 20 → 50 → approval → 100', webPlan()],
    ['approval → 100', planOf([scale(), smoke(), approval(0), switchOver, bake([])])],
    ['50 → approval → approval → 75', planOf([weight(50), approval(50), pause(50, 60), approval(50), weight(75)])],
    ['no exposure', planOf([scale()])],
    ['headers → copies of 10 % → 5 → 50 → approval → 100', besidePlan()],
    ['preview → approval → 100', blueGreenPlan()],
    ['preview → 5 → approval → 100', planOf([analysis(0, 60, []), analysis(0, 60, []), weight(5), approval(5), switchOver])],
  ])('%s', (words, plan) => {
    expect(route(plan)).toBe(words);
  });
});

describe('the summary of a plan', () => {
  it('names blue-green, and only that', () => {
    expect(summary(blueGreenPlan())).toBe('blue-green: preview → approval → 100, about 40 min, waiting not counted');
    for (const plan of [webPlan(), besidePlan(), planOf([scale(), smoke(), approval(0), switchOver])])
      expect(summary(plan)).not.toContain('blue-green');
  });
});

describe('a step in words', () => {
  it.each<[string, Step]>([
    ['at least 6 pods of the candidate available', scale()],
    ['api: GET /healthz, GET /api/version, GET /api/checkout/smoke, before any user', smoke('api')],
    ['20 % of requests to the candidate', weight(20)],
    ['watch with 1 gate', analysis(5, 60, [gate()])],
    ['watch without gates', analysis(5, 60, [])],
    ['wait', pause(5, 60)],
    ['stable keeps its pods, to go back to at once', pause(100, 60)],
    ['promote: 2 persons must agree: orders look well', approval(50, { reason: 'orders\nlook well', count: 2 })],
    ['promote: 1 person must agree', approval(50, { reason: ' ' })],
    ['all requests to the candidate', switchOver],
    ['2 gates go on until Git drops the plan', bake([gate(), gate({ name: 'latency' })])],
    ['nothing watches any more', bake([])],
    [
      'insiders: requests with x-canary: always to the candidate',
      { kind: 'setHeaderRoute', exposure: 0, deadlineSeconds: 60, name: 'insiders', headers: { 'x-canary': 'always' } },
    ],
    ['shadow: a copy of 10 % of requests to the candidate', mirror(0, 10)],
    ['shadow: no copies any more', mirror(5, 0)],
  ])('%s', (words, step) => {
    expect(describeStep(step)).toBe(words);
  });
});

describe('where a gate judges', () => {
  const uses = (plan: Plan) => gateUses(plan).map(({ gate: { name }, at, counts }) => [name, at, ...counts]);

  it('is told once, over neighbouring levels', () => {
    expect(uses(webPlan()).slice(0, 2)).toEqual([
      ['5xx-ratio', '5 % to 50 %, bake', 5, 10],
      ['p95-against-stable', '5 % to 50 %', 5, 10],
    ]);
  });

  it('is told beside the share, too, and before anybody meets the candidate', () => {
    expect(uses(besidePlan())).toEqual([['5xx-ratio', '0 % + headers to 50 % + headers, bake', 5, 10]]);
    expect(uses(planOf([analysis(0, 150, [gate()])]))).toEqual([['5xx-ratio', 'preview', 5, 5]]);
  });

  it('leaves out the levels where it does not', () => {
    const [always, seldom] = [gate(), gate({ name: 'seldom' })];
    const levels = [5, 10, 20].flatMap((percent) => [
      weight(percent),
      analysis(percent, 150, percent === 10 ? [always] : [always, seldom]),
    ]);
    expect(uses(planOf(levels))).toEqual([
      ['5xx-ratio', '5 % to 20 %', 5, 5],
      ['seldom', '5 %, 20 %', 5, 5],
    ]);
  });

  it('is told twice where its terms differ', () => {
    const plan = planOf([weight(5), analysis(5, 150, [gate()]), bake([gate({ failureLimit: 3 })])]);
    expect(uses(plan)).toEqual([
      ['5xx-ratio', '5 %', 5, 5],
      ['5xx-ratio', 'bake', 5, 5],
    ]);
  });
});

describe('the table of levels', () => {
  it('says what a bad candidate does and what is seen of it', () => {
    expect(levelTable(webPlan()).rows).toEqual([
      ['5 %', '2m 35s', '35s', '≥ 210', '930', '≥ 3.1×', '≥ 6.7×'],
      ['20 %', '3m 5s', '35s', '≥ 840', '4,440', '≥ 2.0×', '≥ 3.5×'],
      ['50 %', '5m 5s and waits', '35s', '≥ 2,100', '≥ 18,300', '≥ 1.6×', '≥ 2.5×'],
      ['100 %', '5s and waits', '35s', '≥ 4,200', 'all', '-', '-'],
    ]);
  });

  it('counts no requests where exposure has no share', () => {
    expect(levelTable(besidePlan()).rows).toEqual([
      ['0 % + headers', '5m 5s', '1m 5s', 'by headers', 'by headers', '-', '-'],
      ['0 % + headers + copies of 10 %', '2m 35s', '1m 5s', 'by headers', 'by headers', '-', '-'],
      ['5 % + headers + copies of 10 %', '2m 40s', '1m 5s', '≥ 390', '≥ 960', '≥ 3.1×', '≥ 6.7×'],
      ['50 % + headers', '5m 5s and waits', '1m 5s', '≥ 3,900', '≥ 18,300', '≥ 1.6×', '≥ 2.5×'],
      ['100 %', '5s and waits', '1m 5s', '≥ 7,800', 'all', '-', '-'],
    ]);
    expect(levelTable(planOf([mirror(0, 10), analysis(0, 60, [gate()])])).rows).toEqual([
      ['0 % + copies of 10 %', '1m 5s', '1m 5s', 'none', 'none', '-', '-'],
    ]);
  });

  it('compares nothing once all requests go to the candidate', () => {
    expect(levelTable(blueGreenPlan()).rows).toEqual([['100 %', '30m 5s and waits', '1m 5s', '≥ 7,800', 'all', '-', '-']]);
  });

  it('keeps to times where the intent declares no traffic', () => {
    const { head, rows } = levelTable({ ...webPlan(), expected: null });
    expect(head).toEqual(['Level', 'Lasts', 'Can fail after']);
    expect(rows.map((row) => row.length)).toEqual([3, 3, 3, 3]);
  });
});

describe('user text as one line', () => {
  it.each([
    ['a\nb\r\n\tc', 'a b c'],
    ['\u001b[31mred\u0007', '[31mred'],
    ['evil\u202etxt.exe', 'eviltxt.exe'],
    ['zero\u200bwidth', 'zerowidth'],
    ['family 👩‍👩‍👧', 'family 👩‍👩‍👧'],
    ['broken \ud800 half', 'broken \ufffd half'],
    ['not a character \uffff', 'not a character \ufffd'],
  ])('%j reads %j', (raw, line) => {
    expect(oneLine(raw)).toBe(line);
  });
});

describe('numbers in words', () => {
  it.each([
    [1.61, '1.7×'],
    [2, '2.0×'],
    [9.93, '10×'],
    [13.2, '14×'],
    [1_234.5, '1,235×'],
  ])('a factor of %d is %s, never less', (factor, words) => {
    expect(formatFactor(factor)).toBe(words);
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [12_345_678, '12,345,678'],
  ])('%d is %s', (number, words) => {
    expect(thousands(number)).toBe(words);
  });

  it.each([
    [45, '45 s'],
    [1_500, '25 min'],
    [3_600, '1 h'],
    [5_100, '1 h 25 min'],
  ])('about %d seconds is %s', (seconds, words) => {
    expect(roughly(seconds)).toBe(words);
  });
});

describe('a migration', () => {
  it.each([
    ['expand', 'score: expand migration: drops column position, before any user'],
    ['contract', 'score: contract migration of ranking, which cannot be taken back: drops column position, before any user'],
  ] as const)('is told from a smoke test: %s', (kind, words) => {
    expect(describeStep(migration(kind))).toBe(words);
  });
});

describe('for whom a release waits', () => {
  const none = { group: 'shop', limit: 1, ahead: [] };
  const pay = { release: 'pay', attempt: 7 } as const;

  it.each([
    [{ ...none, ahead: [{ ...pay, until: 'promoted' as const }] }, 'begins once promoted: pay (attempt 7)'],
    [{ ...none, ahead: [{ ...pay, until: 'over' as const }] }, 'begins once fewer than 1 of group shop go on: pay (attempt 7)'],
    [{ ...none, behind: ['cart', 'web'] }, 'waits before its first request while 1 of group shop have requests, cart, web as well'],
    [{ ...none, group: null, atRest: ['pay'] }, 'waits before its first request while pay has requests'],
  ])('%#', (queue, words) => {
    expect(describeQueue({ ...webPlan(), queue })).toBe(words);
  });
});
