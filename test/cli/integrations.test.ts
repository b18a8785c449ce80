import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { lint } from 'tidegate/policy';
import { describe, expect, it } from 'vitest';
import { CLI, chart, type Outcome, Repository } from './repository.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const yaml = <T>(path: string): T => load(readFileSync(join(ROOT, path), 'utf8')) as T;

const pod = (name: string, image = 'nginx') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {tidegate.dev/release: web}}\nspec: {containers: [{name: a, image: ${image}}]}\n`;

/** `npx` and `gh` as a host has them: the one runs what is built, the other answers as GitHub would and keeps what it was asked. */
const NPX = `#!/bin/sh\n[ "$1" = --no-install ] && shift\nshift\nexec node ${CLI} "$@"\n`;
const GH = `#!/bin/sh\necho "$@" >> gh.log\ncase "$*" in\n*--jq*) cat comment.id 2>/dev/null || true ;;\nesac\n`;

/** A repository with two commits: the first has a pod, the second another one. */
function twoCommits(): { readonly repository: Repository; readonly base: string } {
  const repository = new Repository({ 'deploy/a.yaml': pod('a'), 'bin/npx': NPX, 'bin/gh': GH, '.gitignore': 'node_modules\nbin\ntmp\n' });
  for (const tool of ['npx', 'gh']) chmodSync(join(repository.directory, 'bin', tool), 0o755);
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', ...args], {
      cwd: repository.directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  git('init');
  git('add', '.');
  git('commit', '-m', 'one');
  const base = git('rev-parse', 'HEAD');
  repository.write('deploy/b.yaml', pod('b'));
  git('add', '.');
  git('commit', '-m', 'two');
  return { repository, base };
}

const onHost = (
  repository: Repository,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> => repository.run(program, args, { PATH: `${repository.directory}/bin:${process.env.PATH}`, ...env });

describe('action.yml', () => {
  interface Action {
    readonly inputs: Readonly<Record<string, { readonly default: string }>>;
    readonly outputs: Readonly<Record<string, { readonly value: string }>>;
    readonly runs: {
      readonly steps: readonly [{ readonly id: string; readonly env: Readonly<Record<string, string>>; readonly run: string }];
    };
  }
  const action = yaml<Action>('action.yml');
  const [step] = action.runs.steps;

  /** Runs the step with its environment as GitHub would fill it in. */
  async function run(repository: Repository, base: string, given: Readonly<Record<string, string>>) {
    const github: Readonly<Record<string, string>> = {
      'github.event.pull_request.base.sha': base,
      'github.event.pull_request.number': '7',
      'github.token': 'secret',
      'github.action_path': ROOT,
    };
    const filled = (text: string): string =>
      text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) =>
        name.startsWith('inputs.')
          ? filled(given[name.slice('inputs.'.length)] ?? action.inputs[name.slice('inputs.'.length)]?.default ?? expect.fail(name))
          : (github[name] ?? expect.fail(name)),
      );
    const outcome = await onHost(repository, 'bash', ['-c', step.run], {
      ...Object.fromEntries(Object.entries(step.env).map(([name, value]) => [name, filled(value)])),
      ...{ RUNNER_TEMP: join(repository.directory, 'tmp'), GITHUB_REPOSITORY: 'shop/web' },
      ...{ GITHUB_OUTPUT: join(repository.directory, 'output'), GITHUB_STEP_SUMMARY: join(repository.directory, 'summary') },
    });
    return outcome;
  }

  it('annotates what a pull request adds, writes summary and outputs, and fails as lint does', async () => {
    const { repository, base } = twoCommits();
    const { code, out, err } = await run(repository, base, { paths: 'deploy' });
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatch(/^::error file=deploy\/b\.yaml,line=4,col=\d+,/);
    expect(out).not.toContain('a.yaml');
    const outputs = Object.fromEntries(
      repository
        .read('output')
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    expect(Object.keys(outputs)).toEqual(Object.keys(action.outputs));
    for (const [name, { value }] of Object.entries(action.outputs)) expect(value).toBe(`\${{ steps.${step.id}.outputs.${name} }}`);
    expect(Number(outputs.errors)).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(outputs.sarif ?? '', 'utf8')).version).toBe('2.1.0');
    expect(repository.read('summary')).toContain('### Errors');
    expect(() => repository.read('gh.log')).toThrow();
  });

  it('keeps one comment up to date', async () => {
    const { repository, base } = twoCommits();
    expect((await run(repository, base, { paths: 'deploy', comment: 'true' })).code).toBe(1);
    expect(repository.read('gh.log')).toMatch(/--method POST repos\/shop\/web\/issues\/7\/comments --field body=@\S+comment\.md/);
    expect(repository.read('tmp/tidegate/comment.md')).toMatch(/^<!-- tidegate lint -->\n## :x: Tidegate/);
    repository.write('comment.id', '42\n43\n');
    expect((await run(repository, base, { paths: 'deploy', comment: 'true' })).code).toBe(1);
    expect(repository.read('gh.log')).toMatch(/--method PATCH repos\/shop\/web\/issues\/comments\/42 --field/);
  });

  it('says why it cannot lint, and ends so', async () => {
    const { repository, base } = twoCommits();
    const { code, err } = await run(repository, base, { paths: 'deploy', 'fail-on': 'never' });
    expect([code, err]).toEqual([2, expect.stringContaining('--fail-on never is not known')]);
  });
});

