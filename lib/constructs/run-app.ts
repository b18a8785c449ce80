import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Message, Plugin } from 'esbuild';
import { type Problem, ProblemError } from '../schema/index.ts';
import { Project } from './project.ts';
import { recordSources, sourceOfError } from './source.ts';

/**
 * Compiles a cdk8s program and runs it in this process; its `app.synth()` writes nothing here.
 * @returns the apps that it made
 * @throws ProblemError when it does not parse, throws, or makes no app, with the line
 */
export async function runApp(file: string, project: Project): Promise<readonly IConstruct[]> {
  const entry = resolve(project.directory, file);
  if (!existsSync(entry))
    throw new ProblemError([
      { message: `there is no app '${file}'.`, help: 'Name it with --app FILE, or run tidegate in the folder that holds charts/.' },
    ]);
  recordSources();
  process.setSourceMapsEnabled(true);
  const apps = new Set<IConstruct>();
  const { synth } = App.prototype;
  App.prototype.synth = function (this: App) {
    apps.add(this);
  };
  try {
    await Project.during(project, () => toItsEnd(importBundle(entry, project)));
  } catch (error) {
    throw asProblem(error, file, project);
  } finally {
    App.prototype.synth = synth;
  }
  if (apps.size === 0)
    throw new ProblemError([
      { message: `'${file}' ran, but no App was synthesized.`, help: 'End it with `app.synth()`, as any cdk8s program.' },
    ]);
  return [...apps];
}

/**
 * The app, or the way in which it ends without an end: a process that it leaves, an error that nobody waits for, or a
 * promise that nobody settles. None of these may pass for a run that went well.
 */
async function toItsEnd(running: Promise<void>): Promise<void> {
  const { exit } = process;
  let stop = (_: unknown): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const idle = () => stop(new Error('it waits for something that never comes'));
  process.exit = (code) => {
    throw new Error(`it calls process.exit(${code ?? ''})`);
  };
  process.on('beforeExit', idle).on('uncaughtException', stop);
  try {
    await Promise.race([running, stopped]);
  } finally {
    process.exit = exit;
    process.off('beforeExit', idle).off('uncaughtException', stop);
  }
}

/** Bundled beside the user's packages, so that Node finds them, and removed again. */
async function importBundle(entry: string, project: Project): Promise<void> {
  const { build } = await import('esbuild');
  const folder = bundleFolder(project.directory);
  const bundle = join(folder, `app-${process.pid}-${++runs}.mjs`);
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: project.directory,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    plugins: [ownPackage, ownCdk8s(entry)],
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
    await import(pathToFileURL(bundle).href);
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
    onResolve({ filter: /^tidegate(?:\/templates)?$/ }, ({ path }) => ({
      path: pathToFileURL(join(build, path === 'tidegate' ? 'index.js' : 'templates.js')).href,
      external: true,
    }));
  },
};

/** Charts run before anything is installed beside them: then with the packages that Tidegate itself runs with. */
const ownCdk8s = (entry: string): Plugin => ({
  name: 'cdk8s',
  setup({ onResolve }) {
    const [theirs, ours] = [createRequire(entry), createRequire(import.meta.url)];
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

function asProblem(error: unknown, file: string, { directory }: Project): ProblemError {
  if (error instanceof ProblemError) return located(error, directory);
  if (isBuildFailure(error)) return new ProblemError(error.errors.map((message) => fromEsbuild(message)));
  const at = sourceOfError(error, directory);
  const problem: Problem = {
    message: `the app threw: ${textOf(error)}`,
    ...(at ? { at } : {}),
    help: `Nothing was written. Mend ${at?.file ?? file} and run again.`,
  };
  return new ProblemError([problem]);
}

/** What a chart calls may refuse its arguments without knowing where the call stands. */
function located(error: ProblemError, directory: string): ProblemError {
  const at = sourceOfError(error, directory);
  return at ? new ProblemError(error.problems.map((problem) => ({ at, ...problem }))) : error;
}

/** Without the place of the bundle, which is gone by now. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  return `${name}${error.message.replace(/ imported from \S+$/, '')}`;
}

function isBuildFailure(error: unknown): error is { errors: readonly Message[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function fromEsbuild({ text, location }: Message): Problem {
  return {
    message: `the app does not compile: ${text}.`,
    ...(location ? { at: { file: location.file, line: location.line, column: location.column + 1 } } : {}),
  };
}
