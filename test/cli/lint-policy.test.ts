import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ownRules } from '../../lib/cli/own-rules.ts';
import { ProblemError } from '../../lib/schema/index.ts';
import { chart, Repository } from './repository.ts';

const pod = (name: string, image = 'nginx') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop}\nspec: {containers: [{name: a, image: ${image}}]}\n`;

interface Report {
  readonly findings: readonly { readonly rule: string; readonly file: string; readonly severity: string; readonly message: string }[];
  readonly summary: { readonly known: number; readonly waived: number; readonly errors: number };
}

async function images(repository: Repository, ...args: readonly string[]) {
  const { code, out, err } = await repository.tidegate('lint', '--format', 'json', '--fail-on', 'warning', ...args);
  if (code === 2) throw new Error(err);
  const { findings, summary }: Report = JSON.parse(out);
  return { code, summary, files: findings.filter(({ rule }) => rule === 'image-digest').map(({ file }) => file) };
}

function git(repository: Repository, ...args: readonly string[]): void {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, ...args], { cwd: repository.directory, stdio: 'ignore' });
}

function commit(repository: Repository): void {
  git(repository, 'add', '-A', '--', ':!node_modules');
  git(repository, 'commit', '-m', 'x');
}

describe('tidegate lint --baseline', () => {
  it('leaves out what the former report lists, wherever lines went, and fails for what is new', async () => {
    const repository = new Repository({ 'a.yaml': pod('a') });
    await repository.tidegate('lint', 'a.yaml', '--format', 'json=before.json');
    repository.write('a.yaml', `# more\n\n${pod('a')}`);
    const same = await images(repository, 'a.yaml', '--baseline', 'before.json');
    expect([same.code, same.files]).toEqual([0, []]);
    expect(same.summary.known).toBeGreaterThan(0);
    repository.write('a.yaml', `${pod('a')}---\n${pod('b')}`);
    expect(await images(repository, 'a.yaml', '--baseline', 'before.json')).toMatchObject({ code: 1, files: ['a.yaml'] });
  });

  it.each([
    ['absent.json', /there is no such file; `tidegate lint --format json=absent\.json` makes one/],
    ['a.yaml', /is no report of `tidegate lint --format json`/],
  ])('%s is refused with a hint', async (file, message) => {
    const { code, err } = await new Repository({ 'a.yaml': pod('a') }).tidegate('lint', 'a.yaml', '--baseline', file);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('tidegate lint --base', () => {
  it('leaves out what was there where the branch began, in the working directory and above it', async () => {
    const repository = new Repository({ 'deploy/a.yaml': pod('a'), 'deploy/deep/b.yaml': pod('b'), 'deploy/c.yaml': pod('c') });
    git(repository, 'init');
    commit(repository);
    git(repository, 'checkout', '-b', 'feature');
    repository.write('deploy/a.yaml', pod('a', 'nginx:1.29'));
    repository.write('deploy/new/c.yaml', pod('d'));
    expect(await images(repository, 'deploy', '--base', 'main')).toMatchObject({ files: ['deploy/a.yaml', 'deploy/new/c.yaml'] });
    commit(repository);
    // What others have mended on main since then is not this change's.
    git(repository, 'checkout', 'main');
    repository.write('deploy/deep/b.yaml', pod('b', `nginx@sha256:${'1'.repeat(64)}`));
    commit(repository);
    git(repository, 'checkout', 'feature');
    expect(await images(repository, './deploy/', '--base', 'main')).toMatchObject({
      code: 1,
      files: ['deploy/a.yaml', 'deploy/new/c.yaml'],
    });
    const { code, out } = await repository.tidegate('lint', '--cwd', 'deploy/new', '../a.yaml', '.', '--base', 'main', '--format', 'json');
    expect([code, JSON.parse(out).findings.map(({ file }: { file: string }) => file)]).toEqual([
      0,
      expect.arrayContaining(['../a.yaml', 'c.yaml']),
    ]);
  });

  it('takes a finding that moves with its file for the same one, and its copy for another', async () => {
    const repository = new Repository({ 'overlays/staging/a.yaml': pod('a') });
    git(repository, 'init');
    commit(repository);
    git(repository, 'mv', 'overlays/staging', 'overlays/test');
    expect(await images(repository, 'overlays', '--base', 'HEAD')).toMatchObject({ code: 0, files: [] });
    repository.write('overlays/production/a.yaml', pod('a'));
    repository.write('overlays/staging/a.yaml', pod('a'));
    expect(await images(repository, 'overlays/production', 'overlays/staging', '--base', 'HEAD')).toMatchObject({
      files: ['overlays/production/a.yaml'],
    });
  });

  it("knows a finding of the project's own output again in the next revision", async () => {
    const beside =
      "new ApiObject(chart, 'pod', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'NAME' }, spec: { containers: [{ name: 'p', image: 'nginx' }] } });";
    const withPods = (digest: string, ...names: readonly string[]) =>
      chart({ digest, before: names.map((name) => beside.replaceAll('NAME', name).replace("'pod'", `'${name}'`)).join('\n') }).replace(
        'App, Chart',
        'ApiObject, App, Chart',
      );
    const repository = new Repository({ 'charts/main.ts': withPods('1', 'p') });
    expect((await repository.tidegate('record', 'web', '--initial')).code).toBe(0);
    git(repository, 'init');
    commit(repository);
    repository.write('charts/main.ts', withPods('2', 'p', 'q'));
    expect((await repository.tidegate('synth')).code).toBe(0);
    const { files } = await images(repository, '--base', 'HEAD');
    expect(files).toEqual(['dist/production/shop/web/pod-q.yaml']);
    const { out } = await repository.tidegate('lint', '--base', 'HEAD', '--format', 'json');
    const revision = JSON.parse(out).findings.filter(({ file }: { file: string }) => /deployment-web-/.test(file));
    expect(revision).toEqual([]);
  });

  it.each([
    [['a.yaml', '--base', 'HEAD'], /git is not installed, or this is no working tree of a repository/],
    [['-', '--base', 'main'], /--base cannot tell what standard input was before/],
    [['a.yaml', '--now', 'today'], /--now today is no day; write one such as 2026-04-01/],
  ])('%j is refused with a hint', async (args, message) => {
    const { code, err } = await new Repository({ 'a.yaml': pod('a') }).tidegate('lint', ...args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('tidegate lint beside tidegate.yaml, tidegate.waivers.yaml and policies/', () => {
  it('weighs, waives and asks the rules of the repository, by the day that is handed in', async () => {
    const repository = new Repository({
      'a.yaml': `${pod('a')}---\n${pod('b')}`,
      'tidegate.yaml': 'policy:\n  severity: {image-digest: error}\n',
      'tidegate.waivers.yaml': 'waivers:\n  - {rule: image-digest, object: Pod/shop/a, reason: vendor, owner: team, expires: 2026-02-01}\n',
      'policies/short-name.ts': RULE,
    });
    const report = async (...args: readonly string[]): Promise<Report> => {
      const { out, err } = await repository.tidegate('lint', 'a.yaml', '--format', 'json', ...args);
      expect(err).toBe('');
      return JSON.parse(out);
    };
    const { findings, summary } = await report('--now', '2026-01-15');
    const brief = findings.filter(({ rule }) => ['image-digest', 'short-name', 'waiver-valid'].includes(rule));
    expect(brief.map(({ rule, severity, message }) => `${severity} ${rule} ${message.slice(0, 20)}`)).toEqual([
      'warning short-name Pod shop/a: has a na',
      'error image-digest Pod shop/a: containe',
      'warning short-name Pod shop/b: has a na',
      'error image-digest Pod shop/b: containe',
    ]);
    expect(summary).toMatchObject({ waived: 1, errors: 1 });
    const late = await report('--now', '2026-02-02');
    expect([late.summary.errors, late.findings.filter(({ rule }) => rule === 'waiver-valid').length]).toEqual([3, 1]);
  });

  it('names the line of tidegate.yaml that names no rule', async () => {
    const repository = new Repository({ 'a.yaml': pod('a'), 'tidegate.yaml': 'policy:\n  severity:\n    spraed: info\n' });
    const { code, err } = await repository.tidegate('lint', 'a.yaml');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^tidegate\.yaml\n {2}3:\d+ {2}policy\.severity\.spraed: .*did you mean 'spread'\?/),
    ]);
  });

  it('finds what is committed and is not what the charts give', async () => {
    const repository = new Repository({ 'charts/main.ts': chart() });
    expect((await repository.tidegate('record', 'web', '--initial')).code).toBe(0);
    repository.edit('dist/production/shop/web/virtualservice-web.yaml', 'weight: 100', 'weight: 99');
    const { code, out } = await repository.tidegate('lint', '--format', 'json');
    const stale = (JSON.parse(out) as Report).findings.filter(({ rule }) => rule === 'manifests-current');
    expect([code, stale]).toEqual([
      1,
      [
        expect.objectContaining({
          file: 'dist/production/shop/web/virtualservice-web.yaml',
          message: 'dist/production/shop/web/virtualservice-web.yaml differs from what the charts give.',
          source: { file: 'charts/main.ts', line: 8, column: 1 },
        }),
      ],
    ]);
  });
});

const RULE = `import type { Rule } from 'tidegate';

const LEAST: number = 3;
export const shortName: Rule = {
  id: 'short-name',
  holds: 'names can be found in logs',
  severity: 'warning',
  universal: true,
  kinds: ['Pod'],
  why: 'One letter is found everywhere.',
  fix: 'Write a word.',
  examples: [],
  *check({ id }) {
    if (id.name.length < LEAST) yield { path: ['metadata', 'name'], message: \`has a name of \${id.name.length} letters.\` };
  },
};
`;

describe('rules of the repository', () => {
  const loaded = (files: Readonly<Record<string, string>>) => ownRules(new Repository(files).directory, ['spread']);
  const problems = async (files: Readonly<Record<string, string>>) => {
    try {
      await loaded(files);
    } catch (error) {
      if (error instanceof ProblemError) return error.problems.map(({ at, message }) => `${at?.file}:${at?.line} ${message}`);
      throw error;
    }
    return [];
  };

  it('are all that the files of policies/ export; tests, types and folders below are not loaded', async () => {
    const rules = await loaded({
      'policies/a.ts':
        `import { LEAST } from './shared/least.ts';\n${RULE.replace('= 3', '= LEAST').replace('const LEAST: number', 'const MOST: number')}`.replace(
          '< LEAST',
          '< MOST',
        ),
      'policies/shared/least.ts': 'export const LEAST = 3;\n',
      'policies/a.test.ts': 'throw new Error("a test");\n',
      'policies/types.d.ts': 'export type A = 1;\n',
      'policies/notes.md': '',
    });
    expect(rules.map(({ id }) => id)).toEqual(['short-name']);
    expect(await loaded({})).toEqual([]);
  });

  it.each([
    ['const x = 1;\nexport default x;\n', 'policies/a.ts:1 it exports no rule.'],
    [RULE.replace("'short-name'", "'spread'"), "policies/a.ts:1 there is a rule 'spread' already."],
    [RULE.replace("'short-name'", "'Short Name'"), 'policies/a.ts:1 its id is "Short Name", expected words such as \'team-label\'.'],
    [
      RULE.replace("'warning'", "'fatal' as never"),
      'policies/a.ts:1 rule \'short-name\' has the severity "fatal", expected one of error, warning, info.',
    ],
    [RULE.replace("['Pod']", "'Pod' as never"), "policies/a.ts:1 rule 'short-name' has no list 'kinds', such as ['apps/Deployment']."],
    [RULE.replace('  why:', '  // why:'), "policies/a.ts:1 rule 'short-name' has no text 'why'."],
    ['\nexport const = 1;\n', expect.stringMatching(/^policies\/a\.ts:2 a rule does not compile: /)],
  ])('one of which is no rule is refused with its file (%#)', async (text, expected) => {
    expect(await problems({ 'policies/a.ts': text })).toEqual([expected]);
  });

  it.each([
    [
      'while it is loaded',
      '\nthrow new Error("oh");\n',
      /^policies\/a\.ts\n {2}2:\d+ {2}a rule of policies\/ threw while it was loaded: oh/,
    ],
    [
      'at an object',
      RULE.replace('if (id', "throw new Error('oh');\n    if (id"),
      /^policies\/a\.ts\n {2}14:\d+ {2}rule 'short-name' threw at Pod a: oh/,
    ],
  ])('that throw %s are named with their line', async (_, text, message) => {
    const repository = new Repository({ 'a.yaml': pod('a'), 'tidegate.yaml': '', 'policies/a.ts': text });
    const { code, err } = await repository.tidegate('lint', 'a.yaml');
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
