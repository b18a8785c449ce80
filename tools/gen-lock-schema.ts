// `npm run gen:lock-schema`: writes lib/lock/lock.schema.json after a change of the types that a lock is made of.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lockSchema } from './lock/schema.ts';

writeFileSync(fileURLToPath(new URL('../lib/lock/lock.schema.json', import.meta.url)), lockSchema());
