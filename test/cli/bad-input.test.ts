import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginning, chart, DIGEST, Repository, succeeds } from './repository.ts';

const CHARTS = 'charts/main.ts';
const recorded = beginning({ [CHARTS]: chart() }, succeeds('record', 'web', '--initial'));

describe('a chart that is wrong', () => {
  const RELEASE = "new Release(chart, 'web',";
  it.each([
    ['does not parse', 'const app = new App();', 'const app = new App(;', [/main\.ts\n {2}5:\d+ {2}the app does not compile/]],
    ['throws', 'app.synth();', "throw new Error('no luck');", [/main\.ts\n {2}\d+:\d+ {2}the app threw: no luck/]],
    ['never calls synth', 'app.synth();', '', ['no App was synthesized', 'app.synth()']],
    [
      'makes constructs without end',
      'app.synth();',
      "import { Construct } from 'constructs'; for (let i = 0; ; i++) new Construct(chart, `x${i}`);",
      ['a loop that does not end', /main\.ts\n {2}\d+:/],
    ],
    [
      'has an unknown key',
      'replicas: 3',
      'replcas: 3',
      ["web.replcas: unknown field 'replcas', did you mean 'replicas'?", /main\.ts\n {2}8:1/],
    ],
    ['has a wrong type', 'replicas: 3', "replicas: 'three' as never", ["web.replicas: found 'three'"]],
    ['has an image without digest', `@${DIGEST('1')}`, '', ['has no digest']],
    ['has a weight out of range', '[5, 50, 100]', '[5, 50, 150, 100] as never', ['150', /main\.ts\n {2}\d+:\d+/]],
    ['has a fractional weight', '[5, 50, 100]', '[2.5, 50, 100] as never', ['2.5']],
    ['has no steps', '[5, 50, 100]', '[] as never', ['strategy.weights']],
    ['has a name that is too long', `${RELEASE}`, `new Release(chart, '${'w'.repeat(41)}',`, ['at most 40 characters']],
    ['has a name that is no DNS label', `${RELEASE}`, "new Release(chart, 'Web_1',", ["'Web_1' must be lower-case letters"]],
    ['ends the process', 'app.synth();', 'process.exit(0);', ['the app threw: it calls process.exit(0)', /main\.ts\n {2}\d+:\d+/]],
    ['waits for ever', 'app.synth();', 'await new Promise(() => {}); app.synth();', ['it waits for something that never comes']],
    [
      'fails where nobody waits',
      'app.synth();',
      "setTimeout(() => { throw new Error('too late'); }, 5); await new Promise((done) => setTimeout(done, 500)); app.synth();",
      ['the app threw: too late'],
    ],
    ['is in a namespace that cannot be', "namespace: 'shop'", "namespace: 'Bad NS'", ["namespace 'Bad NS' must be lower-case"]],
    [
      'has more configuration than fits',
      'replicas: 3',
      "replicas: 3, config: { big: { mountPath: '/x', data: { a: 'x'.repeat(2e6) } } }",
      ['has 2000001 bytes'],
    ],
    [
      'has a gate that cannot be judged',
      'gates: [',
      "gates: [{ name: 'own', description: 'own', scope: 'candidate', provider: { prometheus: { address: 'http://prometheus:9090', query: 'up' } }, successCondition: 'result < 0.01' }, ",
      ["web.gates.own.successCondition: 'result < 0.01' cannot be judged", 'Prometheus answers with a list'],
    ],
    [
      'adds what a pod does not know',
      'replicas: 3',
      'replicas: 3, podTemplate: { spec: { hostAlises: [] } as never }',
      ["web.podTemplate.spec.hostAlises: unknown field 'hostAlises', did you mean 'hostAliases'?"],
    ],
    ['releases a StatefulSet', 'replicas: 3', "replicas: 3, workload: 'StatefulSet' as never", ['StatefulSet']],
    ['probes a port that is not there', "{ path: '/ready' }", "{ path: '/ready', port: 'admin' }", ['admin']],
    [
      'imports what is not there',
      "from 'cdk8s';",
      "from 'cdk8z';",
      [/^the app threw: Cannot find package 'cdk8z'\n/, 'Mend charts/main.ts and run again'],
    ],
  ] as const)('and %s is told with place and remedy, and nothing is written', async (_, from, to, said) => {
    const repository = await recorded();
    const before = repository.output();
    repository.edit(CHARTS, from, to);
    const { code, out, err } = await repository.tidegate('synth');
    expect(code, err).toBe(2);
    expect(out).toBe('');
    for (const words of said)
      expect(err).toMatch(words instanceof RegExp ? words : new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
    expect(err).not.toMatch(/\n\s+at .*\(|node:internal/);
    expect(repository.output()).toEqual(before);
  });

  it('reports the problems of several releases together', async () => {
    const second = chart({ name: 'shop' })
      .replace(/^import.*\n/gm, '')
      .replaceAll('app', 'app2')
      .replaceAll('chart', 'chart2');
    const repository = new Repository({ [CHARTS]: `${chart()}${second.replace('chart2.synth', 'app2.synth')}` });
    repository.edit(CHARTS, 'replicas: 3', 'replcas: 3');
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toContain('replcas');
    expect(err).toContain("release 'shop' has no lock");
    expect(err).toContain('2 problems; nothing was written.');
  });
});

describe('releases that collide', () => {
  const two = (first: string, second: string) =>
    new Repository({
      'charts/main.ts': `import './a.ts';\nimport './b.ts';\n`,
      'charts/a.ts': chart({ name: first }),
      'charts/b.ts': chart({ name: second }),
    });

  it('by name are named with both places', async () => {
    const repository = two('web', 'web');
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toContain("charts/b.ts\n  8:1  release 'web' is declared twice, first at charts/a.ts:8:1.");
  });

  it('by the name of an object are refused', async () => {
    const { err } = await two('web', 'web-stable').tidegate('record', 'web', '--initial');
    expect(err).toContain("release 'web-stable' takes the name of an object of release 'web'");
  });

  it('by host are refused', async () => {
    const repository = two('web', 'shop');
    repository.edit('charts/b.ts', 'shop.example.com', 'web.example.com');
    expect(await repository.tidegate('record', 'web', 'shop', '--initial')).toMatchObject({
      code: 2,
      err: expect.stringContaining("host 'web.example.com' on gateway ingress/public is served by release 'web' and by release 'shop'"),
    });
  });

  it('with another object of the chart are named with both places', async () => {
    const repository = new Repository({
      [CHARTS]: chart({
        before:
          "new ApiObject(chart, 'x', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 1 }] } });",
      }),
    });
    repository.edit(CHARTS, 'import { App,', 'import { ApiObject, App,');
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toContain("v1 Service shop/web is made twice for target 'production', first at charts/main.ts:7:1.");
  });
});

describe('a lock that is wrong', () => {
  const LOCK = 'lock/production/shop/web.yaml';

  it.each([
    ['truncated', (text: string) => text.slice(0, 300)],
    ['of another version', (text: string) => text.replace('version: 1', 'version: 7')],
    ['with an edited template', (text: string) => text.replace('containerPort: 8080', 'containerPort: 8081')],
  ])('and %s is told with the command that restores it', async (_, change) => {
    const repository = await recorded();
    repository.write(LOCK, change(repository.read(LOCK)));
    const before = repository.output();
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toContain(`git checkout HEAD -- ${LOCK}`);
    expect(repository.output()).toEqual(before);
  });

  it('and belongs to no release is not taken for permission to prune', async () => {
    const repository = await recorded();
    repository.edit(CHARTS, /new Release[\s\S]*\n}\);\n/, '');
    const before = repository.output();
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toContain(`${LOCK} is the lock of release 'web', which no chart declares.`);
    expect(repository.output()).toEqual(before);
  });

  it('and belongs to a target that is gone is not taken for permission to prune', async () => {
    const repository = await recorded();
    repository.write('tidegate.yaml', 'targets: {staging: {}}\n');
    const before = repository.output();
    const { code, err } = await repository.tidegate('synth');
    expect(code).toBe(2);
    expect(err).toContain(`${LOCK} is a lock of target 'production', which tidegate.yaml does not declare.`);
    expect(repository.output()).toEqual(before);
  });

  it('and is there already is not replaced by a first entry', async () => {
    const { code, err } = await (await recorded()).tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toContain("release 'web' has a lock already");
  });
});

