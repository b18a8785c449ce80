import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cwd } from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { packageManagerOf, type Traces } from '../../lib/cli/init/package-manager.ts';
import { starterFiles } from '../../lib/cli/init/starter.ts';
import { run } from '../../lib/cli/run.ts';

const NOTHING: Traces = { declared: null, yarnLock: null, hasPnpmLock: false, hasBunLock: false, hasNpmLock: false, userAgent: null };

describe('the package manager', () => {
  it.each<[string, Partial<Traces>, ci: string, exec: string]>([
    ['npm, where nothing is said', {}, 'npm ci', 'npx'],
    ['pnpm, by its lock file', { hasPnpmLock: true, userAgent: 'npm/11.0.0 node/v22' }, 'pnpm install --frozen-lockfile', 'pnpm exec'],
    ['Yarn 1, by its lock file', { yarnLock: '# yarn lockfile v1\n' }, 'yarn install --frozen-lockfile', 'yarn run'],
    ['a later Yarn, by its lock file', { yarnLock: '__metadata:\n  version: 8\n' }, 'yarn install --immutable', 'yarn run'],
    ['npm, by its lock file', { hasNpmLock: true, userAgent: 'pnpm/10.4.1 npm/? node/v22' }, 'npm ci', 'npx'],
    ['Bun, by its lock file', { hasBunLock: true, userAgent: 'npm/11.0.0 node/v22' }, 'bun install --frozen-lockfile', 'bun run'],
    ['Bun, by package.json', { declared: 'bun@1.2.3', hasNpmLock: true }, 'bun install --frozen-lockfile', 'bun run'],
    ['Bun, which runs it', { userAgent: 'bun/1.2.3 npm/? node/v22.1.0 linux x64' }, 'bun install --frozen-lockfile', 'bun run'],
    ['pnpm, by package.json', { declared: 'pnpm@10.4.1', hasNpmLock: true }, 'pnpm install --frozen-lockfile', 'pnpm exec'],
    ['Yarn 1, by package.json', { declared: 'yarn@1.22.22' }, 'yarn install --frozen-lockfile', 'yarn run'],
    ['pnpm, which runs it', { userAgent: 'pnpm/10.4.1 npm/? node/v22.1.0 linux x64' }, 'pnpm install --frozen-lockfile', 'pnpm exec'],
    ['Yarn 4, which runs it', { userAgent: 'yarn/4.9.1 npm/? node/v22.1.0 linux x64' }, 'yarn install --immutable', 'yarn run'],
  ])('is %s', (_, traces, installInCi, exec) => {
    const manager = packageManagerOf({ ...NOTHING, ...traces });
    expect(manager).toMatchObject({ installInCi, exec });
    const files = starterFiles(manager);
    const { jobs } = parse(files['.github/workflows/releases.yaml'] ?? '');
    const commands: string[] = jobs.check.steps.flatMap(({ run }: { run?: string }) => run ?? []);
    expect(commands).toContain(installInCi);
    expect(commands).toContain(`${exec} tidegate lint`);
    expect(jobs.check.steps.find(({ uses }: { uses?: string }) => uses?.startsWith('actions/setup-node')).with.cache).toBe(
      manager.name === 'bun' ? undefined : manager.name,
    );
    expect(files['README.md']).toContain(`${exec} tidegate synth\n`);
    expect(files['README.md']).toContain(`${manager.install}\n`);
  });

  it('is made known to the workflow before Node is, and pnpm with a version where package.json names none', () => {
    const steps = (traces: Partial<Traces>) =>
      parse(starterFiles(packageManagerOf({ ...NOTHING, ...traces }))['.github/workflows/releases.yaml'] ?? '').jobs.check.steps;
    expect(steps({ hasPnpmLock: true })[1]).toEqual({ uses: 'pnpm/action-setup@v4', with: { version: 10 } });
    expect(steps({ declared: 'pnpm@10.4.1' })[1]).toEqual({ uses: 'pnpm/action-setup@v4' });
    expect(steps({ hasBunLock: true })[1]).toEqual({ uses: 'oven-sh/setup-bun@v2' });
    expect(steps({ declared: 'yarn@4.9.1' })[1]).toEqual({ run: 'corepack enable' });
    expect(steps({})[1].uses).toBe('actions/setup-node@v4');
  });
});

/** A folder with these files, outside of any repository: no packages are installed there. */
function folder(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-init-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

async function tidegate(...args: readonly string[]) {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), color: false };
  const code = await run(args, io, () => undefined);
  return { code, out, err };
}

