import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { decode } from './decode.ts';

/** A file that was read, or that could not be. */
export type ReadFile = { readonly name: string; readonly text: string } | { readonly name: string; readonly problem: string };

const EXTENSIONS = /\.(?:ya?ml|json)$/i;
/** Longer ones cannot be held beside the rest of a set. */
const LONGEST_FILE = 256 * 1024 * 1024;

/** The names of all files that are meant, each once, in the order of the paths and then of names. */
export function filesBelow(paths: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) walk(path, found, new Set());
    else found.add(path);
  }
  return [...found];
}

/** Follows links to folders, but none that leads back into a folder which is open. */
function walk(folder: string, found: Set<string>, open: Set<string>): void {
  const real = realpathSync(folder);
  if (open.has(real)) return;
  open.add(real);
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    const isFolder = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false })?.isDirectory() : entry.isDirectory();
    if (isFolder) walk(path, found, open);
    else if (EXTENSIONS.test(entry.name)) found.add(path);
  }
  open.delete(real);
}

/** Never throws: what cannot be read is a problem of its own. */
export function readText(name: string): ReadFile {
  try {
    const { size } = statSync(name);
    if (size > LONGEST_FILE) return { name, problem: `it has ${Math.round(size / 1024 / 1024)} MB, more than the 256 MB that are read` };
    const decoded = decode(readFileSync(name));
    return 'text' in decoded ? { name, text: decoded.text } : { name, problem: decoded.reason };
  } catch (error) {
    return { name, problem: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'it may not be read';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** Whether a file lies in the `templates/` of a Helm chart. */
export function isInChart(name: string): boolean {
  for (let folder = dirname(name); dirname(folder) !== folder; folder = dirname(folder))
    if (basename(folder) === 'templates' && existsSync(join(dirname(folder), 'Chart.yaml'))) return true;
  return false;
}
