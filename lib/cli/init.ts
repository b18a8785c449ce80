import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { cwd, env } from 'node:process';
import { DEFAULT_APP } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { synthesize } from '../constructs/synthesize.ts';
import { type Command, formatOption, type Invocation, UsageError } from './command.ts';
import { addMissing, newPackageJson, parsePackageJson, readPackageJson } from './init/package-json.ts';
import { type PackageManager, packageManagerOf, type Traces } from './init/package-manager.ts';
import { STARTER, starterFiles } from './init/starter.ts';
import { writesOf } from './write.ts';

export const init: Command = {
  name: 'init',
  summary: 'begin a release repository',
  help: `Usage: tidegate init [DIR] [--format text|json]

Makes a repository in DIR (default: the working directory) that synthesizes and lints as it stands: a chart with one
release to edit, its first lock entry and manifests, type checking, a workflow for GitHub Actions, and a README of one
page. They are written for npm, pnpm, Yarn or Bun, whichever package.json or a lock file names, here or up to the root of
the Git repository, or who runs this command.

What is there already stays as it is, and is named. Only package.json gets the entries that it lacks. Where charts/,
dist/ or lock/ are there, no chart is added.

Options:
  --format text|json     text (default) or JSON

Examples:
  tidegate init
  tidegate init releases
  tidegate init --format json
`,
  options: { format: { type: 'string' } },
  async run(invocation) {
    const format = formatOption(invocation, ['text', 'json']);
    const [folder = '.', ...more] = invocation.positionals;
    if (more.length > 0) throw new UsageError('init takes one folder: tidegate init [DIR]');
    const directory = resolve(folder);
    if (existsSync(directory) && !statSync(directory).isDirectory()) throw new UsageError(`${folder} is no folder`);
    const made = await make(directory);
    if (format === 'json') invocation.io.out(`${JSON.stringify({ version: 1, directory, ...made }, null, 2)}\n`);
    else say(made, directory, invocation);
    return 0;
  },
};

/** What came of it. */
interface Made {
  readonly packageManager: PackageManager['name'];
  /** Paths of files that were not there. */
  readonly written: readonly string[];
  /** Entries that package.json got, such as `devDependencies.typescript`. */
  readonly added: readonly string[];
  /** What was there, and stays as it is. */
  readonly kept: readonly string[];
}

const OWN_FOLDERS = ['charts', 'dist', 'lock'];

/** Everything that could stop it is looked at before anything is written. */
async function make(directory: string): Promise<Made> {
  const packageText = textOf(directory, 'package.json');
  const present = packageText === null ? null : readPackageJson(packageText);
  const manager = managerOf(directory);
  if (existsSync(directory)) new Project({ directory });
  const occupied = OWN_FOLDERS.filter((name) => existsSync(join(directory, name)));

  const files = Object.entries(starterFiles(manager)).filter(([path]) => occupied.length === 0 || !path.startsWith('charts/'));
  const kept = files.map(([path]) => path).filter((path) => existsSync(join(directory, path)));
  const written = files.filter(([path]) => !kept.includes(path));
  const complete = packageText === null || present === null ? null : addMissing(packageText, present);
  if (complete === null) written.push(['package.json', newPackageJson(basename(directory))]);
  for (const [path, text] of written) write(directory, path, text);
  if (complete !== null && complete.added.length > 0) writeFileSync(join(directory, 'package.json'), complete.text);

  const manifests = occupied.length === 0 ? await firstEntry(directory) : [];
  return {
    packageManager: manager.name,
    written: [...written.map(([path]) => path), ...manifests].sort(),
    added: complete?.added ?? [],
    kept: [...kept, ...occupied.map((name) => `${name}/`)].sort(),
  };
}

function managerOf(directory: string): PackageManager {
  const told = withinRepository(directory).map(tracesOf);
  const nearest = told.find((traces) => Object.values(traces).some((trace) => trace !== null && trace !== false));
  return packageManagerOf({ ...(nearest ?? tracesOf(directory)), userAgent: env.npm_config_user_agent ?? null });
}

/** The folder and those above it, up to the root of its repository: a lock file is often there. Outside of one, itself. */
function withinRepository(directory: string): readonly string[] {
  const folders = [directory];
  for (let at = directory; !existsSync(join(at, '.git')); at = dirname(at)) {
    if (dirname(at) === at) return [directory];
    folders.push(dirname(at));
  }
  return folders;
}

function tracesOf(directory: string): Omit<Traces, 'userAgent'> {
  const has = (...names: readonly string[]) => names.some((name) => existsSync(join(directory, name)));
  return {
    declared: declaredIn(directory),
    yarnLock: textOf(directory, 'yarn.lock'),
    hasPnpmLock: has('pnpm-lock.yaml'),
    hasBunLock: has('bun.lock', 'bun.lockb'),
    hasNpmLock: has('package-lock.json'),
  };
}

/**
 * The package manager that the package.json of a folder names, whatever else is in it.
 * @throws UsageError when it is no JSON: nothing below it compiles
 */
function declaredIn(directory: string): string | null {
  const text = textOf(directory, 'package.json');
  if (text === null) return null;
  const { packageManager } = Object(parsePackageJson(text, relative(cwd(), join(directory, 'package.json'))));
  return typeof packageManager === 'string' ? packageManager : null;
}

/** @returns the paths of the lock and the manifests */
async function firstEntry(directory: string): Promise<readonly string[]> {
  const project = new Project({ directory, initial: [STARTER] });
  return writesOf(await synthesize(DEFAULT_APP, project), project, 'dist', false).commit().written;
}

function textOf(directory: string, path: string): string | null {
  const file = join(directory, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

function write(directory: string, path: string, text: string): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { flag: 'wx' });
}

function say({ packageManager, written, added, kept }: Made, directory: string, { io }: Invocation): void {
  const lines = [
    ...written.map((path) => `written  ${path}`),
    ...(added.length > 0 ? [`added    package.json: ${added.join(', ')}`] : []),
    ...kept.map((path) => `kept     ${path}`),
  ];
  io.out(lines.map((line) => `${line}\n`).join(''));
  const place = relative(cwd(), directory);
  const next = [
    ...(place === '' ? [] : [`cd ${place}`]),
    ...(added.some((entry) => /ependencies\./.test(entry)) || written.includes('package.json') ? [`${packageManager} install`] : []),
    ...(written.includes('README.md') ? ['read README.md'] : []),
  ];
  if (next.length > 0) io.err(`\nNext: ${next.join(', then ')}.\n`);
}
