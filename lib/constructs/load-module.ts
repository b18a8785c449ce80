import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Message, Plugin } from 'esbuild';
import type { Problem } from '../schema/index.ts';

/** What is loaded: a file, or a text that imports files. */
export type Source = { readonly file: string } | { readonly text: string };

/**
 * Compiles TypeScript of the repository and runs it in this process. Bundled beside the user's packages, so that Node
 * finds them, and removed again.
 * @returns what it exports
 * @throws what the module throws, and esbuild's errors where it does not compile
 */
export async function loadModule(source: Source, directory: string): Promise<Readonly<Record<string, unknown>>> {
  const { build } = await import('esbuild');
  const folder = bundleFolder(directory);
  const bundle = join(folder, `app-${process.pid}-${++runs}.mjs`);
  const { outputFiles } = await build({
    ...('file' in source
      ? { entryPoints: [source.file] }
      : { stdin: { contents: source.text, resolveDir: directory, loader: 'ts' as const } }),
    absWorkingDir: directory,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    plugins: [ownPackage, ownCdk8s(directory)],
    sourcemap: 'inline',
    sourcesContent: false,
    outfile: bundle,
    write: false,
    logLevel: 'silent',
  });
  try {
    await mkdir(folder, { recursive: true });
    await removeAbandoned(folder);
    await writeFile(bundle, outputFiles[0]?.contents ?? '');
    return await import(pathToFileURL(bundle).href);
  } finally {
    await rm(bundle, { force: true });
  }
}

let runs = 0;

/** Bundles of runs that were killed. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^app-(\d+)-\d+\.mjs$/.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isRunning(pid)) await rm(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Where Node finds the user's packages; the real path, since the bundle's map names its sources relative to it. */
function bundleFolder(directory: string): string {
  const packages = join(directory, 'node_modules');
  return existsSync(packages) ? join(realpathSync(packages), '.tidegate') : join(directory, '.tidegate');
}

/** `tidegate` in a chart is this very program, not a second copy of it. */
const ownPackage: Plugin = {
  name: 'tidegate',
  setup({ onResolve }) {
    const build = ownBuild();
    onResolve({ filter: /^tidegate(?:\/(?:templates|policy))?$/ }, ({ path }) => ({
      path: pathToFileURL(join(build, path === 'tidegate' ? 'index.js' : `${path.slice('tidegate/'.length)}.js`)).href,
      external: true,
    }));
  },
};

/** Charts run before anything is installed beside them: then with the packages that Tidegate itself runs with. */
const ownCdk8s = (directory: string): Plugin => ({
  name: 'cdk8s',
  setup({ onResolve }) {
    const [theirs, ours] = [createRequire(join(directory, 'charts.ts')), createRequire(import.meta.url)];
    onResolve({ filter: /^(?:cdk8s|constructs)$/ }, ({ path }) =>
      finds(theirs, path) ? undefined : { path: pathToFileURL(ours.resolve(path)).href, external: true },
    );
  },
});

function finds(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function ownBuild(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'build', 'index.js')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'build');
}

/** What esbuild says of code that does not compile, with its lines; null for another error. */
export function buildProblems(error: unknown, what: string): readonly Problem[] | null {
  return isBuildFailure(error) ? error.errors.map((message) => fromEsbuild(message, what)) : null;
}

function isBuildFailure(error: unknown): error is { errors: readonly Message[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function fromEsbuild({ text, location }: Message, what: string): Problem {
  return {
    message: `${what} does not compile: ${text}.`,
    ...(location ? { at: { file: location.file, line: location.line, column: location.column + 1 } } : {}),
  };
}
