import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Path and text of every file; a path that ends in '/' is an empty folder, a text that starts with '-> ' a symbolic link. */
export type Tree = Readonly<Record<string, string>>;

/** A folder that holds `tree` and goes away with the test. */
export function repository(tree: Tree = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'tidegate-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  plant(root, tree);
  return root;
}

export function plant(root: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    const place = join(root, path);
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (path.endsWith('/')) continue;
    if (text.startsWith('-> ')) symlinkSync(text.slice('-> '.length), place);
    else writeFileSync(place, text);
  }
}

/** Everything in a folder, hidden files and empty folders included. */
export function treeOf(root: string, folder = ''): Tree {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = lstatSync(join(root, path));
    if (stats.isSymbolicLink()) tree[path] = `-> ${readlinkSync(join(root, path))}`;
    else if (stats.isFile()) tree[path] = readFileSync(join(root, path), 'utf8');
    else {
      const inside = treeOf(root, path);
      Object.assign(tree, Object.keys(inside).length === 0 ? { [`${path}/`]: '' } : inside);
    }
  }
  return tree;
}
