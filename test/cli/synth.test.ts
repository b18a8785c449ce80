import { describe, expect, it } from 'vitest';
import { beginning, CLI, chart, DIGEST, Repository, succeeds } from './repository.ts';

/** A repository with one release at rest, its first entry recorded. */
const recorded = beginning({ 'charts/main.ts': chart() }, succeeds('record', 'web', '--initial'));

const kinds = (files: Readonly<Record<string, string>>) =>
  Object.keys(files)
    .filter((path) => path.startsWith('dist/') && path.endsWith('.yaml'))
    .map((path) => path.replace(/^.*\//, '').replace(/[0-9a-f]{8}/g, 'HASH'))
    .sort();

describe('a release without a lock', () => {
  it('is refused, and the error names the command that makes the first entry', async () => {
    const repository = new Repository({ 'charts/main.ts': chart() });
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toContain('charts/main.ts\n  8:1  ');
    expect(err).toContain('tidegate record web --initial');
    expect(repository.output()).toEqual({});
  });
});

describe('a second target', () => {
  it('needs a first entry of its own, and the error names the command for it', async () => {
    const repository = await recorded();
    repository.write('tidegate.yaml', 'targets: {production: {}, staging: {approvals: waived}}\n');
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toContain('Run `tidegate record web --initial --target staging`');
    expect(err).toContain('commit lock/staging/shop/web.yaml');
    expect(await repository.tidegate('record', 'web', '--initial', '--target', 'staging')).toMatchObject({ code: 0 });
    const both = await repository.tidegate('synth');
    expect(both.out).toMatch(/web +staging .* waived /);
    expect(both.err).toContain('tidegate plan web --target production');
  });
});

describe('the life of a release', () => {
  it('rests, flies, is abandoned, and says each time what changed', async () => {
    const repository = await recorded();
    const rest = repository.output();
    expect(kinds(rest)).toEqual([
      'configmap-web-runner-HASH.yaml',
      'deployment-web-HASH.yaml',
      'networkpolicy-web.yaml',
      'poddisruptionbudget-web-HASH.yaml',
      'service-web-HASH.yaml',
      'service-web-canary.yaml',
      'service-web-stable.yaml',
      'service-web.yaml',
      'virtualservice-web.yaml',
    ]);

    const again = await repository.tidegate('synth');
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toContain('unchanged');
    expect(repository.output()).toEqual(rest);

    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    const started = await repository.tidegate('synth');
    expect(started.code).toBe(0);
    expect(started.out).toMatch(/release started: web-[0-9a-f]{8} -> web-[0-9a-f]{8}/);
    const flight = repository.output();
    expect(kinds(flight)).toEqual([
      'analysistemplate-web-error-ratio.yaml',
      'configmap-web-plan-HASH.yaml',
      'configmap-web-runner-HASH.yaml',
      'deployment-web-HASH.yaml',
      'deployment-web-HASH.yaml',
      'deployment-web-runner.yaml',
      'job-web-smoke-HASH-1.yaml',
      'networkpolicy-web-runner.yaml',
      'networkpolicy-web.yaml',
      'poddisruptionbudget-web-HASH.yaml',
      'poddisruptionbudget-web-HASH.yaml',
      'role-web-runner.yaml',
      'rolebinding-web-runner.yaml',
      'service-web-HASH.yaml',
      'service-web-HASH.yaml',
      'service-web-canary.yaml',
      'service-web-stable.yaml',
      'service-web.yaml',
      'serviceaccount-web-runner.yaml',
      'virtualservice-web.yaml',
    ]);
    for (const [path, text] of Object.entries(rest))
      if (/deployment-web-[0-9a-f]{8}|\/service-web(-[0-9a-f]{8}|-stable)?\.yaml/.test(path)) expect(flight[path]).toBe(text);

    await repository.tidegate('synth');
    expect(repository.output()).toEqual(flight);

    repository.edit('charts/main.ts', DIGEST('2'), DIGEST('1'));
    const abandoned = await repository.tidegate('synth');
    expect(abandoned.out).toMatch(/abandoned: web-[0-9a-f]{8} retires/);
    const back = repository.output();
    expect(kinds(back).filter((name) => name === 'deployment-web-HASH.yaml')).toHaveLength(2);
    expect(kinds(back).join()).not.toMatch(/runner\.yaml|plan|job/);
    for (const [path, text] of Object.entries(rest)) if (path.startsWith('dist/') && path.endsWith('.yaml')) expect(back[path]).toBe(text);
  });

  it('is told by --check, which writes nothing', async () => {
    const repository = await recorded();
    expect(await repository.tidegate('synth', '--check')).toMatchObject({ code: 0 });
    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    const before = repository.output();
    const { code, out } = await repository.tidegate('synth', '--check');
    expect(code).toBe(1);
    expect(out).toContain('dist/production/shop/web/virtualservice-web.yaml');
    expect(out).toContain('lock/production/shop/web.yaml');
    expect(repository.output()).toEqual(before);
  });

  it('gives a record of the run in JSON', async () => {
    const repository = await recorded();
    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    const { out } = await repository.tidegate('synth', '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      releases: [
        { release: 'web', target: 'production', strategy: 'canary', engine: 'native', router: 'istio', approvals: 1, inFlight: true },
      ],
    });
  });
});

describe('byte-identical output', () => {
  it('does not depend on the order of keys, the working directory, the locale or the time zone', async () => {
    const repository = await recorded();
    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    await repository.tidegate('synth');
    const expected = repository.output();
    const reordered = new Repository({ 'charts/main.ts': repository.read('charts/main.ts'), ...lockOf(expected) });
    reordered.edit('charts/main.ts', '  replicas: 3,\n', '');
    reordered.edit('charts/main.ts', 'traffic:', 'replicas: 3,\n  traffic:');
    for (const env of [{ LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }, { TZ: 'Pacific/Kiritimati' }, { CDK8S_DISABLE_SORT: '1' }]) {
      const { code } = await reordered.run(process.execPath, [CLI, 'synth'], env);
      expect(code).toBe(0);
      expect(reordered.output()).toEqual(expected);
    }
  });
});

const lockOf = (output: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(output).filter(([path]) => path.startsWith('lock/')));

describe("files that are not Tidegate's", () => {
  it('stay where they are, and one in the way is an error', async () => {
    const repository = await recorded();
    repository.write('dist/production/shop/web/README.md', 'ours');
    repository.write('dist/production/shop/web/mine.yaml', 'a: 1\n');
    repository.edit('charts/main.ts', DIGEST('1'), DIGEST('2'));
    expect(await repository.tidegate('synth')).toMatchObject({ code: 0 });
    expect(repository.read('dist/production/shop/web/README.md')).toBe('ours');
    expect(repository.read('dist/production/shop/web/mine.yaml')).toBe('a: 1\n');
  });
});
