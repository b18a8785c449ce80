// `npm run gen:intent-schema`: writes the schemas of lib/intent after a change of the types in lib/intent or of the templates.
import { writeFileSync } from 'node:fs';
import { documentSchema } from './intent/document.ts';
import { intentSchema } from './intent/schema.ts';

const intent = intentSchema();
writeFileSync(new URL('../lib/intent/intent.schema.json', import.meta.url), intent);
writeFileSync(new URL('../lib/intent/document.schema.json', import.meta.url), documentSchema(intent));
