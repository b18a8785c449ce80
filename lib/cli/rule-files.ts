import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const FOLDER = 'policies';

/** Files of a repository's own rules. */
export function ruleFiles(directory: string): readonly string[] {
  const folder = join(directory, FOLDER);
  // The linter's own repository: these are the rules that are built in.
  if (realOrNull(folder) === realOrNull(resolve(packageRoot(), FOLDER))) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^(?!.*\.(?:d|test)\.ts$).*\.ts$/.test(entry.name))
      .map(({ name }) => `${FOLDER}/${name}`)
      .sort();
  } catch {
    return [];
  }
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!/[/\\](?:lib|build)$/.test(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return dirname(folder);
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
