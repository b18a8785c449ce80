import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../lib/gates/judge.ts';
import {
  type Counters,
  type Measurement,
  NO_COUNTERS,
  nextDue,
  observe,
  type Schedule,
  type Verdict,
  verdict,
} from '../../lib/gates/verdict.ts';

const MINUTE = 60_000;

const schedule = (changes: Partial<Schedule> = {}): Schedule => ({
  intervalSeconds: 30,
  initialDelaySeconds: 30,
  count: 5,
  failureLimit: 1,
  inconclusiveLimit: 3,
  ...changes,
});

const OUTCOMES: Readonly<Record<string, Outcome>> = { P: 'pass', F: 'fail', I: 'inconclusive', N: 'no-data', E: 'error' };

/** `PPF` -> a pass, a pass, a failure, half a minute apart. */
const measurements = (letters: string): readonly Measurement[] =>
  [...letters].map((letter, index) => ({
    outcome: OUTCOMES[letter] ?? 'error',
    value: letter,
    message: '',
    at: (index + 1) * 30_000,
    weight: 5,
  }));

const run = (gate: Schedule, letters: string): Counters =>
  measurements(letters).reduce((counters, measurement) => observe(gate, counters, measurement), NO_COUNTERS);

/**
 * P pass, F fail, I inconclusive, N no data, E error. The rules are those of Argo's metric phase: `limits` (the first
 * beyond its limit ends it), `count` (measurements that say something), `S4` (errors do not count); `hold`, `no data`
 * and `unmeasured` are where Tidegate differs, Argo's phase being in brackets.
 */
const SEQUENCES: readonly (readonly [letters: string, gate: Partial<Schedule>, verdict: Verdict, rule: string])[] = [
  // Count
  ['', { count: 1 }, 'running', 'pending before the first'],
  ['P', { count: 1 }, 'pass', 'count'],
  ['P', { count: 3 }, 'running', 'count'],
  ['PP', { count: 3 }, 'running', 'count'],
  ['PPP', { count: 3 }, 'pass', 'count'],
  ['PPPP', { count: 3 }, 'pass', 'measured on after it has passed'],
  ['', { count: 0 }, 'running', 'unmeasured (Successful)'],
  ['P', { count: 0 }, 'pass', 'a count of 0 is one measurement'],
  // Failures
  ['F', { count: 1, failureLimit: 0 }, 'fail', 'limits'],
  ['F', { count: 1, failureLimit: 1 }, 'pass', 'count: a limit that cannot be exceeded, which the linter refuses'],
  ['FFF', { count: 3, failureLimit: 3 }, 'pass', 'count: a limit that cannot be exceeded, which the linter refuses'],
  ['FFF', { count: 9, failureLimit: 3 }, 'running', 'limits: not at the limit'],
  ['FFFF', { count: 9, failureLimit: 3 }, 'fail', 'limits: on the fourth'],
  ['F', { count: 5, failureLimit: 1 }, 'running', 'limits'],
  ['FF', { count: 5, failureLimit: 1 }, 'fail', 'limits'],
  ['FPPPP', { count: 5, failureLimit: 1 }, 'pass', 'count: a tolerated failure counts'],
  ['PPPPF', { count: 5, failureLimit: 1 }, 'pass', 'count'],
  ['PPPFF', { count: 5, failureLimit: 1 }, 'fail', 'limits before count, on the same measurement'],
  ['PPPPPFF', { count: 5, failureLimit: 1 }, 'fail', 'measured on after it has passed'],
  ['FPPPPF', { count: 5, failureLimit: 1 }, 'fail', 'measured on: failures do not lapse'],
  ['FFPPPPP', { count: 5, failureLimit: 1 }, 'fail', 'completed stays'],
  ['F', { count: 5, failureLimit: 0 }, 'fail', 'limits'],
  ['PFPFP', { count: 5, failureLimit: 2 }, 'pass', 'failures need not be consecutive to count, and are tolerated'],
  ['PFPFPF', { count: 9, failureLimit: 2 }, 'fail', 'failures need not be consecutive to count'],
  // Inconclusive
  ['I', { count: 1, inconclusiveLimit: 0 }, 'inconclusive', 'limits'],
  ['I', { count: 1, inconclusiveLimit: 1 }, 'pass', 'count: a limit that cannot be exceeded, which the linter refuses'],
  ['IIII', { count: 5, inconclusiveLimit: 3 }, 'inconclusive', 'limits'],
  ['III', { count: 5, inconclusiveLimit: 3 }, 'running', 'limits'],
  ['IIIPP', { count: 5, inconclusiveLimit: 3 }, 'pass', 'count: a tolerated one counts'],
  ['FIIII', { count: 9 }, 'inconclusive', 'limits: each its own'],
  ['IIIFF', { count: 9 }, 'fail', 'limits: each its own'],
  ['FFIIII', { count: 9 }, 'fail', 'completed stays'],
  ['IIIIFF', { count: 9 }, 'inconclusive', 'completed stays'],
  ['FIII', { count: 4 }, 'pass', 'count'],
  // Errors
  ['E', { count: 1 }, 'running', 'S4'],
  ['EP', { count: 1 }, 'pass', 'S4'],
  ['EEEE', { count: 1 }, 'running', 'S4'],
  ['EEEEP', { count: 1 }, 'pass', 'S4'],
  ['EEEEE', { count: 1 }, 'running', 'hold (Error: 5 > consecutiveErrorLimit 4)'],
  ['E'.repeat(100), { count: 1 }, 'running', 'hold (Error)'],
  ['EEEEEEP', { count: 1 }, 'pass', 'hold (Error)'],
  ['EEFF', { count: 5, failureLimit: 1 }, 'fail', 'limits'],
  ['EEFF', { count: 5, failureLimit: 2 }, 'running', 'limits (Successful, if a sibling ends the run)'],
  ['PPEPP', { count: 5 }, 'running', 'S4: errors do not count'],
  ['PPEPPP', { count: 5 }, 'pass', 'S4: errors do not count'],
  ['FEF', { count: 5, failureLimit: 1 }, 'fail', 'S4: an error between does not forgive'],
  // No data
  ['N', { count: 1 }, 'running', 'no data (Error, Failed or Successful, as the conditions have it)'],
  ['NNN', { count: 3 }, 'running', 'no data'],
  ['N'.repeat(100), { count: 3 }, 'running', 'no data: held until the deadline of the step'],
  ['NPNPNP', { count: 3 }, 'pass', 'no data does not count'],
  ['NNFNF', { count: 3, failureLimit: 1 }, 'fail', 'no data does not forgive'],
  ['PPNNNN', { count: 3 }, 'running', 'no data does not complete a count'],
  ['PPPNNNN', { count: 3 }, 'pass', 'no data after a pass takes nothing back'],
  ['NENENE', { count: 1 }, 'running', 'hold'],
];

