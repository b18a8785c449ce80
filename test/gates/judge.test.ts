import { describe, expect, it } from 'vitest';
import { evaluateCondition, type MetricResult, parseCondition } from '../../lib/gates/condition/condition.ts';
import { NATIVE } from '../../lib/gates/condition/rarer.ts';
import { type Conditions, judge, type Outcome } from '../../lib/gates/judge.ts';
import type { Result } from '../../lib/gates/providers/provider.ts';
import { atLeast, atMost, below, enough } from '../../templates/conditions.ts';
import { json, number, numbers } from './condition/expressions.ts';

const NAN = Number.NaN;
const success = (successCondition: string): Conditions => ({ successCondition, failureCondition: null });
const failure = (failureCondition: string): Conditions => ({ successCondition: null, failureCondition });
const both = (successCondition: string, failureCondition: string): Conditions => ({ successCondition, failureCondition });

type Phase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

/** Argo's order of evaluation, without what Tidegate adds: both are asked, failure wins. */
function phase({ successCondition, failureCondition }: Conditions, result: MetricResult): Phase {
  const [good, bad] = [successCondition, failureCondition].map((text) => {
    const parsed = text === null ? null : parseCondition(text, NATIVE);
    if (parsed === null) return null;
    return parsed.ok ? evaluateCondition(parsed.condition, result) : { kind: 'error' as const };
  });
  if (good?.kind === 'error' || bad?.kind === 'error') return 'Error';
  if (bad?.value) return 'Failed';
  if (good) return good.value ? 'Successful' : bad ? 'Inconclusive' : 'Failed';
  return 'Successful';
}

const MISSING: MetricResult = { kind: 'number', value: null };

/**
 * What was measured of Argo Rollouts (the phases), and what Tidegate makes of the same answer. They differ where nothing
 * was measured: no condition can make a pass, or a failure, of that.
 */
const MEASURED: readonly (readonly [result: MetricResult, conditions: Conditions, phase: Phase, outcome: Outcome])[] = [
  [numbers(NAN), success('result[0] >= 0.95'), 'Failed', 'no-data'],
  [numbers(NAN), failure('result[0] < 0.95'), 'Successful', 'no-data'],
  [numbers(NAN), both('result[0] >= 0.95', 'result[0] < 0.95'), 'Inconclusive', 'no-data'],
  [number(NAN), success('!(result < 0.95)'), 'Successful', 'no-data'],
  [number(NAN), success('isNaN(result) || result >= 0.95'), 'Successful', 'no-data'],
  [number(Number.POSITIVE_INFINITY), success('result >= 0.95'), 'Successful', 'pass'],
  [number(Number.POSITIVE_INFINITY), failure('isInf(result)'), 'Failed', 'fail'],
  [numbers(), success('result[0] >= .95'), 'Error', 'no-data'],
  [numbers(), success('all(result, # >= .95)'), 'Successful', 'no-data'],
  [numbers(), success('sum(result) < 1'), 'Successful', 'no-data'],
  [numbers(), success('mean(result) < 1'), 'Successful', 'no-data'],
  [numbers(), failure('any(result, # > .05)'), 'Successful', 'no-data'],
  [numbers(), failure('len(result) > 0 && result[0] > .05'), 'Successful', 'no-data'],
  [numbers(), success('default(result, 0) < .05'), 'Error', 'no-data'],
  [numbers(1), success('result >= .95'), 'Error', 'error'],
  [numbers(1), success('isNaN(result)'), 'Error', 'error'],
  [MISSING, success('result < .05'), 'Error', 'no-data'],
  [MISSING, success('isNil(result) || result < .05'), 'Error', 'no-data'],
  [MISSING, success('default(result, 0) < .05'), 'Successful', 'no-data'],
  [MISSING, success('(result ?? 0) < .05'), 'Successful', 'no-data'],
  [MISSING, success('isNil(123)'), 'Successful', 'no-data'],
  [json('5'), success('result > 1'), 'Error', 'error'],
  [json('5'), success('asFloat(result) > 1'), 'Successful', 'pass'],
  [json('1.1'), success('asInt(result) > 0'), 'Error', 'error'],
  [json({ a: 1 }), success('result.zzz > 1'), 'Error', 'error'],
  [json({ a: 1 }), success('result.zzz == nil'), 'Successful', 'pass'],
  [json({ a: 1 }), success('result.zzz.y'), 'Error', 'error'],
  [json({ a: 1 }), success('result?.zzz?.y == nil'), 'Successful', 'pass'],
  [number(5), success('result / 0 > 1'), 'Successful', 'pass'],
  [number(5), success('result % 2 == 1'), 'Error', 'error'],
  [number(5), success('5 / 2 == 2.5'), 'Successful', 'pass'],
  [numbers(NAN, 1, 3), success('max(result) > 2'), 'Failed', 'fail'],
  [numbers(1, NAN, 3), success('max(result) > 2'), 'Successful', 'pass'],
];

