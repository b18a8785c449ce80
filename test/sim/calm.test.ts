import { describe, expect, test } from 'vitest';
import { walkCalmly } from '../../lib/sim/calm.ts';
import { drawFate, type Fate, live, SHAPES } from '../../lib/sim/index.ts';
import { kindOf } from '../../lib/sim/release/gates.ts';
import { PATHS } from '../../lib/sim/release/objects.ts';
import type { Simulation, Witness } from '../../lib/sim/simulation.ts';

/** Requests take time there, and a share that is asked for a moment too early is asked for again 5 s later, at each of its steps. */
const TOLERANCE_SECONDS = 15;
const GATE_JOB_SECONDS = 3;

type Seen = readonly (readonly [at: number, what: string])[];

/** A fate in which nothing happens but what the candidate itself does. */
function calmFate(seed: number, shape: (typeof SHAPES)[number], quality: 'good' | 'bad'): Fate {
  const fate = drawFate(seed, { shape, calm: true });
  const people = { ...fate.people, onHeld: 'nothing' as const };
  return { ...fate, people, candidate: { ...fate.candidate, quality }, jobs: { ends: 'Complete', afterSeconds: GATE_JOB_SECONDS } };
}

/** The weights of users and the phases, as the whole simulation sees them. */
async function simulated(fate: Fate) {
  const weights: [number, string][] = [];
  const phases: [number, string][] = [];
  let sim: Simulation | undefined;
  const note = (seen: [number, string][], what: string | undefined) => {
    if (sim !== undefined && what !== undefined && seen.at(-1)?.[1] !== what) seen.push([sim.seconds, what]);
  };
  const witness: Witness = {
    began: (begun) => {
      sim = begun;
    },
    changed: ({ path }) => {
      if (sim === undefined) return;
      if (path === PATHS.route(sim.draft)) note(weights, String(sim.shares.users));
      if (path === PATHS.status) note(phases, sim.status?.phase);
    },
  };
  const { violations } = await live(fate, { witness });
  expect(violations).toEqual([]);
  return { weights: weights.filter(([, weight], index) => index > 0 || weight !== '0'), phases };
}

function calmly({ draft, candidate, people, routerLag, jobs, stableReplicas }: Fate) {
  const { plan, hash } = draft;
  const quality = candidate.quality === 'bad' ? { errors: 0.2, latencySeconds: 2 } : { errors: 0.002, latencySeconds: 0.2 };
  const names = new Map(plan.steps.flatMap((step) => ('gates' in step ? step.gates.map((gate) => [gate.provider, gate] as const) : [])));
  const outcome = walkCalmly(
    { plan, hash },
    {
      stableReplicas,
      startSeconds: candidate.startSeconds ?? 0,
      jobSeconds: jobs.afterSeconds,
      acceptedSeconds: routerLag.accepted / 1_000,
      servedSeconds: routerLag.served / 1_000,
      approvalSeconds: people.afterSeconds,
      measured: (_, provider) => {
        const gate = names.get(provider);
        const kind = gate === undefined ? undefined : kindOf(gate);
        const value = kind?.value({ candidate: quality, stable: { errors: 0.002, latencySeconds: 0.2 }, candidateRps: 1 }) ?? Number.NaN;
        return kind?.answers === 'scalar' || kind?.answers === 'web' ? { kind: 'number', value } : { kind: 'numbers', values: [value] };
      },
    },
  );
  const weights: [number, string][] = [];
  for (const { at, level } of outcome.levels)
    if (weights.at(-1)?.[1] !== String(level.weight) && (weights.length > 0 || level.weight > 0)) weights.push([at, String(level.weight)]);
  return { weights, phases: outcome.phases.map(({ at, phase }): [number, string] => [at, phase]) };
}

function expectAlike(actual: Seen, expected: Seen): void {
  expect(actual.map(([, what]) => what)).toEqual(expected.map(([, what]) => what));
  for (const [index, [at]] of actual.entries())
    expect(Math.abs(at - (expected[index]?.[0] ?? 0)), `${actual[index]} and ${expected[index]}`).toBeLessThan(TOLERANCE_SECONDS);
}

describe.each(SHAPES)('a calm walk of a plan of shape %s', (shape) => {
  test.each([1, 2, 3])('takes the levels and phases of the whole simulation, seed %i', async (seed) => {
    const fate = calmFate(seed, shape, 'good');
    const [calm, whole] = [calmly(fate), await simulated(fate)];
    expectAlike(calm.weights, whole.weights);
    expectAlike(calm.phases, whole.phases);
  });

  // When its answers come decides which of its gates says so first.
  test('ends as the whole simulation does where the candidate is bad', async () => {
    const fate = calmFate(4, shape, 'bad');
    const [calm, whole] = [calmly(fate), await simulated(fate)];
    expect(calm.weights.map(([, weight]) => weight)).toEqual(whole.weights.map(([, weight]) => weight));
    expect(calm.phases.at(-1)?.[1]).toBe(whole.phases.at(-1)?.[1]);
  });
});

test('a plan that nobody approves is walked up to there', () => {
  const { draft } = calmFate(1, 'high risk', 'good');
  const around = {
    stableReplicas: 1,
    startSeconds: 1,
    jobSeconds: 1,
    acceptedSeconds: 0,
    servedSeconds: 0,
    approvalSeconds: Number.POSITIVE_INFINITY,
  };
  const { levels, phases } = walkCalmly(draft, { ...around, measured: () => ({ kind: 'numbers', values: [0] }) });
  expect([levels, phases.map(({ phase }) => phase)]).toEqual([[], ['Starting', 'Progressing', 'Held']]);
});