describe('the template for GitLab', () => {
  interface Template {
    readonly tidegate: { readonly script: readonly string[]; readonly artifacts: { readonly reports: Readonly<Record<string, string>> } };
  }

  it('makes the reports that it names, and fails for what a merge request adds', async () => {
    const { repository, base } = twoCommits();
    const { script, artifacts } = yaml<Template>('integrations/gitlab/tidegate.gitlab-ci.yml').tidegate;
    const run = (env: Readonly<Record<string, string>>) =>
      onHost(repository, 'bash', ['-ec', script.join('\n')], { TIDEGATE_PATHS: 'deploy', ...env });
    const { code, out } = await run({ CI_MERGE_REQUEST_DIFF_BASE_SHA: base });
    expect([code, out]).toEqual([1, expect.stringContaining('deploy/b.yaml')]);
    expect(out).not.toContain('deploy/a.yaml');
    const { codequality = '', junit = '' } = artifacts.reports;
    const paths = JSON.parse(repository.read(codequality)).map(({ location }: { location: { path: string } }) => location.path);
    expect(new Set(paths)).toEqual(new Set(['deploy/a.yaml', 'deploy/b.yaml']));
    expect(repository.read(junit)).toContain('<testsuite name="deploy/b.yaml"');
    expect((await run({ CI_MERGE_REQUEST_DIFF_BASE_SHA: 'HEAD' })).code).toBe(0);
  });
});

