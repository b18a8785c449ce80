import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { anchorsOf, linksOf, pages, ROOT } from './pages.ts';

const all = pages();

it('every link leads to a file and a heading that are there', () => {
  const broken = all.flatMap((page) =>
    linksOf(page)
      .filter((target) => !leads(page.path, target))
      .map((target) => `${page.path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

it('every page can be reached from README.md', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    const page = all.find((other) => other.path === path);
    for (const target of page ? linksOf(page) : []) reached.add(fileOf(path, target));
  }
  const folders = [...reached].filter((path) => path.endsWith('/'));
  const lost = all.map(({ path }) => path).filter((path) => !reached.has(path) && !folders.some((folder) => path.startsWith(folder)));
  expect(lost).toEqual([]);
});

function leads(from: string, target: string): boolean {
  const file = fileOf(from, target);
  const [, anchor] = target.split('#');
  const page = all.find(({ path }) => path === file);
  return existsSync(join(ROOT, file)) && (anchor === undefined || page === undefined || anchorsOf(page).has(anchor));
}

function fileOf(from: string, target: string): string {
  const [path = ''] = target.split('#');
  return path === '' ? from : normalize(join(dirname(from), path));
}
