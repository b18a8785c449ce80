import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lockSchema } from '../../tools/lock/schema.ts';

it('the committed schema of a lock is what its types give; `npm run gen:lock-schema` writes it', () => {
  expect(readFileSync(new URL('../../lib/lock/lock.schema.json', import.meta.url), 'utf8')).toBe(lockSchema());
});
