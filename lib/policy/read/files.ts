import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { decode } from './decode.ts';

/** A file that was read, or that could not be. */
export type ReadFile = { readonly name: string; readonly text: string } | { readonly name: string; readonly problem: string };

/** Whether a file below a folder is read; one that is named is, whatever it is called. */
export const isManifest = (name: string): boolean => /\.(?:ya?ml|json)$/i.test(name);

/** Whether what is in a folder, or below it, is left alone. */
export const isHidden = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

/** Longer ones cannot be held beside the rest of a set. */
const LONGEST_FILE = 256 * 1024 * 1024;

/** All files that are meant, each once, in the order of the paths and then of names; a folder that cannot be read is a problem. */
export function* readFiles(paths: readonly string[]): Iterable<ReadFile> {
  const seen = new Set<string>();
  for (const path of paths)
    for (const found of statSync(path, { throwIfNoEntry: false })?.isDirectory() ? below(path, new Set()) : [{ name: path }]) {
      if (seen.has(found.name)) continue;
      seen.add(found.name);
      yield 'problem' in found ? found : readText(found.name);
    }
}

/** Follows links to folders, but none that leads back into a folder which is open. */
function* below(
  folder: string,
  open: Set<string>,
): Iterable<{ readonly name: string } | { readonly name: string; readonly problem: string }> {
  let real: string;
  let entries: readonly Dirent[];
  try {
    real = realpathSync(folder);
    if (open.has(real)) return;
    entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    yield { name: folder, problem: reasonOf(error) };
    return;
  }
  open.add(real);
  for (const entry of entries) {
    if (isHidden(entry.name)) continue;
    const name = join(folder, entry.name);
    const isFolder = entry.isSymbolicLink() ? statSync(name, { throwIfNoEntry: false })?.isDirectory() : entry.isDirectory();
    if (isFolder) yield* below(name, open);
    else if (isManifest(entry.name)) yield { name };
  }
  open.delete(real);
}

/** Never throws: what cannot be read is a problem of its own. */
function readText(name: string): ReadFile {
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