describe('what a sequence of measurements amounts to', () => {
  it.each(SEQUENCES)('%s with %j: %s (%s)', (letters, gate, expected) => {
    const rules = schedule(gate);
    expect(verdict(rules, run(rules, letters))).toBe(expected);
  });
});

describe('counters', () => {
  it('count each outcome', () => {
    const { pass, fail, inconclusive, noData, error } = run(schedule({ failureLimit: 9, inconclusiveLimit: 9 }), 'PPPFFINNEEEE');
    expect({ pass, fail, inconclusive, noData, error }).toEqual({ pass: 3, fail: 2, inconclusive: 1, noData: 2, error: 4 });
  });

  it('are left alone once the gate is decided', () => {
    const gate = schedule({ failureLimit: 0 });
    expect(run(gate, 'PFPPPNEF')).toEqual(run(gate, 'PF'));
  });

  it.each([
    ['PP', null],
    ['PN', 2],
    ['PNEN', 2],
    ['PNEP', null],
    ['ENP', null],
    ['ENPEN', 4],
    ['NI', null],
  ])('%s: silent since measurement %s', (letters, since) => {
    expect(run(schedule(), letters).silentSince).toBe(since === null ? null : since * 30_000);
  });

  it.each([
    ['PFP', 'PFP'],
    ['PFPPPPPPPPPP', 'FPPPPPPPPP'],
    ['FNEPPPPPPPPPPPP', 'FPPPPPPPPP'],
    ['FI'.padEnd(40, 'P'), 'FIPPPPPPPP'],
    ['F'.padEnd(40, 'E'), 'FEEEEEEEEE'],
    ['F'.padEnd(30, 'P').padEnd(60, 'N'), 'FPPPPPPPPN'],
    ['III'.padEnd(30, 'P').concat('F'), 'IIIPPPPPPF'],
  ])('%s: keep %s', (letters, kept) => {
    const gate = schedule({ count: 99, failureLimit: 9, inconclusiveLimit: 9 });
    expect(
      run(gate, letters)
        .samples.map(({ value }) => value)
        .join(''),
    ).toBe(kept);
  });

  it('keep the value, the time and the weight of a sample', () => {
    const [sample] = measurements('F');
    expect(run(schedule(), 'F').samples).toEqual([sample]);
  });
});

