// What must not compile. `tsc` checks the marks (an unused one is an error); vitest checks that run time refuses the same
// programs, for callers whose types were cast away.
import { describe, expect, expectTypeOf, test } from 'vitest';
import { canary, type Observed, type Unobserved } from '../../lib/intent/canary.ts';
import type { Gate } from '../../lib/intent/gate.ts';
import type { Canary } from '../../lib/intent/strategy.ts';
import type { MirrorPercent, Rising, WeightAfter } from '../../lib/intent/weights.ts';

const errors: Gate = {
  name: 'errors',
  description: 'Fewer than 1 % of requests fail.',
  scope: 'candidate',
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'errors' } },
  successCondition: 'result[0] < 0.01',
};
const gates = [errors] as const;
const start = canary.steps();
const at20 = start.weight(20).analysis({ gates });
const at50 = at20.weight(50).analysis({ gates });
const yes = (): boolean => true;

describe('a weight without analysis', () => {
  test('cannot be followed by anything but an analysis', () => {
    const unobserved = start.weight(20);
    expectTypeOf(unobserved).toEqualTypeOf<Unobserved<20, false>>();
    expectTypeOf<Exclude<keyof typeof unobserved, symbol>>().toEqualTypeOf<'analysis'>();
    const words = 'weight 20 needs an analysis before';
    // @ts-expect-error an ungated rise
    expect(() => unobserved.weight(30)).toThrow(`${words} weight 30`);
    // @ts-expect-error an ungated end
    expect(() => unobserved.weight(100)).toThrow(`${words} weight 100`);
    // @ts-expect-error time is no gate
    expect(() => unobserved.pause('5m')).toThrow(`${words} a pause`);
    // @ts-expect-error a person alone is no gate either
    expect(() => unobserved.approval()).toThrow(`${words} an approval`);
  });

  test('does not pass for an observed one', () => {
    // @ts-expect-error by annotation
    const claimed: Observed<20, false> = start.weight(20);
    expect(() => claimed.weight(30)).toThrow('weight 20 needs an analysis before weight 30');
    // @ts-expect-error by a branch that was not observed
    expect(() => (yes() ? start.weight(20) : at20).weight(30)).toThrow('needs an analysis');
  });

  test('needs at least one gate in its analysis', () => {
    const words = 'an analysis needs at least one gate';
    // @ts-expect-error no gates
    expect(() => start.weight(20).analysis({ gates: [] })).toThrow(words);
    // @ts-expect-error a list that may be empty
    expect(() => start.weight(20).analysis({ gates: gates.filter((gate) => gate.name === 'other') })).toThrow(words);
    // @ts-expect-error the empty list as a constant
    expect(() => start.weight(20).analysis({ gates: [] as const })).toThrow(words);
    // @ts-expect-error a list whose length the compiler has forgotten
    start.weight(20).analysis({ gates: [errors] as Gate[] });
  });
});

describe('a header route or a mirror', () => {
  const insiders = { name: 'insiders', headers: { 'x-canary': 'always' } };

  test('is exposure: nothing but an analysis may follow', () => {
    const unobserved = start.headerRoute(insiders);
    expectTypeOf(unobserved).toEqualTypeOf<Unobserved<0, false>>();
    // @ts-expect-error an ungated rise
    expect(() => unobserved.weight(5)).toThrow("header route 'insiders' needs an analysis before weight 5");
    // @ts-expect-error a further exposure
    expect(() => unobserved.mirror({ name: 'shadow', percent: 10 })).toThrow("header route 'insiders' needs an analysis before a mirror");
    // @ts-expect-error copies alone
    expect(() => start.mirror({ name: 'shadow', percent: 10 }).weight(5)).toThrow("mirror 'shadow' needs an analysis before weight 5");
    // @ts-expect-error a share that is not known here may be more than nothing
    expect(() => start.mirror({ name: 'shadow', percent: 10 as number }).pause('5m')).toThrow('needs an analysis before a pause');
    // @ts-expect-error a weight first
    expect(() => start.weight(5).headerRoute(insiders)).toThrow('weight 5 needs an analysis before a header route');
  });

  test('opens no way above 50', () => {
    const watched = start.headerRoute(insiders).analysis({ gates });
    expectTypeOf(watched).toEqualTypeOf<Observed<0, false>>();
    // @ts-expect-error unapproved
    expect(() => watched.weight(100)).toThrow('weight 100 is above 50 and needs an approval before it');
  });

  test('that ends copies gives nothing that had to be watched', () => {
    const ended = at20.mirror({ name: 'shadow', percent: 10 }).analysis({ gates }).mirror({ name: 'shadow', percent: 0 });
    expectTypeOf(ended).toEqualTypeOf<Observed<20, false>>();
    expectTypeOf(ended.approval().weight(100)).toEqualTypeOf<Canary>();
  });

  test('copies a whole number of percent', () => {
    const words = 'a mirror of 101 percent is not a whole number from 0 to 100';
    // @ts-expect-error more than everybody
    expect(() => start.mirror({ name: 'shadow', percent: 101 })).toThrow(words);
    // @ts-expect-error a fraction
    expect(() => start.mirror({ name: 'shadow', percent: 2.5 })).toThrow('a mirror of 2.5 percent is not');
    expectTypeOf<MirrorPercent<101>>().toEqualTypeOf<'a mirror of 101 percent is not a whole number from 0 to 100'>();
  });

  test('does not follow 100', () => {
    const done = at50.approval().weight(100);
    // @ts-expect-error it ended
    expect(() => done.headerRoute(insiders)).toThrow('weight 100 ends a canary, nothing follows it');
  });
});

