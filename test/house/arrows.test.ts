import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Imports planted in a house of empty files, and the rule that must catch each. */
const wrong = [
  ['lib/intent/a.ts', '../plan/plan.ts', 'arrows-of-intent'],
  ['lib/plan/a.ts', '../constructs/release.ts', 'arrows-of-lock-plan-gates'],
  ['lib/routers/a.ts', '../runner/main.ts', 'arrows-of-engines-routers'],
  ['lib/policy/a.ts', '../cli/main.ts', 'arrows-of-gitops-policy-sim-constructs-runner-notify'],
  ['lib/schema/a.ts', '../intent/release.ts', 'arrows-of-schema'],
  ['lib/schema/b.ts', '../output/yaml.ts', 'arrows-of-schema'],
  ['lib/output/a.ts', '../intent/duration.ts', 'arrows-of-output'],
  ['lib/runner/a.ts', '../routers/router.ts', 'runner-is-small'],
  ['lib/runner/b.ts', 'yaml', 'runner-packages'],
  ['lib/runner/c.ts', '../notify/main.ts', 'runner-is-small'],
  ['lib/notify/a.ts', 'yaml', 'notify-packages'],
  ['lib/plan/b.ts', 'yaml', 'plan-packages'],
  ['lib/plan/c.ts', 'node:fs', 'plan-is-pure'],
  ['lib/gates/c.ts', 'node:process', 'gates-is-pure'],
  ['lib/lock/c.ts', 'node:path', 'lock-is-pure'],
  ['lib/lock/d.ts', 'ajv', 'lock-packages'],
  ['lib/constructs/a.ts', '../index.ts', 'index-is-for-users'],
  ['lib/constructs/b.ts', '../../test/fixture.ts', 'not-from-tests'],
  ['lib/constructs/c.ts', '../../charts/web.ts', 'lib-knows-no-users'],
  ['lib/constructs/d.ts', '../attic/old.ts', 'known-room'],
  ['lib/constructs/e.ts', './missing.ts', 'resolvable'],
  ['templates/a.ts', '../lib/plan/plan.ts', 'templates-write-intent'],
  ['policies/a.ts', '../lib/plan/plan.ts', 'rules-know-objects-only'],
  ['lib/policy/b.ts', '../../policies/index.ts', 'rules-are-registered'],
  ['charts/a.ts', '../lib/constructs/release.ts', 'charts-use-the-front-door'],
  ['charts/b.ts', '../templates/gates.ts', 'charts-use-the-front-door'],
] as const;

const right = [
  ['lib/plan/ok.ts', 'node:crypto'],
  ['lib/plan/ok2.ts', '../intent/release.ts'],
  ['lib/lock/ok.ts', 'yaml'],
  ['lib/runner/ok.ts', 'node:https'],
  ['lib/runner/ok2.ts', '../plan/plan.ts'],
  ['lib/notify/ok.ts', '../runner/main.ts'],
  ['lib/cli/ok.ts', '../runner/main.ts'],
  ['lib/constructs/ok.ts', '../schema/kube.ts'],
  ['lib/output/ok.ts', '../schema/kube.ts'],
  ['lib/intent/ok.test.ts', '../constructs/release.ts'],
  ['templates/ok.ts', '../lib/intent/release.ts'],
  ['charts/ok.ts', 'tidegate'],
  ['charts/ok2.ts', 'tidegate/templates'],
] as const;

const empty = [
  'lib/index.ts',
  'policies/index.ts',
  'lib/cli/main.ts',
  'lib/constructs/release.ts',
  'lib/runner/main.ts',
  'lib/notify/main.ts',
  'lib/routers/router.ts',
  'lib/plan/plan.ts',
  'lib/intent/release.ts',
  'lib/intent/duration.ts',
  'lib/output/yaml.ts',
  'lib/schema/kube.ts',
  'lib/attic/old.ts',
  'templates/index.ts',
  'templates/gates.ts',
  'charts/web.ts',
  'test/fixture.ts',
  'node_modules/yaml/index.js',
  'node_modules/ajv/index.js',
];

/** Files written out in full: cycles, and an import of a value where only a type is allowed. */
const written = {
  'lib/policy/one.ts': "import './two.ts';",
  'lib/policy/two.ts': "import './one.ts';",
  'lib/sim/x.ts': "import '../gitops/x.ts';",
  'lib/gitops/x.ts': 'export {};',
  'lib/gitops/y.ts': "import '../sim/y.ts';",
  'lib/sim/y.ts': 'export {};',
  'lib/intent/duration.ts': 'export type Duration = number; export const second = 1;',
  'lib/runner/value.ts': "import { second } from '../intent/duration.ts'; export const s = second;",
  'lib/runner/type.ts': "import type { Duration } from '../intent/duration.ts'; export type D = Duration;",
};

describe('the arrows between the rooms', () => {
  let house: string;
  let caught: ReadonlySet<string>;

  beforeAll(() => {
    house = mkdtempSync(join(tmpdir(), 'tidegate-house-'));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(house, file)), { recursive: true });
      writeFileSync(join(house, file), text);
    };
    for (const name of ['tsconfig.json', '.dependency-cruiser.cjs']) cpSync(join(root, name), join(house, name));
    write('package.json', JSON.stringify({ type: 'module', dependencies: { yaml: '*', ajv: '*' } }));
    for (const file of empty) write(file, 'export {};');
    for (const [file, target] of [...wrong, ...right]) write(file, `import '${target}';`);
    for (const [file, text] of Object.entries(written)) write(file, text);
    caught = violations(house);
  });
  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it.each(wrong)('%s may not import %s', (file, _target, rule) => {
    expect(caught).toContain(`${file}: ${rule}`);
  });

  it.each(right)('%s may import %s', (file) => {
    expect([...caught].filter((line) => line.startsWith(`${file}:`))).toEqual([]);
  });

  it('the runner takes types from intent, but no values', () => {
    expect(caught).toContain('lib/runner/value.ts: runner-takes-types');
    expect(caught).not.toContain('lib/runner/type.ts: runner-takes-types');
  });

  it('two files may not import each other', () => {
    expect(caught).toContain('lib/policy/one.ts: no-cycles');
  });

  it('two rooms of one level may not import each other', () => {
    expect(caught).toContain('lib/sim: no-room-cycles');
  });
});

/** Every violation under a folder as `file: rule`, by the command that `npm test` runs. */
function violations(folder: string): ReadonlySet<string> {
  const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [
    depcruise,
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'lib',
    'charts',
    'policies',
    'templates',
    'test',
  ];
  const run = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (run.stdout === '') throw new Error(run.stderr);
  const report: { summary: { violations: { from: string; rule: { name: string } }[] } } = JSON.parse(run.stdout);
  return new Set(report.summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`));
}
