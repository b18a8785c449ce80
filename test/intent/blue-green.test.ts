// What must not compile, as in canary.types.test.ts: `tsc` checks the marks, vitest that run time refuses the same.
import { describe, expect, expectTypeOf, test } from 'vitest';
import { blueGreen } from '../../lib/intent/blue-green.ts';
import { DEFAULTS } from '../../lib/intent/defaults.ts';
import { minutes } from '../../lib/intent/duration.ts';
import { resolveStrategy } from '../../lib/intent/resolve-strategy.ts';
import type { BlueGreen } from '../../lib/intent/strategy.ts';
import { errors } from './valid.ts';

const gates = [errors] as const;
const checkout = { ...errors, name: 'checkout' };

describe('blueGreen', () => {
  test('is plain data', () => {
    const strategy = blueGreen({
      preview: { gates, watch: '10m' },
      approval: { reason: 'Buy something.' },
      after: { gates },
      keepOld: '1h',
    });
    expectTypeOf(strategy).toEqualTypeOf<BlueGreen>();
    expect(strategy).toStrictEqual({
      kind: 'blueGreen',
      preview: { gates, watch: '10m' },
      after: { gates },
      approval: { reason: 'Buy something.' },
      keepOld: '1h',
    });
  });

  test('wants gates before the switch and after it', () => {
    // @ts-expect-error nothing judges the preview
    expect(() => blueGreen({ preview: { gates: [] }, after: { gates } })).toThrow(
      'strategy.preview.gates: an analysis needs at least one gate.',
    );
    // @ts-expect-error nothing judges the switch
    expect(() => blueGreen({ preview: { gates }, after: { gates: [] } })).toThrow(
      'strategy.after.gates: an analysis needs at least one gate.',
    );
    // @ts-expect-error nobody says what is judged
    expect(() => blueGreen({ preview: { gates } })).toThrow();
  });
});

describe('what blue-green is made of', () => {
  const resolved = (change: Partial<BlueGreen> = {}, risk: 'normal' | 'high' = 'normal') =>
    resolveStrategy({ kind: 'blueGreen', preview: { gates: [checkout] }, after: { gates }, ...change }, risk).steps;

  test('is the steps of a canary: preview, a person, everybody, after, and the old revision kept', () => {
    expect(resolved().map((step) => Object.keys(step)[0])).toEqual(['analysis', 'approval', 'weight', 'analysis', 'pauseSeconds']);
    expect(resolved()).toMatchObject([
      { analysis: { gates: [{ name: 'checkout' }], watchSeconds: 120 } },
      { approval: { name: 'promote', count: 1 } },
      { weight: 100 },
      { analysis: { gates: [{ name: 'errors' }], watchSeconds: 120 } },
      { pauseSeconds: 28 * 60 },
    ]);
  });

  test('keeps the old revision for as long as is written, the analysis after the switch included', () => {
    expect(resolved({ keepOld: minutes(3) }).at(-1)).toEqual({ pauseSeconds: 60 });
    expect(resolved({ keepOld: '1m' }).at(-1)).toHaveProperty('analysis');
    expect(resolved({ keepOld: DEFAULTS['BlueGreen.keepOld'] })).toEqual(resolved());
  });

  test('asks two persons and watches longer where risk is high, and needs no approval before the only one', () => {
    expect(resolved({}, 'high')).toMatchObject([
      { analysis: { watchSeconds: 300 } },
      { approval: { name: 'promote', count: 2 } },
      { weight: 100 },
      { analysis: { watchSeconds: 300 } },
      { pauseSeconds: 25 * 60 },
    ]);
  });
});
