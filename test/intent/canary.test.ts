import { describe, expect, test } from 'vitest';
import { canary } from '../../lib/intent/canary.ts';
import type { Gate } from '../../lib/intent/gate.ts';
import { ProblemError } from '../../lib/schema/problem.ts';

const errors: Gate = {
  name: 'errors',
  description: 'Fewer than 1 % of requests fail.',
  scope: 'candidate',
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'errors' } },
  successCondition: 'result[0] < 0.01',
};

describe('the short form', () => {
  test('is plain data', () => {
    const strategy = canary({ weights: [5, { weight: 50, watch: '5m' }, 100], gates: [errors], approval: { name: 'go' } });
    expect(strategy).toStrictEqual({
      kind: 'canary',
      weights: [5, { weight: 50, watch: '5m' }, 100],
      gates: [errors],
      approval: { name: 'go' },
    });
    expect(canary({ weights: [100], gates: [errors], headers: { 'x-canary': 'always' } })).toMatchObject({
      headers: { 'x-canary': 'always' },
    });
  });
});

describe('the step builder', () => {
  test('gives the steps in the order written, as plain data', () => {
    const strategy = canary
      .steps()
      .weight(5)
      .analysis({ gates: [errors], watch: '2m' })
      .pause('5m')
      .approval({ name: 'go' })
      .weight(100);
    expect(Object.getPrototypeOf(strategy)).toBe(Object.prototype);
    expect(JSON.parse(JSON.stringify(strategy))).toStrictEqual({
      kind: 'canary',
      steps: [
        { weight: 5 },
        { analysis: { gates: [errors], watch: '2m' } },
        { pause: '5m' },
        { approval: { name: 'go' } },
        { weight: 100 },
      ],
    });
  });

  test('takes header routes and mirrors before and between weights', () => {
    const gates = [errors] as const;
    const strategy = canary
      .steps()
      .headerRoute({ name: 'insiders', headers: { 'x-canary': 'always' } })
      .analysis({ gates })
      .mirror({ name: 'shadow', percent: 10 })
      .analysis({ gates })
      .weight(5)
      .analysis({ gates })
      .mirror({ name: 'shadow', percent: 0 })
      .approval()
      .weight(100);
    expect(strategy.steps?.filter((step) => !('analysis' in step))).toEqual([
      { headerRoute: { name: 'insiders', headers: { 'x-canary': 'always' } } },
      { mirror: { name: 'shadow', percent: 10 } },
      { weight: 5 },
      { mirror: { name: 'shadow', percent: 0 } },
      { approval: {} },
      { weight: 100 },
    ]);
  });

  test('lets two strategies share a beginning', () => {
    const beginning = canary
      .steps()
      .weight(5)
      .analysis({ gates: [errors] });
    const short = beginning.approval().weight(100);
    const long = beginning
      .weight(50)
      .analysis({ gates: [errors] })
      .approval()
      .weight(100);
    expect(short.steps).toHaveLength(4);
    expect(long.steps).toHaveLength(6);
  });

  test('names the step that it refuses', () => {
    const weight = 5 as number;
    const beginning = canary
      .steps()
      .weight(5)
      .analysis({ gates: [errors] });
    expect(() => beginning.weight(weight)).toThrow(
      new ProblemError([{ message: 'weight 5 does not rise above 5.', path: 'strategy.steps[2]' }]),
    );
  });
});
