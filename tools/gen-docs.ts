// `npm run gen:docs`: writes docs/reference, lib/cli/explained.json, the picture of web's plan and the picture of the rooms after a change of the code they show.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { explained } from './docs/explained.ts';
import { webPlanPicture } from './docs/plan-picture.ts';
import { withRooms } from './docs/rooms.ts';

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const architecture = file('docs/architecture.md');

// Before the pages are loaded: the page of the command line is made by the commands, which read it.
writeFileSync(file('lib/cli/explained.json'), explained());
const { referencePages } = await import('./docs/pages.ts');
mkdirSync(file('docs/reference/rules'), { recursive: true });
for (const [path, text] of await referencePages()) writeFileSync(file(path), text);
writeFileSync(file('docs/images/web-plan.svg'), await webPlanPicture());
writeFileSync(architecture, withRooms(readFileSync(architecture, 'utf8')));
