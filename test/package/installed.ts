// The package as npm packs it, installed in a folder as npm would, without the network: what it depends on is linked.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Packed {
  /** Paths of the files in it. */
  readonly files: readonly string[];
  /** Unpacked, in bytes. */
  readonly size: number;
  readonly archive: string;
}

/** @param directory where the archive is put */
export function pack(directory: string): Packed {
  const npm = execFileSync('npm', ['pack', '--json', '--offline', '--pack-destination', directory], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // What the scripts of the package print comes before it.
  const [{ filename, files, unpackedSize }] = JSON.parse(npm.slice(npm.indexOf('[\n')));
  return { files: files.map(({ path }: { path: string }) => path).sort(), size: unpackedSize, archive: join(directory, filename) };
}

/** What `npm install ARCHIVE` leaves in an empty folder: nothing is linked that the package does not declare. */
export function install({ archive }: Packed, directory: string): void {
  const modules = join(directory, 'node_modules');
  const own = join(modules, 'tidegate');
  mkdirSync(own, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', own, '--strip-components=1']);
  const { bin, dependencies, peerDependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) link(join(ROOT, 'node_modules', name), join(modules, name));
  link(join(own, bin.tidegate), join(modules, '.bin/tidegate'));
  const dependency = { tidegate: `file:${archive}` };
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify({ dependencies: dependency }, null, 2)}\n`);
  writeFileSync(join(directory, 'package-lock.json'), '{ "lockfileVersion": 3 }\n');
}

/** A package of one file, compiled, packed by npm and installed from its archive. */
export function installOwn(name: string, source: string, directory: string): void {
  const folder = join(directory, 'own-package');
  mkdirSync(folder);
  const content = {
    name,
    version: '1.0.0',
    type: 'module',
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    files: ['index.js', 'index.d.ts'],
    peerDependencies: { tidegate: '*' },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(content));
  writeFileSync(join(folder, 'index.ts'), source);
  const options = ['--declaration', '--module', 'nodenext', '--target', 'es2023', '--strict', '--skipLibCheck'];
  const run = (program: string, args: readonly string[]) =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  run(join(directory, 'node_modules/.bin/tsc'), [...options, 'index.ts']);
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--offline']));
  const installed = join(directory, 'node_modules', name);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
}

/** What `npm install` adds once package.json names it. */
export function installTypeScript(directory: string): void {
  link(join(ROOT, 'node_modules/typescript'), join(directory, 'node_modules/typescript'));
  link(join(ROOT, 'node_modules/typescript/bin/tsc'), join(directory, 'node_modules/.bin/tsc'));
}

/** Gone when `atEnd` is called. */
export function temporaryFolder(atEnd: (done: () => void) => void): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-package-'));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
