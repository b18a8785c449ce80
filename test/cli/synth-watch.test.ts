import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { beginning, CLI, chart, type Repository, succeeds } from './repository.ts';

const recorded = beginning({ 'charts/main.ts': chart() }, succeeds('record', 'web', '--initial'));

/** What a process says, piece by piece: each begins where the one before ended. */
class Said {
  #text = '';
  #tell: () => void = () => undefined;

  constructor({ stdout, stderr }: ChildProcess) {
    for (const stream of [stdout, stderr])
      stream?.on('data', (part) => {
        this.#text += part;
        this.#tell();
      });
  }

  /** What a run says that says this; a save may be seen as two, so that there is one more. */
  async run(saying: RegExp): Promise<string> {
    for (;;) {
      const said = await this.#next();
      if (saying.test(said)) return said;
    }
  }

  /** Everything up to the next line that says that it waits. */
  async #next(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('Waiting for changes');
      if (end >= 0) {
        const said = this.#text.slice(0, end);
        this.#text = this.#text.slice(this.#text.indexOf('\n', end) + 1);
        return said;
      }
      await new Promise<void>((resolve) => {
        this.#tell = resolve;
      });
    }
  }
}

function watching({ directory }: Repository, ...args: readonly string[]): Said {
  const child = spawn(process.execPath, [CLI, 'synth', '--watch', ...args], { cwd: directory, env: { ...process.env, NO_COLOR: '1' } });
  onTestFinished(() => void child.kill());
  return new Said(child);
}

it('synth --watch writes after every save, tells of mistakes and goes on, and sees new folders and tidegate.yaml', async () => {
  const repository = await recorded();
  const said = watching(repository);
  await said.run(/web .* unchanged/);

  repository.edit('charts/main.ts', /1{64}/, '2'.repeat(64));
  expect(await said.run(/web .* release started/)).toContain('charts/main.ts changed\n');
  expect(Object.keys(repository.files('dist')).some((path) => path.includes('-plan-'))).toBe(true);

  repository.edit('charts/main.ts', 'replicas: 3', 'replcas: 3');
  await said.run(/8:1 {2}web\.replcas: unknown field 'replcas', did you mean 'replicas'\?/);
  repository.edit('charts/main.ts', 'replcas: 3', 'replicas: 3');
  await said.run(/web .* (?:unchanged|in flight)/);

  mkdirSync(join(repository.directory, 'charts/team'));
  await said.run(/charts\/team changed/);
  repository.write('charts/team/web.yaml', 'kind: ReleaseIntnt\napiVersion: tidegate.dev/v1alpha1\n');
  await said.run(/there is no kind 'ReleaseIntnt'/);
  repository.write('tidegate.yaml', 'target: {}\n');
  await said.run(/unknown field 'target', did you mean 'targets'\?/);
});

it('synth --watch sees what changes in a folder that was removed and made again', async () => {
  const repository = await recorded();
  repository.write('charts/team/README.md', '');
  const said = watching(repository);
  await said.run(/web .* unchanged/);

  const charts = join(repository.directory, 'charts');
  cpSync(charts, join(repository.directory, '.kept'), { recursive: true });
  rmSync(charts, { recursive: true });
  cpSync(join(repository.directory, '.kept'), charts, { recursive: true });
  await said.run(/web .* unchanged/);
  repository.edit('charts/main.ts', 'replicas: 3', 'replcas: 3');
  await said.run(/unknown field 'replcas'/);
  repository.write('charts/team/web.yaml', 'kind: ReleaseIntnt\napiVersion: tidegate.dev/v1alpha1\n');
  await said.run(/there is no kind 'ReleaseIntnt'/);
});

it('synth --watch does not run for what it writes itself, wherever that is', async () => {
  const repository = await recorded();
  const said = watching(repository, '--out', './build/manifests');
  await said.run(/web .* unchanged/);
  repository.edit('charts/main.ts', /1{64}/, '2'.repeat(64));
  repository.write('build/manifests/last.txt', 'what changed last is what is told');
  expect(await said.run(/web .* release started/)).toContain('charts/main.ts changed\n');
});
