import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * A module of `lib` with all that it imports, as one file of plain JavaScript: what runs TypeScript as it is, or stands
 * between modules, costs a little at every call.
 * @param entry from the repository's root
 */
export async function bundled<Module>(entry: string): Promise<Module> {
  const folder = `${root}node_modules/.cache/tidegate`;
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/${entry.replace(/\W+/g, '-')}-${process.pid}-${threadId}.mjs`;
  const format = { bundle: true, platform: 'node', format: 'esm', target: 'node20', sourcemap: 'inline' } as const;
  await build({ absWorkingDir: root, entryPoints: [entry], outfile, ...format });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}
