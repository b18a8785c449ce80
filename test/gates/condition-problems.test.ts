import { describe, expect, it } from 'vitest';
import { conditionProblems } from '../../lib/gates/condition-problems.ts';
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
});
