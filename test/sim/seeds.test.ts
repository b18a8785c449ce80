import { expect, test } from 'vitest';
import { run, share } from './trials.ts';

test('whatever happens, the invariants hold', async () => {
  const ends = await run(1, share(750));
  if (share(750) >= 100) expect(Object.keys(ends)).toEqual(expect.arrayContaining(['Aborted', 'Held', 'Promoted']));
}, 3_600_000);
