import { describe, expect, it } from 'vitest';
import { WHOLE } from '../../lib/gates/condition/whole/language.ts';
import { conditionProblems, wrongWith } from '../../lib/gates/condition-problems.ts';
import { formatProblem } from '../../lib/schema/index.ts';
import { gate } from '../plan/plans.ts';

const prometheus = (query: string) => ({ prometheus: { address: 'http://prometheus:9090', query, timeoutSeconds: 10 } });
const web = { web: { url: 'http://web', method: 'GET', headers: {}, body: null, jsonPath: '{$}', timeoutSeconds: 10 } } as const;
const job = { job: { image: 'x', command: null, args: null, env: {}, timeoutSeconds: 10 } };
const said = (given: Parameters<typeof gate>[0]) => conditionProblems(gate({ name: 'errors', ...given })).map(formatProblem);

describe('a condition that fits what its provider answers', () => {
  it.each([
    [prometheus('up'), 'len(result) > 0 && result[0] < 0.01'],
    [prometheus('up'), 'all(result, # < 1)'],
    [prometheus(' scalar(up)'), 'result < 0.01'],
    [web, 'result.status == "ok"'],
    [job, null],
  ])('has no problem: %j %s', (provider, successCondition) => {
    expect(said({ provider, successCondition, failureCondition: null })).toEqual([]);
  });
});

describe('a condition that can never be judged', () => {
  it.each([
    [prometheus('up'), 'result < 0.01', 'gates.errors.successCondition: '],
    [prometheus('up'), 'result[0] <', "'result[0] <' cannot be judged"],
    [prometheus('up'), 'result[0]', "'result[0]' cannot be judged"],
    [prometheus('scalar(up)'), 'result[0] < 1', 'This query answers with one number'],
    [web, 'result ==', 'the JSON value at its jsonPath'],
  ])('is told with its place and what to write: %j %s', (provider, successCondition, words) => {
    const problems = said({ provider, successCondition, failureCondition: null });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
    expect(problems[0]).toMatch(/\(character \d+\)/);
  });

  it('is told for both conditions', () => {
    expect(said({ provider: prometheus('up'), successCondition: '(', failureCondition: ')' })).toHaveLength(2);
  });

  it.each([
    'let x = 1; let x = 2; x == 2',
    'now().Month() == 8',
    'now().Weekday() > 0',
    'date("2023-02-30") < now()',
    'date("2026-1-5", "2006-1-2") < now()',
    'date("2026-01-05", "2006-01-02", "Europe/Zurich") < now()',
    'duration("5 minutes") > duration("1m")',
    'string(now()) == ""',
    'isNaN(1)',
    'all(result, #index > 0)',
    '$env != nil',
    'true; false',
    'timezone("UTC") != nil',
    'now().After(date("2020-01-01"))',
    '"\\ud800" == ""',
    '"a" matches "\\\\Qa\\\\E"',
  ])('is told before a plan is made where templates may use it: %s', (text) => {
    expect(wrongWith(text, prometheus('up'), WHOLE)).toEqual([
      { message: expect.stringContaining('cannot be judged'), help: expect.stringContaining('argo-verdicts.md') },
    ]);
  });
});
