// `npm run gen:pod-template`: writes lib/intent/pod-template.ts after a change of lib/schema/kinds, or of how additions merge.
import { writeFileSync } from 'node:fs';
import { podTemplateTypes } from './pod-template/types.ts';

writeFileSync(new URL('../lib/intent/pod-template.ts', import.meta.url), podTemplateTypes());