describe('when to measure next', () => {
  const at = (letters: string, seconds: number): Counters => {
    const [last] = measurements(letters).slice(-1);
    if (last === undefined) return NO_COUNTERS;
    return { ...run(schedule(), letters), last: { at: seconds * 1_000, outcome: last.outcome } };
  };

  it.each<[string, Partial<Schedule>, Counters, number | null, number | null]>([
    ['not before the level is seen', {}, NO_COUNTERS, null, null],
    ['first after the initial delay', {}, NO_COUNTERS, 100, 130],
    ['at once without one', { initialDelaySeconds: 0 }, NO_COUNTERS, 100, 100],
    ['then an interval after the end of the last', {}, at('P', 140), 100, 170],
    ['after a failure as well', {}, at('F', 140), 100, 170],
    ['after no data as well', {}, at('N', 140), 100, 170],
    ['10 s after an error', {}, at('E', 140), 100, 150],
    ['10 s after an error, whatever the interval', { intervalSeconds: 5 }, at('E', 140), 100, 150],
    ['after the initial delay again, when the level was lost and is back', {}, at('P', 140), 150, 180],
    ['not while the level is lost', {}, at('P', 140), null, null],
    ['on after it has passed', {}, at('PPPPP', 140), 100, 170],
    ['not after it has failed', {}, at('FF', 140), 100, null],
    ['not after it is inconclusive', {}, at('IIII', 140), 100, null],
    ['at once when the clock was set back behind the last', {}, at('P', 9_000), 100, 130],
  ])('%s', (_, gate, counters, levelSince, due) => {
    const answer = nextDue(schedule(gate), counters, levelSince === null ? null : levelSince * 1_000, 200 * 1_000);
    expect(answer === null ? null : answer / 1_000).toBe(due);
  });

  it('an outage of metrics of an hour is asked about every 10 s and ends in a pass', () => {
    const gate = schedule({ count: 2 });
    let counters = NO_COUNTERS;
    const asked: number[] = [];
    let now = 0;
    while (verdict(gate, counters) === 'running' && asked.length < 1_000) {
      now = nextDue(gate, counters, 0, now) ?? now;
      asked.push(now);
      counters = observe(gate, counters, { outcome: now < 60 * MINUTE ? 'error' : 'pass', value: '', message: '', at: now, weight: 5 });
    }
    expect(verdict(gate, counters)).toBe('pass');
    expect(asked.at(-1)).toBe(60 * MINUTE + 30_000);
    expect(asked.slice(1, 5)).toEqual([40_000, 50_000, 60_000, 70_000]);
  });
});

const anySchedule = fc.record({
  intervalSeconds: fc.integer({ min: 1, max: 600 }),
  initialDelaySeconds: fc.nat(600),
  count: fc.nat(8),
  failureLimit: fc.nat(6),
  inconclusiveLimit: fc.nat(6),
});
const anyLetters = fc.array(fc.constantFrom(...'PPPFINE'), { maxLength: 40 }).map((letters) => letters.join(''));
const many = { numRuns: 2_000 };

/** The definition, over the whole history at once. */
function defined(gate: Schedule, letters: string): Verdict {
  let counted = 0;
  const seen = { F: 0, I: 0 };
  for (const letter of letters) {
    if (letter === 'N' || letter === 'E') continue;
    counted++;
    if (letter === 'F' && ++seen.F > gate.failureLimit) return 'fail';
    if (letter === 'I' && ++seen.I > gate.inconclusiveLimit) return 'inconclusive';
  }
  return counted > 0 && counted >= gate.count ? 'pass' : 'running';
}

