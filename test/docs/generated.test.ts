import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explained } from '../../tools/docs/explained.ts';
import { referencePages } from '../../tools/docs/pages.ts';
import { webPlanPicture } from '../../tools/docs/plan-picture.ts';
import { levels, withRooms } from '../../tools/docs/rooms.ts';
import { ROOT } from './pages.ts';

const read = (path: string): string => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '');
const expected = await referencePages();

describe('what is generated is what the code gives; `npm run gen:docs` writes it', () => {
  it.each([...expected.keys()])('%s', (path) => {
    expect(read(path)).toBe(expected.get(path));
  });

  it('docs/reference holds nothing else', () => {
    const files = readdirSync(join(ROOT, 'docs/reference'), { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
    expect(paths.sort()).toEqual([...expected.keys()].sort());
  });

  it('lib/cli/explained.json', () => {
    expect(read('lib/cli/explained.json')).toBe(explained());
  });

  it("docs/images/web-plan.svg is the picture of web's plan", async () => {
    expect(read('docs/images/web-plan.svg')).toBe(await webPlanPicture());
  });

  it('docs/architecture.md draws the levels that dependency-cruiser enforces', () => {
    expect(read('docs/architecture.md')).toBe(withRooms(read('docs/architecture.md')));
  });
});

describe('docs/architecture.md', () => {
  const page = read('docs/architecture.md');

  it.each(levels().flat())('says what the room %s is for', (room) => {
    expect(page).toMatch(new RegExp(`^\\| \`${room}\` \\| \\S`, 'm'));
  });

  it.each(levels().flat())('says of the room %s that it comes later exactly where it is not there', (room) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${room}\` |`)) ?? '';
    expect(row.includes('comes later')).toBe(!existsSync(join(ROOT, 'lib', room)));
  });
});

it("the reference names every field that the schema of an intent knows, but for Kubernetes' own", () => {
  const { definitions } = JSON.parse(read('lib/intent/intent.schema.json')) as {
    definitions: Record<string, { properties?: Record<string, unknown> }>;
  };
  const page = expected.get('docs/reference/intent.md') ?? '';
  const ours = Object.entries(definitions).filter(([name]) => !name.endsWith('Addition'));
  const missing = ours.flatMap(([name, { properties = {} }]) =>
    Object.keys(properties)
      .filter((field) => !new RegExp(`\\b${field}\\b`).test(page))
      .map((field) => `${name}.${field}`),
  );
  expect(missing).toEqual([]);
});
