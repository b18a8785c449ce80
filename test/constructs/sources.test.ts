import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Project } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import { chart, Repository } from '../cli/repository.ts';
import { EXAMPLES } from '../proof/copy.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every line that caused a manifest, with what it caused; `?` where no line is known. */
async function sourcesOf(directory: string, initial: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const { sources } = await synthesize('charts/main.ts', new Project({ directory, initial }));
  const caused: Record<string, string[]> = {};
  for (const { source, path } of sources) {
    const place = source ? `${source.file}:${source.line}:${source.column}` : '?';
    caused[place] = [...(caused[place] ?? []), path];
  }
  return caused;
}

/** Where a text begins in a file, as `file:line:column`. */
function placeOf(directory: string, file: string, text: string): string {
  const before = readFileSync(join(directory, file), 'utf8').split(text)[0] ?? '';
  const lines = before.split('\n');
  return `${file}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** Gives a repository a `node_modules` of its own: links to all that is installed, a copy of Tidegate, and what is given. */
function withPackages(repository: Repository, files: Readonly<Record<string, string>>): void {
  const folder = join(repository.directory, 'node_modules');
  rmSync(folder);
  mkdirSync(folder);
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(folder, name));
  for (const part of ['package.json', 'build']) cpSync(join(ROOT, part), join(folder, 'tidegate', part), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    repository.write(`node_modules/${path}`, text);
    repository.write(`node_modules/${dirname(path)}/package.json`, JSON.stringify({ type: 'module', main: basename(path) }));
  }
}

describe('a manifest of charts/', () => {
  it('knows the line of the release that caused it', async () => {
    const repository = new Repository({
      'tidegate.yaml': 'targets: { production: {} }\n',
      ...Object.fromEntries(['main', ...EXAMPLES].map((name) => [`charts/${name}.ts`, readFileSync(`${ROOT}charts/${name}.ts`, 'utf8')])),
    });
    const { directory } = repository;
    const caused = await sourcesOf(directory, EXAMPLES);
    const places = EXAMPLES.map((release) => placeOf(directory, `charts/${release}.ts`, 'new Release('));
    expect(Object.keys(caused).sort()).toEqual([...places].sort());
    for (const [index, release] of EXAMPLES.entries())
      expect(caused[places[index] ?? '']?.every((path) => path.split('/')[2] === release)).toBe(true);
    expect(caused[places[0] ?? '']).toHaveLength(11);
  });
});

describe('the line that caused a manifest', () => {
  const HELPER = `import type { Chart } from 'cdk8s';
import { Release, type ReleaseIntent } from 'tidegate';

export function service(chart: Chart, name: string, intent: ReleaseIntent): Release {
  return new Release(chart, name, intent);
}
`;
  const PACKAGE = `import { Release } from 'tidegate';
export const service = (chart, name, intent) => new Release(chart, name, intent);
`;
  const WITH_HELPER = chart()
    .replace('new Release(', 'service(')
    .replace('app.synth', "new ApiObject(chart, 'own', { apiVersion: 'v1', kind: 'ConfigMap' });\n$&")
    .replace('App,', 'ApiObject, App,');

  it('is the innermost in the repository: in a function of another file, the call that the author can mend', async () => {
    const { directory } = new Repository({
      'charts/main.ts': `import { service } from './service.ts';\n${WITH_HELPER}`,
      'charts/service.ts': HELPER,
    });
    const caused = await sourcesOf(directory, ['web']);
    const release = placeOf(directory, 'charts/service.ts', 'new Release(');
    const own = placeOf(directory, 'charts/main.ts', 'new ApiObject(');
    expect(Object.keys(caused).sort()).toEqual([own, release].sort());
    expect(caused[own]).toEqual([expect.stringMatching(/^production\/shop\/web\/configmap-web-own-\w+\.yaml$/)]);
  });

  it('is the line that calls the package, where a package wraps the release, even with a Tidegate of its own', async () => {
    const repository = new Repository({ 'charts/main.ts': `import { service } from '@team/service';\n${WITH_HELPER}` });
    withPackages(repository, { '@team/service/index.js': PACKAGE });
    const { code, err: said } = await repository.tidegate('record', 'web', '--initial');
    expect(code, said).toBe(0);
    expect(Object.keys(repository.files('dist')).filter((path) => path.includes('/virtualservice-'))).toEqual([
      'dist/production/shop/web/virtualservice-web.yaml',
    ]);
    repository.edit('charts/main.ts', 'replicas: 3', 'replicas: -3');
    const { err } = await repository.tidegate('synth');
    expect(err).toContain(
      `${placeOf(repository.directory, 'charts/main.ts', 'service(chart').replace(':', '\n  ')}  web.replicas: found -3`,
    );
  });

  it('is in the error messages of the CLI', async () => {
    const repository = new Repository({
      'charts/main.ts': `import { service } from './service.ts';\n${WITH_HELPER}`,
      'charts/service.ts': HELPER,
    });
    repository.edit('charts/main.ts', 'replicas: 3', 'replicas: -3');
    repository.edit('charts/main.ts', "kind: 'ConfigMap' }", "kind: 'ConfigMap', dta: {} }");
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    const main = placeOf(repository.directory, 'charts/main.ts', 'new ApiObject(').replace('charts/main.ts:', '');
    expect(err).toContain(`charts/main.ts\n  ${main}  `);
    expect(err).toContain('charts/service.ts\n  5:10  web.replicas: found -3');
  });

  it('is the same with the source maps of Node switched on', async () => {
    const repository = new Repository({ 'charts/main.ts': chart() });
    repository.edit('charts/main.ts', 'replicas: 3', 'replicas: -3');
    const { err } = await repository.run(process.execPath, ['--enable-source-maps', join(ROOT, 'build/cli.js'), 'synth']);
    expect(err).toContain('charts/main.ts\n  8:1  web.replicas: found -3');
  });

  it('is written into no file', async () => {
    const repository = new Repository({
      'charts/main.ts': `import { service } from './service.ts';\n${WITH_HELPER}`,
      'charts/service.ts': HELPER,
    });
    expect(await repository.tidegate('record', 'web', '--initial')).toMatchObject({ code: 0 });
    repository.edit('charts/main.ts', /1{64}/, '2'.repeat(64));
    expect(await repository.tidegate('synth')).toMatchObject({ code: 0 });
    const output = repository.output();
    expect(Object.keys(output).length).toBeGreaterThan(20);
    for (const text of Object.values(output)) {
      expect(text).not.toMatch(/charts\/\w|node_modules/);
      expect(text).not.toContain(repository.directory);
    }
  });
});