describe('whatever is measured', () => {
  it('the verdict is the one that the whole history defines, at every point', () => {
    fc.assert(
      fc.property(anySchedule, anyLetters, (gate, letters) => {
        for (let length = 0; length <= letters.length; length++) {
          const history = letters.slice(0, length);
          expect(verdict(gate, run(gate, history))).toBe(defined(gate, history));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('it never passes with fewer than count measurements that say something, nor beyond a limit', () => {
    fc.assert(
      fc.property(anySchedule, anyLetters, (gate, letters) => {
        if (verdict(gate, run(gate, letters)) !== 'pass') return;
        const number = (kind: RegExp) => [...letters].filter((letter) => kind.test(letter)).length;
        expect(number(/[PFI]/)).toBeGreaterThanOrEqual(Math.max(1, gate.count));
        expect(number(/F/)).toBeLessThanOrEqual(gate.failureLimit);
        expect(number(/I/)).toBeLessThanOrEqual(gate.inconclusiveLimit);
      }),
      many,
    );
  });

  it('where both limits together are below count, a pass has passes', () => {
    fc.assert(
      fc.property(anySchedule, anyLetters, (gate, letters) => {
        fc.pre(gate.failureLimit + gate.inconclusiveLimit < gate.count);
        if (verdict(gate, run(gate, letters)) === 'pass') expect(letters).toContain('P');
      }),
      many,
    );
  });

  it('the failure limit is honoured exactly: that many are tolerated, one more fails, whatever lies between', () => {
    const between = fc.array(fc.constantFrom(...'PNE'), { maxLength: 3 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(anySchedule, fc.array(between, { minLength: 8, maxLength: 8 }), (gate, gaps) => {
        const failing = (times: number) =>
          gaps
            .slice(0, times)
            .map((gap) => `${gap}F`)
            .join('');
        expect(verdict(gate, run(gate, failing(gate.failureLimit)))).not.toBe('fail');
        expect(verdict(gate, run(gate, failing(gate.failureLimit + 1)))).toBe('fail');
      }),
      many,
    );
  });

  it('a verdict only moves on: from running to pass to fail or inconclusive, and stays there', () => {
    const rank: Readonly<Record<Verdict, number>> = { running: 0, pass: 1, fail: 2, inconclusive: 2 };
    fc.assert(
      fc.property(anySchedule, anyLetters, (gate, letters) => {
        let before: Verdict = 'running';
        for (let length = 1; length <= letters.length; length++) {
          const after = verdict(gate, run(gate, letters.slice(0, length)));
          expect(rank[after]).toBeGreaterThanOrEqual(rank[before]);
          if (rank[before] === 2) expect(after).toBe(before);
          before = after;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('no data and errors change no verdict, wherever they come', () => {
    fc.assert(
      fc.property(anySchedule, anyLetters, (gate, letters) => {
        expect(verdict(gate, run(gate, letters))).toBe(verdict(gate, run(gate, letters.replace(/[NE]/g, ''))));
      }),
      many,
    );
  });

  it('counters that went through JSON at any point go on as if they had not', () => {
    fc.assert(
      fc.property(anySchedule, anyLetters, fc.nat(40), (gate, letters, cut) => {
        const all = measurements(letters);
        const written: Counters = JSON.parse(
          JSON.stringify(all.slice(0, cut).reduce((counters, one) => observe(gate, counters, one), NO_COUNTERS)),
        );
        const resumed = all.slice(cut).reduce((counters, one) => observe(gate, counters, one), written);
        expect(resumed).toEqual(run(gate, letters));
        expect(nextDue(gate, resumed, 0, 1e9)).toBe(nextDue(gate, run(gate, letters), 0, 1e9));
      }),
      many,
    );
  });

  it('the next measurement is never before the initial delay of the level, nor before the interval or the retry', () => {
    fc.assert(
      fc.property(anySchedule, anyLetters, fc.nat(2_000_000), (gate, letters, levelSince) => {
        const counters = run(gate, letters);
        const due = nextDue(gate, counters, levelSince, 1e9);
        if (due === null) return;
        expect(due).toBeGreaterThanOrEqual(levelSince + gate.initialDelaySeconds * 1_000);
        const gap = counters.last?.outcome === 'error' ? 10 : gate.intervalSeconds;
        if (counters.last !== null) expect(due).toBeGreaterThanOrEqual(counters.last.at + gap * 1_000);
      }),
      many,
    );
  });

  it('the evidence is bounded, in order, ends with the latest, and holds every failure that led to a verdict', () => {
    fc.assert(
      fc.property(anySchedule, anyLetters, (gate, letters) => {
        fc.pre(gate.failureLimit + gate.inconclusiveLimit < 10);
        const counters = run(gate, letters);
        const times = counters.samples.map(({ at }) => at);
        expect(times.length).toBeLessThanOrEqual(10);
        expect(times).toEqual([...times].sort((left, right) => left - right));
        if (counters.last !== null) expect(times.at(-1)).toBe(counters.last.at);
        if (verdict(gate, counters) === 'fail')
          expect(counters.samples.filter(({ outcome }) => outcome === 'fail')).toHaveLength(gate.failureLimit + 1);
      }),
      many,
    );
  });
});