describe('a place that cannot be written', () => {
  it('such as a dist that is a link out of the repository is refused, and the place it leads to stays empty', async () => {
    const repository = new Repository({ [CHARTS]: chart() });
    const outside = new Repository({});
    symlinkSync(outside.directory, join(repository.directory, 'dist'));
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toMatch(/dist.*symbolic link/);
    expect(repository.files('lock')).toEqual({});
    expect(Object.keys(outside.files('.'))).toEqual(['node_modules']);
  });

  it('such as a dist that is a file is told, and the lock is not written either', async () => {
    const repository = new Repository({ [CHARTS]: chart(), dist: 'not a folder' });
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toContain('dist');
    expect(repository.files('lock')).toEqual({});
    expect(repository.read('dist')).toBe('not a folder');
  });

  it.skipIf(process.getuid?.() === 0)('such as a dist that is read-only is told, and the lock is not written either', async () => {
    const repository = new Repository({ [CHARTS]: chart() });
    mkdirSync(join(repository.directory, 'dist'));
    chmodSync(join(repository.directory, 'dist'), 0o555);
    const { code, err } = await repository.tidegate('record', 'web', '--initial');
    expect(code).toBe(2);
    expect(err).toContain('dist');
    expect(repository.files('lock')).toEqual({});
  });
});

describe('what is typed wrong', () => {
  it.each([
    [['synht'], "there is no command 'synht'; did you mean 'synth'?"],
    [['synth', '--chekc'], 'there is no option --chekc; did you mean --check?'],
    [['synth', '--format', 'xml'], '--format xml is not known here; it is one of text, json'],
    [['synth', '--target', 'moon'], "there is no target 'moon'."],
    [['lint', '--target', 'producton'], "there is no target 'producton'; did you mean 'production'?"],
    [['synth', '--app', 'charts/none.ts'], "there is no app 'charts/none.ts'."],
    [['plan', 'wbe'], "there is no release 'wbe'; did you mean 'web'?"],
    [['plan'], 'plan takes one release'],
    [['record', 'web'], '--initial'],
    [['synth', '--cwd', 'nowhere'], '--cwd nowhere: there is no such folder'],
  ])('%j is told with what was meant', async (args, message) => {
    const repository = new Repository({ [CHARTS]: chart() });
    const { code, err } = await repository.tidegate(...args);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});
