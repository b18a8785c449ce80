import { expect } from 'vitest';
import { bundled } from '../../tools/bundled.ts';

const { compare, simulate } = await bundled<typeof import('../../lib/sim/index.ts')>('lib/sim/index.ts');

const SCALE = Number(process.env.TIDEGATE_SEEDS ?? 2_000) / 2_000;

/** A part of the seeds that are run; all together they are `TIDEGATE_SEEDS`, 2,000 by default. */
export const share = (seeds: number): number => Math.max(1, Math.round(seeds * SCALE));

/** Runs seeds, and says how many releases ended in each phase. */
export async function run(first: number, seeds: number, how: 'one' | 'pairs' = 'one'): Promise<Readonly<Record<string, number>>> {
  const ends: Record<string, number> = {};
  for (let seed = first; seed < first + seeds; seed++) {
    const { phase, violations } = await (how === 'one' ? simulate(seed) : compare(seed));
    const replay = `npm run sim -- --first ${seed} --seeds 1 --timeline${how === 'one' ? '' : ' --pairs'}`;
    expect(violations, replay).toEqual([]);
    ends[String(phase)] = (ends[String(phase)] ?? 0) + 1;
  }
  return ends;
}