describe('init', () => {
  it('makes a folder that is not there, and its first entry before anything is installed', async () => {
    const directory = join(folder(), 'Our Releases');
    const { code, out, err } = await tidegate('init', directory, '--format', 'json');
    expect(code, err).toBe(0);
    const { written, added, kept } = JSON.parse(out);
    expect(written).toEqual(expect.arrayContaining(['charts/hello.ts', 'lock/production/hello/hello.yaml', 'package.json']));
    expect(written.filter((path: string) => !existsSync(join(directory, path)))).toEqual([]);
    expect({ added, kept }).toEqual({ added: [], kept: [] });
    expect(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))).toMatchObject({
      name: 'our-releases',
      dependencies: { tidegate: expect.stringMatching(/^\^\d/), cdk8s: expect.stringMatching(/^\^2\./) },
    });
  });

  it('changes nothing that is there, adds what is missing, and says which', async () => {
    const mine = {
      'README.md': '# Mine\n',
      'package.json': '{\n    "name": "mine",\n    "scripts": { "synth": "make" },\n    "devDependencies": { "cdk8s": "2.70.0" }\n}\n',
      'pnpm-lock.yaml': '',
      'src/index.js': '',
    };
    const directory = folder(mine);
    const { code, out, err } = await tidegate('init', directory);
    expect(code, err).toBe(0);
    expect(out.split('\n').filter((line) => !line.startsWith('written'))).toEqual([
      'added    package.json: scripts.verify, dependencies.constructs, dependencies.tidegate, devDependencies.typescript',
      'kept     README.md',
      '',
    ]);
    expect(err).toContain('then pnpm install.');
    for (const path of ['README.md', 'pnpm-lock.yaml', 'src/index.js'] as const)
      expect(readFileSync(join(directory, path), 'utf8')).toBe(mine[path]);
    const content = readFileSync(join(directory, 'package.json'), 'utf8');
    expect(content).toContain('\n    "name": "mine",\n');
    expect(JSON.parse(content)).toMatchObject({ scripts: { synth: 'make' }, devDependencies: { cdk8s: '2.70.0' } });
    expect(JSON.parse(content).dependencies.cdk8s).toBeUndefined();
  });

  it.each(['pnpm-lock.yaml', 'bun.lock', 'bun.lockb', 'yarn.lock'])(
    'in a folder of a repository finds the %s of its root',
    async (lockFile) => {
      const root = folder({ '.git/HEAD': '', [lockFile]: '', 'package-lock.json.bak': '' });
      const { err } = await tidegate('init', join(root, 'deploy', 'releases'));
      expect(err).toContain(`then ${lockFile.split(/[-.]/)[0]} install, then read README.md.`);
    },
  );

  it.each(['[]', '{ "scripts": [] }'])('passes over a package.json further up that holds %s', async (text) => {
    const root = folder({ '.git/HEAD': '', 'package.json': text, 'pnpm-lock.yaml': '' });
    const { code, err } = await tidegate('init', join(root, 'releases'));
    expect(code, err).toBe(0);
    expect(err).toContain('then pnpm install, then read README.md.');
  });

  it('names a package.json further up that is no JSON, under which nothing compiles', async () => {
    const root = folder({ '.git/HEAD': '', 'package.json': '{ "name": }' });
    const { code, err } = await tidegate('init', join(root, 'releases'));
    expect(code).toBe(2);
    expect(err).toContain(`${relative(cwd(), join(root, 'package.json'))} is no JSON: `);
    expect(existsSync(join(root, 'releases'))).toBe(false);
  });

  it('adds nothing the second time', async () => {
    const directory = folder();
    await tidegate('init', directory);
    const { out, err } = await tidegate('init', directory, '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({
      written: [],
      added: [],
      kept: expect.arrayContaining(['README.md', 'charts/', 'dist/', 'lock/']),
    });
    expect(err).toBe('');
  });

  it.each(['charts/main.ts', 'dist/app.js', 'lock/production/shop/web.yaml'])('adds no release beside %s', async (path) => {
    const directory = folder({ [path]: '' });
    const { code, out, err } = await tidegate('init', directory);
    expect(code, err).toBe(0);
    expect(out).toContain(`kept     ${path.split('/')[0]}/\n`);
    expect(out).toContain('written  tidegate.yaml\n');
    expect(existsSync(join(directory, 'charts/hello.ts'))).toBe(false);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a package.json that is no JSON', { 'package.json': '{ "name": }' }, 'package.json is no JSON'],
    ['a package.json with a list of scripts', { 'package.json': '{ "scripts": [] }' }, 'package.json: scripts is no object'],
    ['a tidegate.yaml with an unknown key', { 'tidegate.yaml': 'target: {}\n' }, "did you mean 'targets'"],
  ])('writes nothing into a folder with %s', async (_, files, message) => {
    const directory = folder(files);
    const { code, err } = await tidegate('init', directory);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(existsSync(join(directory, 'README.md'))).toBe(false);
  });

  it('refuses a file, two folders and an unknown format', async () => {
    const directory = folder({ file: '' });
    expect(await tidegate('init', join(directory, 'file'))).toMatchObject({ code: 2, err: expect.stringContaining('is no folder') });
    expect(await tidegate('init', 'a', 'b')).toMatchObject({ code: 2, err: expect.stringContaining('takes one folder') });
    expect(await tidegate('init', directory, '--format', 'yaml')).toMatchObject({ code: 2, err: expect.stringContaining('--format yaml') });
  });
});
