import { expect, test } from 'vitest';
import { unearned } from '../../lib/gitops/earned.ts';
import type { CommittedRecord } from '../../lib/gitops/release-record.ts';
import type { Simulation } from '../../lib/sim/index.ts';
import { bundled } from '../../tools/bundled.ts';
import { share } from './trials.ts';

const { simulate } = await bundled<typeof import('../../lib/sim/index.ts')>('lib/sim/index.ts');

test('whatever happened on the way, the record of a promotion has all that its plan demands', async () => {
  let promotions = 0;
  for (let seed = 1; seed <= Math.max(40, share(400)); seed++) {
    const sims: Simulation[] = [];
    await simulate(seed, { witness: { began: (sim) => sims.push(sim) } });
    const [sim] = sims;
    const record = JSON.parse(sim?.status?.['record.json'] ?? '{}') as CommittedRecord;
    if (sim === undefined || record.outcome !== 'promoted' || record.plan !== sim.draft.hash) continue;
    promotions++;
    expect(unearned(sim.draft.plan, record), `npm run sim -- --first ${seed} --seeds 1 --timeline`).toEqual([]);
  }
  expect(promotions).toBeGreaterThan(5);
}, 600_000);
