import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compare, simulate } from '../../lib/sim/index.ts';
import { BROKEN } from './broken.ts';

/** A broken runner that survives so many releases would survive a release of yours. */
const MOST_SEEDS = 2_000;
/** The seed at which each was caught the last time, which is tried first; `TIDEGATE_RECORD=1` searches all and writes it anew. */
const RECORD = new URL('caught.json', import.meta.url);
const caught: Record<string, number> = process.env.TIDEGATE_RECORD ? {} : JSON.parse(readFileSync(RECORD, 'utf8'));

test.each(BROKEN)(
  'a runner that $does is caught',
  async ({ does, breaks, shape, sabotage }) => {
    const catches = async (seed: number) => {
      const run = breaks.includes('S6') && seed % 2 === 0 ? compare : simulate;
      const { violations } = await run(seed, { sabotage: sabotage(), ...(shape === undefined ? {} : { shape }) });
      return violations.some((violation) => breaks.some((invariant) => violation.startsWith(invariant)));
    };
    const known = caught[does];
    if (known !== undefined && (await catches(known))) return;
    for (let seed = 1; seed <= MOST_SEEDS; seed++)
      if (await catches(seed)) {
        caught[does] = seed;
        if (process.env.TIDEGATE_RECORD) writeFileSync(RECORD, `${JSON.stringify(caught, null, 2)}\n`);
        return;
      }
    expect.unreachable(`it broke none of ${breaks.join(', ')} in ${MOST_SEEDS} seeds`);
  },
  600_000,
);
