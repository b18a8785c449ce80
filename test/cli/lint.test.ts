import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXPLAINED, fieldsAt } from '../../lib/cli/explained.ts';
import type { StepKind } from '../../lib/plan/plan.ts';
import { CLI, chart, Repository } from './repository.ts';

/** By their types, so that a new kind is missed here. */
const STEP_KINDS: Readonly<Record<StepKind, true>> = {
  ...{ scale: true, smoke: true, setWeight: true, setHeaderRoute: true, setMirrorRoute: true, pause: true },
  ...{ analysis: true, approval: true, switch: true, bake: true },
};

const configMap = (name: string, more = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;
const WRONG = configMap('wrong', 'dada: {}\n');

interface Report {
  readonly findings: readonly {
    rule: string;
    severity: string;
    message: string;
    file: string;
    line: number;
    column: number;
    source: unknown;
  }[];
  readonly summary: { readonly objects: number; readonly unchecked: unknown };
}

async function report(
  repository: Repository,
  ...args: readonly string[]
): Promise<Report & { readonly code: number; readonly err: string }> {
  const { code, out, err } = await repository.tidegate('lint', '--format', 'json', ...args);
  return { ...JSON.parse(out), code, err };
}

const brief = ({ findings }: Report) => findings.map(({ rule, file, line, column }) => `${rule} ${file}:${line}:${column}`);

describe('tidegate lint PATH', () => {
  it('reads files and folders, each file once, and names them as they were given', async () => {
    const repository = new Repository({
      'a/one.yaml': WRONG,
      'a/deep/two.yml': WRONG.replace('wrong', 'two'),
      'a/notes.txt': 'x: [',
      'b.json': '{',
    });
    const { code, summary, ...rest } = await report(repository, 'a', 'a/one.yaml', 'b.json');
    expect(brief({ summary, ...rest })).toEqual(['schema a/deep/two.yml:5:1', 'schema a/one.yaml:5:1', 'yaml b.json:1:2']);
    expect([code, summary.objects]).toEqual([1, 2]);
  });

  it('says of each file that cannot be read why, and lints the others', async () => {
    const repository = new Repository({ 'a/ok.yaml': WRONG, 'a/latin.yaml': '' });
    writeFileSync(join(repository.directory, 'a/binary.yaml'), Buffer.from([0, 1, 2, 255, 254]));
    writeFileSync(join(repository.directory, 'a/latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    writeFileSync(join(repository.directory, 'a/utf16.yaml'), Buffer.from(`\uFEFF${configMap('wide')}`, 'utf16le'));
    symlinkSync('nowhere', join(repository.directory, 'a/dangling.yaml'));
    const { findings, summary } = await report(repository, 'a', 'absent.yaml');
    expect(findings.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      'a/binary.yaml: the file was not linted: it is not text in UTF-8.',
      'a/dangling.yaml: the file was not linted: there is no such file.',
      'a/latin.yaml: the file was not linted: it is not text in UTF-8.',
      expect.stringMatching(/^a\/ok\.yaml: ConfigMap wrong: \/dada: unknown field 'dada', did you mean 'data'\?$/),
      'absent.yaml: the file was not linted: there is no such file.',
    ]);
    expect(summary.objects).toBe(2);
  });

  it.skipIf(process.getuid?.() === 0)('says of a file and of a folder that it may not read them', async () => {
    const repository = new Repository({ 'a/secret.yaml': WRONG, 'a/closed/x.yaml': WRONG });
    chmodSync(join(repository.directory, 'a/secret.yaml'), 0);
    chmodSync(join(repository.directory, 'a/closed'), 0);
    const { findings } = await report(repository, 'a');
    chmodSync(join(repository.directory, 'a/closed'), 0o755);
    expect(findings.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      'a/closed: the file was not linted: it may not be read.',
      'a/secret.yaml: the file was not linted: it may not be read.',
    ]);
  });

  it('comes back from folders that contain themselves', async () => {
    const repository = new Repository({ 'a/b/ok.yaml': WRONG });
    symlinkSync('..', join(repository.directory, 'a/b/up'));
    mkdirSync(join(repository.directory, 'a/c'));
    symlinkSync('../b', join(repository.directory, 'a/c/b'));
    expect(brief(await report(repository, 'a'))).toEqual(['schema a/b/ok.yaml:5:1', 'schema a/c/b/ok.yaml:5:1']);
  });

  it('names templates of a chart and leaves them alone', async () => {
    const repository = new Repository({
      'chart/Chart.yaml': 'apiVersion: v2\nname: web\n',
      'chart/values.yaml': 'replicas: 1\n',
      'chart/templates/web.yaml': 'kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n',
      'chart/templates/plain.yaml': WRONG,
    });
    const { findings, code } = await report(repository, 'chart');
    expect(findings.map(({ rule, severity, file, line }) => [rule, severity, file, line])).toEqual([
      ['schema', 'error', 'chart/templates/plain.yaml', 5],
      ['yaml', 'warning', 'chart/templates/web.yaml', 3],
    ]);
    expect(code).toBe(1);
  });

  it('leaves patches of a kustomization alone, and says so', async () => {
    const repository = new Repository({
      'kustomization.yaml': 'resources: [a.yaml]\npatches:\n  - path: patch.yaml\n',
      'a.yaml': configMap('a'),
      'patch.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n',
    });
    const { findings, err } = await report(repository, '.');
    expect(findings).toEqual([]);
    expect(err).toContain('not linted: 1 patch of kustomizations');
  });

  it('takes folders with the same objects for sets of their own', async () => {
    const files = { 'overlays/staging/a.yaml': configMap('a'), 'overlays/production/a.yaml': configMap('a') };
    expect(brief(await report(new Repository(files), 'overlays'))).toEqual([]);
    const twice = new Repository({ ...files, 'overlays/staging/b.yaml': configMap('a') });
    expect(brief(await report(twice, 'overlays'))).toEqual(['unique-objects overlays/staging/b.yaml:4:9']);
  });

  it('counts kinds that it has no schema for', async () => {
    const repository = new Repository({ 'a.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n' });
    const { summary, err, code } = await report(repository, 'a.yaml');
    expect(summary.unchecked).toEqual([{ apiVersion: 'example.com/v1', kind: 'Thing', count: 1 }]);
    expect([err, code]).toEqual(['unchecked: 1 example.com/v1 Thing; no schema of this kind is known.\n', 0]);
  });

  it('reads standard input', () => {
    const run = () =>
      execFileSync(process.execPath, [CLI, 'lint', '-'], { input: WRONG, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
    expect(run).toThrow(expect.objectContaining({ status: 1, stdout: expect.stringContaining('<stdin>\n  5:1  error  schema') }));
  });

  it('waits for what a pipe has yet to say', async () => {
    const child = spawn(process.execPath, [CLI, 'lint', '-', '--format', 'json'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stdin.write(configMap('a'));
    await new Promise((resolve) => setImmediate(resolve));
    child.stdin.end(`---\n${WRONG}`);
    await new Promise((resolve) => child.on('close', resolve));
    expect(JSON.parse(out).summary.objects).toBe(2);
  });
});

describe('what lint prints', () => {
  it('is grouped by file, with the line that is meant, and nothing that steers a terminal', async () => {
    const repository = new Repository({ 'a.yaml': WRONG, 'b.yaml': configMap('\u0007b') });
    const { out } = await repository.tidegate('lint', 'a.yaml', 'b.yaml');
    expect(out).toMatch(/^a\.yaml\n {2}5:1 {2}error {2}schema {2}ConfigMap wrong: .*\n {4}at \/dada\n {4}5 \| dada: \{\}\n {6}\| \^{4}\n/);
    expect(out).toMatch(/\n1 object: 2 errors\n$/);
    expect(out).not.toContain('\u0007');
  });

  it('goes to several places at once, and the exit code follows the threshold alone', async () => {
    const repository = new Repository({ 'a.yaml': `${configMap('a')}---\n${configMap('a')}` });
    const { code, out } = await repository.tidegate('lint', 'a.yaml', '--format', 'text', '--format', 'json=report.json');
    expect([code, out]).toEqual([0, expect.stringContaining('warning  unique-objects')]);
    expect(JSON.parse(repository.read('report.json')).summary).toMatchObject({ objects: 2, warnings: 1, waived: 0 });
    expect((await repository.tidegate('lint', 'a.yaml', '--fail-on', 'warning', '--format', 'json')).code).toBe(1);
  });

  it.each([
    [['a.yaml', '--format', 'html'], /--format html is not known here; it is one of text, json, sarif, junit, github, gitlab, markdown/],
    [['a.yaml', '--format', 'text', '--format', 'json'], /only one --format can go to standard output/],
    [['a.yaml', '--format', 'json='], /names no file/],
    [['a.yaml', '--format', 'json=no/such/folder.json'], /cannot be written/],
    [['a.yaml', '--fail-on', 'info'], /--fail-on info is not known; it is error or warning/],
    [['a.yaml', '--target', 'x'], /--target is for the project's own output/],
  ])('%j is refused with a hint', async (args, message) => {
    const { code, err } = await new Repository({ 'a.yaml': WRONG }).tidegate('lint', ...args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe("tidegate lint of the project's own output", () => {
  it('names the line of TypeScript beside the line of YAML, and both are right', async () => {
    const repository = new Repository({
      'charts/main.ts': chart({
        before:
          "new ApiObject(chart, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} });\nnew ApiObject(chart, 'pod', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'p', image: 'nginx' }] } });",
      }).replace('App, Chart', 'ApiObject, App, Chart'),
      'cdk8s.yaml': 'language: typescript\napp: npx tsx charts/main.ts\n',
    });
    expect((await repository.tidegate('record', 'web', '--initial')).code).toBe(0);
    const { findings, code } = await report(repository);
    const image = findings.find(({ rule, file }) => rule === 'image-digest' && file.includes('pod-p'));
    expect(image).toMatchObject({ severity: 'warning', source: { file: 'charts/main.ts', line: 8, column: 1 } });
    expect(
      repository
        .read(image?.file ?? '')
        .split('\n')
        [(image?.line ?? 0) - 1]?.slice((image?.column ?? 0) - 1),
    ).toBe('nginx');
    expect(code).toBe(0);
  });
});

describe('tidegate lint --format markdown', () => {
  it('tells of a release in flight its risk, its way, and what it needs at most', async () => {
    const repository = new Repository({ 'charts/main.ts': chart() });
    expect((await repository.tidegate('record', 'web', '--initial')).code).toBe(0);
    repository.write('charts/main.ts', chart({ digest: '2' }));
    expect((await repository.tidegate('synth')).code).toBe(0);
    const { out } = await repository.tidegate('lint', '--format', 'markdown', '--format', 'json=lint.json');
    expect(out).toContain('### web on production: risk normal');
    expect(out).toContain('Peak capacity, with both revisions whole: 6 pods, 0.6 cores, 0.75 GiB.');
    expect(out).toMatch(/```mermaid\nflowchart LR\n {2}n0\["0 %<br>smoke: api"\]\n {2}n1\["5 %<br>/);
    expect(out).toContain('### Release plan: web');
    expect(JSON.parse(repository.read('lint.json')).version).toBe(1);
  });
});

describe('tidegate explain', () => {
  it('tells what a rule wants, why, and shows both examples', async () => {
    const { code, out } = await new Repository({}).tidegate('explain', 'image-digest');
    expect(code).toBe(0);
    for (const part of ['Error on a release; warning at most on other workloads.', 'Why: ', 'Fix: ', 'Fails: ', 'Passes: '])
      expect(out).toContain(part);
  });

  it('tells what every kind of step does', async () => {
    expect(EXPLAINED.steps.map(({ name }) => name)).toEqual(Object.keys(STEP_KINDS));
    for (const { name, text } of EXPLAINED.steps) expect(text, name).not.toBe('');
    const { out } = await new Repository({}).tidegate('explain', 'approval');
    expect(out).toMatch(/^Step approval: Waits until so many people have agreed[\s\S]*\n {2}count: number\n/);
  });

  it.each([
    ['traffic.retries', ['Traffic.retries']],
    ['traffic.retries.attempts', ['Retries.attempts']],
    ['Retries.attempts', ['Retries.attempts']],
    ['attempts', ['Retries.attempts']],
    ['probes.readiness.http.path', ['HttpProbe.path']],
    ['strategy.weights', ['Canary.weights']],
    ['image', ['ReleaseIntent.image']],
    ['traffic.nothing', []],
    ['Traffic', []],
  ])('finds the field %s of an intent', (path, expected) => {
    expect(fieldsAt(path).map(({ of, field }) => `${of}.${field.name}`)).toEqual(expected);
  });

  it('suggests the rule that was meant', async () => {
    const { code, err } = await new Repository({}).tidegate('explain', 'image-digst');
    expect([code, err]).toEqual([
      2,
      "tidegate: there is no rule, step or field 'image-digst'; did you mean 'image-digest'? `tidegate explain --help` tells where they are listed\n",
    ]);
  });
});
