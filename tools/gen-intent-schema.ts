// `npm run gen:intent-schema`: writes lib/intent/intent.schema.json after a change of the types in lib/intent.
import { writeFileSync } from 'node:fs';
import { intentSchema } from './intent/schema.ts';

writeFileSync(new URL('../lib/intent/intent.schema.json', import.meta.url), intentSchema());
