import { describe, expect, it } from 'vitest';
import { isScalar, rangesOf, rawCounters } from '../../lib/policy/promql/counters.ts';
import { type Expression, selectorsOf } from '../../lib/policy/promql/expression.ts';
import { mayBeNaN, unguardedDivisions } from '../../lib/policy/promql/nan.ts';
import { isParsed, parsePromql } from '../../lib/policy/promql/parse.ts';

function read(text: string): Expression {
  const expression = parsePromql(text);
  if (!isParsed(expression)) throw new Error(`${text}: character ${expression.at + 1}`);
  return expression;
}

describe('a query is read', () => {
  it.each<[string, readonly string[]]>([
    ['up', ['up ']],
    ['# of all\nsum by (le) (rate(a_bucket{x="1",y!~"2|3"}[5m] offset 1m))', ['a_bucket x=1 y!~2|3']],
    ['{__name__="a",x="1"}', ['a __name__=a x=1']],
    ['{"a.b", "c.d"="1"}', ['a.b __name__=a.b c.d=1']],
    ["a{x='it\\'s',y=`\\d`}", ["a x=it's y=\\d"]],
    ['a{x="{{args.x}}"} / b{y="{{ printf "%s-canary" service }}"}', ['a x={{args.x}}', 'b y={{ printf  %s-canary  service }}']],
    ['rate(a[{{args.window}}]) > {{args.limit}}', ['a ', 'open_placeholder ']],
    ['rate(a[{{args.minutes}}m])', ['a ']],
    ['max_over_time((a / b)[5m:30s])', ['a ', 'b ']],
  ])('%s', (text, selectors) => {
    const found = selectorsOf(read(text)).map(
      ({ metric, matchers }) => `${metric} ${matchers.map(({ label, operator, value }) => `${label}${operator}${value}`).join(' ')}`,
    );
    expect(found).toEqual(selectors);
  });

  it.each(['', 'sum(', 'a{x=1}', 'rate(a[5m)', 'SELECT 1', 'a b', 'a{x="1"', '{{args.query'])("'%s' is none", (text) => {
    expect(isParsed(parsePromql(text))).toBe(false);
  });

  it('and one that is nested without end is refused, not followed', () => {
    expect(isParsed(parsePromql(`${'('.repeat(5_000)}a${')'.repeat(5_000)}`))).toBe(false);
    expect(isParsed(parsePromql('a'.repeat(50_000)))).toBe(false);
  });
});

describe('a denominator that may be 0', () => {
  it.each([
    'a / b',
    'sum(rate(a[1m])) / sum(rate(b[1m])) * 100',
    '1 - a / b',
    'a / (b or vector(0))',
    'a / (b - 1)',
    'a / (b >= 0)',
    'a / (b > -1)',
    'a / (b > bool 0)',
    'a / clamp_min(b, 0)',
    'avg(a / b)',
    'a / b != 0',
    'a / 0',
    'a % b',
  ])('%s', (text) => {
    expect(unguardedDivisions(read(text))).toHaveLength(1);
  });
});

describe('a denominator that is never 0', () => {
  it.each([
    'a / 100',
    'a / (b > 0)',
    'a / (sum(b) > 0)',
    'a / sum(b > 0)',
    'a / (b != 0)',
    'a / (0 < b)',
    'a / (b >= 1)',
    'a / clamp_min(b, 1)',
    'a / (b + 1)',
    'a / count(b)',
    'a / ((b > 0) or vector(1))',
    '(a / b) > 0',
    'a / b and sum(b) > 100',
    'a / {{args.requests}}',
    'a * b',
  ])('%s', (text) => {
    expect(unguardedDivisions(read(text))).toEqual([]);
  });
});

it.each<[string, boolean]>([
  ['sum(rate(a_total[1m]))', false],
  ['sum(increase(a[1m])) or vector(0)', false],
  ['a_total / (b_total > 0)', false],
  ['a / b > 0.5', false],
  ['count(a)', false],
  ['sum(kube_deployment_status_replicas)', false],
  ['max_over_time(b_total[5m])', false],
  ['a_total / b_total', true],
  ['my_gauge', true],
  ['job:errors:ratio5m', true],
  ['histogram_quantile(0.9, rate(a_bucket[1m]))', true],
  ['scalar(a_total)', true],
  ['avg_over_time(my_gauge[5m])', true],
])('%s: may be NaN: %s', (text, expected) => {
  expect(mayBeNaN(read(text))).toBe(expected);
});

it.each<[string, readonly string[]]>([
  ['sum(a_total) / sum(b_total)', ['a_total', 'b_total']],
  ['a_count > 5', ['a_count']],
  ['sum(rate(a_total[1m]))', []],
  ['max_over_time(a_total[1m]) - min_over_time(a_total[1m])', []],
  ['count(a_total)', []],
  ['absent(a_total)', []],
  ['kube_pod_container_status_restarts_total', []],
  ['my_gauge', []],
])('%s: counters as they stand: %s', (text, expected) => {
  expect(rawCounters(read(text)).map(({ metric }) => metric)).toEqual(expected);
});

it('knows what a query looks back over, and when it answers with one number', () => {
  expect(rangesOf(read('rate(a[5m]) / max_over_time(b[1h:1m])'))).toEqual(['5m', '1h']);
  expect(rangesOf(read('increase(kube_pod_container_status_restarts_total[1h])'))).toEqual([]);
  expect(isScalar(read('1 - scalar(sum(a)) / 2'))).toBe(true);
  expect(isScalar(read('1 - a'))).toBe(false);
});
