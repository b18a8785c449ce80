// Runners that are broken on purpose: each is the real one, and something stands between it and the world.
import type { BrokenRunner } from './broken/between.ts';
import { MEASURING } from './broken/measuring.ts';
import { ORDER } from './broken/order.ts';
import { PEOPLE } from './broken/people.ts';
import { REMEDIES } from './broken/remedies.ts';
import { WRITING } from './broken/writing.ts';

export const BROKEN: readonly BrokenRunner[] = [...MEASURING, ...PEOPLE, ...WRITING, ...ORDER, ...REMEDIES];
