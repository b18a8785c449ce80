// The other half of the seeds: two files run side by side.
import { test } from 'vitest';
import { run, share } from './trials.ts';

test('whatever happens to other releases, the invariants hold', async () => {
  await run(10_001, share(850));
}, 3_600_000);

test('a release ends alike however often its runners are killed, doubled and refused (S6)', async () => {
  await run(20_001, share(200), 'pairs');
}, 3_600_000);
