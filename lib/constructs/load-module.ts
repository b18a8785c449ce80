import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Message, Plugin } from 'esbuild';
import type { Problem } from '../schema/index.ts';
import { rememberMap } from './source-maps.ts';

/** What is loaded: a file, or a text that imports files. */
export type Source = { readonly file: string } | { readonly text: string };

/**
 * Compiles TypeScript of the repository and runs it in this process. Bundled beside the user's packages, so that Node
 * finds them, and removed again.
 * @returns what it exports
 * @throws what the module throws, and esbuild's errors where it does not compile
 */
export async function loadModule(source: Source, directory: string): Promise<Readonly<Record<string, unknown>>> {
  const { bundle, folder, code, map } = await compiled(source, directory);
  try {
    await mkdir(folder, { recursive: true });
    await removeAbandoned(folder);
    await writeFile(bundle, code);
    rememberMap(bundle, map);
    return await import(pathToFileURL(bundle).href);
  } finally {
    await rm(bundle, { force: true });
  }
}

/**
 * Begins to compile what `loadModule` will ask for next: esbuild is a process of its own, and works while this one loads
 * what the module needs.
 */
export function compileAhead(file: string, directory: string): void {
  const begun = bundleOf({ file }, directory);
  // Told to whoever asks.
  begun.catch(() => undefined);
  ahead.set(file, begun);
}

const ahead = new Map<string, Promise<Bundle>>();

interface Bundle {
  readonly folder: string;
  /** Path that it is written to, in the folder. */
  readonly bundle: string;
  readonly code: Uint8Array;
  readonly map: string;
}

function compiled(source: Source, directory: string): Promise<Bundle> {
  const file = 'file' in source ? source.file : '';
  const begun = ahead.get(file) ?? bundleOf(source, directory);
  // Next time the file may be another.
  ahead.delete(file);
  return begun;
}

async function bundleOf(source: Source, directory: string): Promise<Bundle> {
  const { build } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
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
    plugins: [ownPackage, constructPackages(directory)],
    sourcemap: 'external',
    sourcesContent: false,
    outfile: bundle,
    write: false,
    logLevel: 'silent',
  });
  const [map, code] = outputFiles;
  return { folder, bundle, code: code?.contents ?? new Uint8Array(), map: map?.text ?? '{}' };
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

/**
 * The packages that constructs come from, which are CommonJS: Node would look through every file of theirs for names to
 * import, which takes as long as loading them. Charts run before anything is installed beside them, too: then with the
 * packages that Tidegate itself runs with.
 */
const constructPackages = (directory: string): Plugin => ({
  name: 'construct-packages',
  setup({ onResolve, onLoad }) {
    const [theirs, ours] = [createRequire(join(directory, 'charts.ts')), createRequire(import.meta.url)];
    onResolve({ filter: /^(?:cdk8s|cdk8s-plus-\d+|constructs)$/ }, ({ path }) => {
      const file = found(theirs, path) ?? (path.startsWith('cdk8s-plus') ? null : found(ours, path));
      // Node says what is missing.
      return file === null ? undefined : { path: file, namespace: 'required' };
    });
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({ contents: requiring(path, ours(path)), loader: 'js' }));
  },
});

function found(require: NodeJS.Require, name: string): string | null {
  try {
    return require.resolve(name);
  } catch {
    return null;
  }
}

/** A module with the names of one that is required. */
function requiring(file: string, exported: object): string {
  const names = Object.keys(exported).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default');
  return `import { createRequire } from 'node:module';
const exported = createRequire(${JSON.stringify(file)})(${JSON.stringify(file)});
export default exported;
export const { ${names.join(', ')} } = exported;
`;
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
