import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { podTemplateTypes } from '../../tools/pod-template/types.ts';

test('the committed types of podTemplate are what the schema of a Deployment gives; `npm run gen:pod-template` writes them', () => {
  expect(readFileSync(new URL('../../lib/intent/pod-template.ts', import.meta.url), 'utf8')).toBe(podTemplateTypes());
});