describe('what one answer is, to Argo Rollouts and here', () => {
  it.each(MEASURED)('%j by %j: %s, %s', (result, conditions, argo, outcome) => {
    expect(phase(conditions, result)).toBe(argo);
    expect(judge(conditions, result as Result, NATIVE).outcome).toBe(outcome);
  });
});

describe('two conditions', () => {
  it.each<[string, Conditions, number, Outcome]>([
    ['neither: every answer passes', both2(null, null), 1, 'pass'],
    ['success alone, true', success('result < 2'), 1, 'pass'],
    ['success alone, false', success('result < 2'), 3, 'fail'],
    ['failure alone, true', failure('result > 2'), 3, 'fail'],
    ['failure alone, false', failure('result > 2'), 1, 'pass'],
    ['both true: failure wins', both('result > 0', 'result > 2'), 3, 'fail'],
    ['only success', both('result < 2', 'result > 4'), 1, 'pass'],
    ['only failure', both('result < 2', 'result > 4'), 5, 'fail'],
    ['none of the two', both('result < 2', 'result > 4'), 3, 'inconclusive'],
    ['success an error, failure true', both('result < "a"', 'result > 2'), 3, 'error'],
    ['success true, failure an error', both('result > 2', 'len(result) > 1'), 3, 'error'],
    ['an empty text is a syntax error', success(' '), 3, 'error'],
  ])('%s', (_, conditions, value, outcome) => {
    expect(judge(conditions, { kind: 'number', value }).outcome).toBe(outcome);
  });
});

function both2(successCondition: string | null, failureCondition: string | null): Conditions {
  return { successCondition, failureCondition };
}

describe("the templates' conditions", () => {
  it.each<[string, Conditions, readonly [value: number, outcome: Outcome][]]>([
    [
      'below',
      below(0.01),
      [
        [0, 'pass'],
        [0.0099, 'pass'],
        [0.01, 'fail'],
        [Number.POSITIVE_INFINITY, 'fail'],
        [Number.NEGATIVE_INFINITY, 'inconclusive'],
        [NAN, 'no-data'],
      ],
    ],
    [
      'atMost',
      atMost(3),
      [
        [3, 'pass'],
        [3.1, 'fail'],
        [NAN, 'no-data'],
      ],
    ],
    [
      'atLeast',
      atLeast(0.99),
      [
        [0.99, 'pass'],
        [0.98, 'fail'],
        [Number.POSITIVE_INFINITY, 'inconclusive'],
        [NAN, 'no-data'],
      ],
    ],
    [
      'enough',
      enough(100),
      [
        [100, 'pass'],
        [99, 'inconclusive'],
        [0, 'inconclusive'],
        [NAN, 'no-data'],
      ],
    ],
  ])('%s', (_, conditions, answers) => {
    for (const [value, outcome] of answers)
      expect([value, judge(conditions, { kind: 'numbers', values: [value] }).outcome]).toEqual([value, outcome]);
  });
});

