import { expect, test } from 'vitest';
import { compare, simulate } from '../../lib/sim/index.ts';
import { BROKEN } from './broken.ts';

/** A broken runner that survives so many releases would survive a release of yours. */
const MOST_SEEDS = 2_000;

test.each(BROKEN)(
  'a runner that $does is caught',
  async ({ breaks, shape, sabotage }) => {
    for (let seed = 1; seed <= MOST_SEEDS; seed++) {
      const run = breaks.includes('S6') && seed % 2 === 0 ? compare : simulate;
      const { violations } = await run(seed, { sabotage: sabotage(), ...(shape === undefined ? {} : { shape }) });
      if (violations.some((violation) => breaks.some((invariant) => violation.startsWith(invariant)))) return;
    }
    expect.unreachable(`it broke none of ${breaks.join(', ')} in ${MOST_SEEDS} seeds`);
  },
  600_000,
);