describe('a weight above 50 without an approval', () => {
  const words = 'weight 75 is above 50 and needs an approval before it';

  test('is refused, 100 included', () => {
    // @ts-expect-error unapproved
    expect(() => at50.weight(75)).toThrow(words);
    // @ts-expect-error 100 counts
    expect(() => at50.weight(100)).toThrow('weight 100 is above 50 and needs an approval before it');
    // @ts-expect-error nothing has been seen at all
    expect(() => start.weight(51)).toThrow('weight 51 is above 50 and needs an approval before it');
  });

  test('is refused when the approval was given before an earlier rise to 50 or less', () => {
    // @ts-expect-error that approval was for what had been seen until then
    expect(() => start.approval().weight(20).analysis({ gates }).weight(75)).toThrow(words);
    // @ts-expect-error the same one step later
    expect(() => at20.approval().weight(50).analysis({ gates }).pause('5m').weight(75)).toThrow(words);
  });

  test('is refused through every detour that keeps the literal', () => {
    // @ts-expect-error an explicit type argument
    expect(() => at50.weight<75>(75)).toThrow(words);
    // @ts-expect-error one of two values
    expect(() => at50.weight(yes() ? 75 : 60)).toThrow(words);
    // @ts-expect-error one of two builders
    expect(() => (yes() ? at50 : at50.approval()).weight(75)).toThrow(words);
    // @ts-expect-error a builder annotated as approved
    const claimed: Observed<50, true> = at50;
    expect(() => claimed.weight(75)).toThrow(words);
    // @ts-expect-error spread arguments
    expect(() => at50.weight(...([75] as const))).toThrow(words);
    // @ts-expect-error a spread builder loses nothing
    expect(() => ({ ...at50 }).weight(75)).toThrow();
  });
});

describe('a weight that does not rise', () => {
  test('is refused', () => {
    // @ts-expect-error falls
    expect(() => at50.weight(20)).toThrow('weight 20 does not rise above 50');
    // @ts-expect-error stays
    expect(() => at50.weight(50)).toThrow('weight 50 does not rise above 50');
    // @ts-expect-error falls, although approved
    expect(() => at50.approval().weight(75).analysis({ gates }).weight(60)).toThrow('weight 60 does not rise above 75');
  });

  test('is refused when it may not rise', () => {
    const wide = start.weight(yes() ? 40 : 10).analysis({ gates });
    // @ts-expect-error 20 is above 10, but not above 40
    expect(() => wide.weight(20)).toThrow('weight 20 does not rise above 40');
    // @ts-expect-error a builder annotated with a lower weight
    const claimed: Observed<5, false> = at20;
    expect(() => claimed.weight(10)).toThrow('weight 10 does not rise above 20');
  });
});

describe('a literal that is no percentage', () => {
  test('is refused', () => {
    const words = (weight: number) => `weight ${weight} is not a whole number from 1 to 100`;
    // @ts-expect-error a fraction
    expect(() => start.weight(2.5)).toThrow(words(2.5));
    // @ts-expect-error zero
    expect(() => start.weight(0)).toThrow(words(0));
    // @ts-expect-error negative
    expect(() => start.weight(-5)).toThrow(words(-5));
    // @ts-expect-error more than everybody
    expect(() => at50.approval().weight(101)).toThrow(words(101));
    // @ts-expect-error text
    expect(() => start.weight('20')).toThrow();
  });
});