describe('.pre-commit-hooks.yaml', () => {
  const hooks = yaml<readonly { readonly id: string; readonly entry: string }[]>('.pre-commit-hooks.yaml');
  const entry = (id: string) => (hooks.find((hook) => hook.id === id)?.entry ?? '').replace(/^tidegate/, 'npx tidegate');

  it('has hooks that refuse a bad manifest and stale output', async () => {
    const { repository } = twoCommits();
    const lintOf = (file: string) => onHost(repository, 'bash', ['-c', `${entry('tidegate-lint')} ${file}`], {});
    expect((await lintOf('deploy/b.yaml')).code).toBe(1);
    repository.write('deploy/good.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
    expect((await lintOf('deploy/good.yaml')).code).toBe(0);
    repository.write('charts/main.ts', chart());
    expect((await repository.tidegate('record', 'web', '--initial')).code).toBe(0);
    const synth = () => onHost(repository, 'bash', ['-c', entry('tidegate-synth')], {});
    expect((await synth()).code).toBe(0);
    repository.edit('charts/main.ts', '1.0.0', '1.0.1');
    expect((await synth()).code).toBe(1);
  });
});

describe('lint of tidegate/policy', () => {
  it('is the command as a function: with the configuration and waivers of a folder', async () => {
    const { directory } = new Repository({
      'tidegate.yaml': 'policy: {severity: {image-digest: warning}}\n',
      'tidegate.waivers.yaml': 'waivers:\n  - {rule: pod-security, object: Pod/shop/a, reason: r, owner: o, expires: 2026-01-31}\n',
    });
    const texts = [{ name: 'a.yaml', text: pod('a') }];
    const of = ({ findings }: Awaited<ReturnType<typeof lint>>, id: string) => findings.filter(({ rule }) => rule === id);
    const waived = await lint(texts, { directory, today: '2026-01-15' });
    expect(of(waived, 'image-digest').map(({ severity }) => severity)).toEqual(['warning']);
    expect(of(waived, 'pod-security').every(({ waiver }) => waiver !== null)).toBe(true);
    const late = await lint(texts, { directory, today: '2026-02-01' });
    expect(of(late, 'waiver-valid')).toHaveLength(1);
    expect(of(await lint(texts, { directory: '/' }), 'image-digest').map(({ severity }) => severity)).toEqual(['error']);
  });
});

describe('TidegateValidation in cdk8s.yaml', () => {
  const config = (properties = '') =>
    `language: typescript\napp: node app.mjs\noutput: cdk8s.out\nvalidations:\n  - package: ${ROOT}build/policy.js\n    version: 0.1.0\n    class: TidegateValidation\n${properties}`;
  /** A cdk8s program that knows nothing of Tidegate. */
  const app = (kind: string, image: string) => `import { ApiObject, App, Chart } from 'cdk8s';
const app = new App();
const chart = new Chart(app, 'shop');
new ApiObject(chart, 'job', { apiVersion: 'batch/v1', kind: '${kind}', metadata: { name: 'j', namespace: 'shop', labels: { 'tidegate.dev/release': 'web' } },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'm', image: '${image}' }] } } } });
app.synth();
`;
  const cdk8s = (repository: Repository) =>
    repository.run(process.execPath, [
      'node_modules/cdk8s-cli/bin/cdk8s',
      '--check-upgrade=false',
      'synth',
      '--validation-reports-output-file',
      'report.json',
    ]);

  it('makes the real `cdk8s synth` fail for an error, with rule, remedy and line, and pass for what is waived', async () => {
    const repository = new Repository({ 'cdk8s.yaml': config(), 'app.mjs': app('Job', 'm:latest') });
    const failed = await cdk8s(repository);
    expect(failed.code, `${failed.out}${failed.err}`).toBe(2);
    const [report] = JSON.parse(repository.read('report.json')).reports;
    const violation = report.violations.find(({ ruleName }: { ruleName: string }) => ruleName === 'image-digest');
    expect(violation).toMatchObject({ fix: expect.stringContaining('@sha256'), recommendation: expect.stringContaining("'m:latest'") });
    expect(JSON.stringify(violation)).toMatch(/cdk8s\.out\/shop\.k8s\.yaml:\d+:\d+ \/spec\/template\/spec\/containers\/0\/image/);

    const rules = [...new Set(report.violations.map(({ ruleName }: { ruleName: string }) => ruleName))];
    const waivers = rules.map((rule) => `  - {rule: ${rule}, object: Job/shop/j, reason: r, owner: o, expires: 2020-01-01}\n`).join('');
    repository.write('tidegate.waivers.yaml', `waivers:\n${waivers}`);
    execFileSync('rm', [join(repository.directory, 'report.json')]);
    const passed = await cdk8s(repository);
    expect(passed.code, `${passed.out}${passed.err}`).toBe(0);
    expect(passed.out).toMatch(/tidegate: 1 object: .*waived/);
  });
});