describe('what a provider says beside values', () => {
  it.each<[string, Parameters<typeof judge>[1], ReturnType<typeof judge>]>([
    ['nothing', { kind: 'empty' }, { outcome: 'no-data', value: '', message: 'the provider has no data' }],
    ['an error', { kind: 'error', message: 'refused', retryable: true }, { outcome: 'error', value: '', message: 'refused' }],
    ['null', { kind: 'json', value: null }, { outcome: 'no-data', value: 'null', message: 'the provider has no data' }],
    ['an empty text', { kind: 'text', text: '' }, { outcome: 'no-data', value: '', message: 'the provider has no data' }],
    ['a Job that passed', { kind: 'pass' }, { outcome: 'pass', value: '', message: '' }],
    [
      'a Job that failed',
      { kind: 'fail', message: 'BackoffLimitExceeded' },
      { outcome: 'fail', value: '', message: 'BackoffLimitExceeded' },
    ],
    [
      'warnings of an answer that is not whole',
      { kind: 'json', value: [1], warnings: ['a store did not answer', 'truncated'] },
      { outcome: 'pass', value: '[1]', message: 'a store did not answer; truncated' },
    ],
    ['no warnings', { kind: 'json', value: [1], warnings: [] }, { outcome: 'pass', value: '[1]', message: '' }],
    ['an empty list, which is an answer', { kind: 'json', value: [] }, { outcome: 'fail', value: '[]', message: '' }],
  ])('%s', (_, answer, judgement) => {
    expect(judge(success('len(result) > 0'), answer)).toEqual(judgement);
  });
});

describe('the evidence is short', () => {
  it.each<[string, Parameters<typeof judge>[1], string]>([
    ['numbers', { kind: 'numbers', values: [0.5, NAN, Number.POSITIVE_INFINITY] }, '[0.5, NaN, Infinity]'],
    ['many numbers', { kind: 'numbers', values: Array.from({ length: 200 }, () => 1) }, '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, and 190 more]'],
    ['JSON', { kind: 'json', value: { a: [1] } }, '{"a":[1]}'],
    ['much JSON', { kind: 'json', value: 'x'.repeat(1e6) }, `"${'x'.repeat(118)}…`],
    ['a text', { kind: 'text', text: 'ok' }, 'ok'],
  ])('%s', (_, answer, value) => {
    expect(judge(both2(null, null), answer).value).toBe(value);
  });

  it.each<[string, Parameters<typeof judge>[1], string]>([
    ['not a number', { kind: 'number', value: NAN }, 'NaN'],
    ['infinity', { kind: 'number', value: Number.NEGATIVE_INFINITY }, '-Infinity'],
    ['among numbers', { kind: 'numbers', values: [NAN, 1e21, 1 / 3, Number.MIN_VALUE] }, '[NaN, 1e+21, 0.3333333333333333, 5e-324]'],
    ['a large number', { kind: 'number', value: 2 ** 60 }, '1152921504606847000'],
    ['a text cut within a character', { kind: 'text', text: `${'x'.repeat(118)}${'😀'.repeat(9)}` }, `${'x'.repeat(118)}…`],
  ])('and survives JSON and UTF-8: %s', (_, answer, value) => {
    const judgement = judge(both2(null, null), answer);
    expect(judgement.value).toBe(value);
    expect(JSON.parse(Buffer.from(JSON.stringify(judgement), 'utf8').toString('utf8'))).toEqual(judgement);
    expect(Buffer.from(judgement.value, 'utf8').toString('utf8')).toBe(value);
  });

  it('an error names the condition', () => {
    expect(judge(success('result < 1'), { kind: 'numbers', values: [1] }).message).toBe(
      "successCondition 'result < 1': < does not work on float[] and int (character 8)",
    );
    expect(judge(failure('result <'), { kind: 'number', value: 1 }).message).toBe(
      "failureCondition 'result <': it ends too early (character 9)",
    );
  });
});