describe('a strategy without a final 100', () => {
  test('is no strategy', () => {
    // @ts-expect-error observed, not finished
    const stopped: Canary = at50;
    // @ts-expect-error approved, not finished
    const approved: Canary = at50.approval();
    // @ts-expect-error at 99
    const almost: Canary = at50.approval().weight(99);
    // @ts-expect-error perhaps at 100
    const perhaps: Canary = at50.approval().weight(yes() ? 75 : 100);
    for (const unfinished of [stopped, approved, almost, perhaps]) expect(unfinished).not.toHaveProperty('kind');
  });

  test('has nothing after 100', () => {
    const done = at50.approval().weight(100);
    // @ts-expect-error it ended
    expect(() => done.analysis({ gates })).toThrow('weight 100 ends a canary, nothing follows it');
  });
});

describe('the words of the compiler', () => {
  test('are those of run time', () => {
    expectTypeOf<WeightAfter<20, 50, false>>().toEqualTypeOf<'weight 20 does not rise above 50'>();
    expectTypeOf<WeightAfter<75, 50, false>>().toEqualTypeOf<'weight 75 is above 50 and needs an approval before it'>();
    expectTypeOf<WeightAfter<2.5, 0, false>>().toEqualTypeOf<'weight 2.5 is not a whole number from 1 to 100'>();
    expectTypeOf<Rising<[5, 3, 100]>>().toEqualTypeOf<'weight 3 does not rise above 5'>();
    expectTypeOf<Rising<[5, { weight: 1.5 }, 100]>>().toEqualTypeOf<'weight 1.5 is not a whole number from 1 to 100'>();
    expectTypeOf<Rising<[5, 50]>>().toEqualTypeOf<'the last weight must be 100'>();
  });
});

describe('the short form', () => {
  test('refuses literal weights that do not rise to 100', () => {
    const falling = [5, 3, 100] as const;
    // @ts-expect-error falls
    expect(() => canary({ weights: [5, 3, 100], gates })).toThrow('strategy.weights[1]: weight 3 does not rise above 5.');
    // @ts-expect-error falls, in the longer spelling
    expect(() => canary({ weights: [5, { weight: 3, watch: '2m' }, 100], gates })).toThrow('weight 3 does not rise above 5');
    // @ts-expect-error falls, from a constant
    expect(() => canary({ weights: falling, gates })).toThrow('weight 3 does not rise above 5');
    // @ts-expect-error falls, spread
    expect(() => canary({ weights: [1, ...falling], gates })).toThrow('weight 3 does not rise above 5');
    // @ts-expect-error may fall
    expect(() => canary({ weights: [5, yes() ? 3 : 20, 100], gates })).toThrow('weight 3 does not rise above 5');
    // @ts-expect-error a fraction
    expect(() => canary({ weights: [2.5, 100], gates })).toThrow('weight 2.5 is not a whole number from 1 to 100');
    // @ts-expect-error more than everybody
    expect(() => canary({ weights: [5, 100, 120], gates })).toThrow('weight 120 is not a whole number from 1 to 100');
    // @ts-expect-error no end
    expect(() => canary({ weights: [5, 50], gates })).toThrow('strategy.weights: the last weight must be 100.');
    // @ts-expect-error nothing
    expect(() => canary({ weights: [], gates })).toThrow('the last weight must be 100');
    // @ts-expect-error no gates
    expect(() => canary({ weights: [5, 100], gates: [] })).toThrow('an analysis needs at least one gate');
  });
});

describe('legal programs compile', () => {
  test('in the short form', () => {
    expectTypeOf(canary({ weights: [5, { weight: 20, watch: '3m' }, 50, 100], gates })).toEqualTypeOf<Canary>();
    expectTypeOf(canary({ weights: [100], gates: [...gates, errors], approval: { reason: 'look' } })).toEqualTypeOf<Canary>();
  });

  test('in the long form', () => {
    const strategy = start
      .approval({ name: 'begin' })
      .weight(5)
      .analysis({ gates, watch: '2m' })
      .pause('5m')
      .weight(50)
      .analysis({ gates: [errors] })
      .approval({ name: 'promote' })
      .pause('1m')
      .weight(75)
      .analysis({ gates })
      .weight(99)
      .analysis({ gates })
      .weight(100);
    expectTypeOf(strategy).toEqualTypeOf<Canary>();
  });

  test('with weights that only run time knows', () => {
    const weights: number[] = [5, 20, 50];
    let builder: Observed<number, false> = canary.steps();
    for (const weight of weights) builder = builder.weight(weight).analysis({ gates });
    expect(builder.approval().weight(100).steps).toHaveLength(8);
    expect(() => builder.weight(weights[0] ?? 0)).toThrow('weight 5 does not rise above 50');
    expect(() => builder.weight(75 as number)).toThrow('weight 75 is above 50 and needs an approval before it');
    expect(canary({ weights: [...weights, 100], gates }).weights).toEqual([5, 20, 50, 100]);
    expect(() => canary({ weights, gates })).toThrow('the last weight must be 100');
  });
});
