import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../lib/gates/judge.ts';
import { NO_COUNTERS } from '../../lib/gates/verdict.ts';
import { closeGates } from '../../lib/runner/judging.ts';
import { statusData } from '../../lib/runner/report.ts';
import { newStatus, type Status } from '../../lib/runner/status.ts';
import { analysis } from './judged.ts';
import { gate, planOf, setWeight } from './release.ts';

const MOST_BYTES = 1_048_576;

describe('evidence', () => {
  test.each([
    ['ordinary', '0.0012', ''],
    ['as long and as odd as an answer can be', '\u0001'.repeat(120), '世'.repeat(300)],
  ])('of many levels, %s, leaves room for the rest of the status', (_, value, message) => {
    const gates = ['errors', 'latency', 'volume', 'saturation'].map((name) => ({ ...gate, name }));
    const plan = planOf(Array.from({ length: 100 }, (_, index) => [setWeight(index + 1), analysis(gates)]).flat());
    const samples = Array.from({ length: 10 }, (_, at) => ({ outcome: 'error' as Outcome, value, message, at, weight: 20 }));
    const judging = (step: number) =>
      Object.fromEntries(
        gates.map(({ name }) => [
          `${step}.${name}`,
          { since: 0, passedAt: null, counters: { ...NO_COUNTERS, error: 10, samples }, began: null },
        ]),
      );
    let status: Status = { ...newStatus({ plan: 'p', planUid: 'u', at: 0, generation: 1 }), phase: 'Aborted' };
    for (let step = 1; step < 200; step += 2)
      status = { ...status, ...closeGates(plan, { ...status, gates: judging(step) }, step), gates: judging(step) };
    const data = Object.values(statusData(status, plan));
    expect(data.reduce((sum, text) => sum + Buffer.byteLength(text), 0)).toBeLessThan(MOST_BYTES);
    expect(status.evidence.at(-1)).toMatchObject({ step: 199, gate: 'saturation' });
    expect(status.evidence.length).toBeGreaterThanOrEqual(value.length > 50 ? 8 : 60);
  });
});
