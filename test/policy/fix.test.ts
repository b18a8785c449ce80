import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixedFiles } from '../../lib/policy/fix.ts';
import { lint } from '../../lib/policy/lint.ts';
import { fixDiff } from '../../lib/policy/report/diff.ts';
import { RULES } from '../../policies/index.ts';
import { Repository } from '../cli/repository.ts';

const fixed = (text: string) => fixedFiles(lint({ texts: [{ name: 'a.yaml', text }], unreadable: [] }, { rules: RULES }));

const pod = (container: string, more = '') => `apiVersion: v1
kind: Pod
metadata: {name: p}
${more}spec:
  containers:
    - name: a
${container.replaceAll(/^(?=.)/gm, '      ')}`;

describe('what can be mended mechanically', () => {
  it.each([
    ['a misspelt field', 'imagePulPolicy: Always\n', 'imagePullPolicy: Always\n'],
    ['a misspelt field in quotes', '"imagePulPolicy": Always # why\n', '"imagePullPolicy": Always # why\n'],
    ['a misspelt field in a flow mapping', 'env: [{nme: X, value: z}]\n', 'env: [{name: X, value: z}]\n'],
    ['a number that must be a text', 'env:\n  - {name: X, value: 1.50}\n', 'env:\n  - {name: X, value: "1.50"}\n'],
    ['a truth value that must be a text', 'env:\n  - name: X\n    value: true # on\n', 'env:\n  - name: X\n    value: "true" # on\n'],
    [
      'several in one file',
      'imagePulPolicy: Always\nenv: [{name: X, value: 1}]\n',
      'imagePullPolicy: Always\nenv: [{name: X, value: "1"}]\n',
    ],
  ])('%s', (_, from, to) => {
    expect(fixed(pod(from)).map(({ after }) => after)).toEqual([pod(to)]);
  });

  it('keeps line ends, a byte order mark and other documents as they are', () => {
    const text = `\uFEFF# one\r\n${pod('imagePulPolicy: Always\n').replaceAll('\n', '\r\n')}---\r\nkind: [\r\n`;
    expect(fixed(text)[0]?.after).toBe(text.replace('imagePulPolicy', 'imagePullPolicy'));
  });

  it('sets a number that a rule limits to the nearest one that it allows', () => {
    const text = (limit: number) => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {revisionHistoryLimit: ${limit}}\n`;
    expect([0, 50].map((limit) => fixed(text(limit))[0]?.after)).toEqual([text(2), text(10)]);
  });

  it.each([
    ['a value that an alias shares with another place', pod('env:\n  - {name: X, value: *one}\n', 'x-one: &one 1\n')],
    ['a field whose right name is there too', pod('imagePulPolicy: Always\nimagePullPolicy: Never\n')],
    ['a field that is like no other', pod('zzz: 1\n')],
    ['a list where a text belongs', pod('image: [a]\n')],
  ])('leaves alone %s', (_, text) => {
    expect(fixed(text)).toEqual([]);
  });

  it('leaves alone what is waived', () => {
    const result = lint({ texts: [{ name: 'a.yaml', text: pod('imagePulPolicy: Always\n') }], unreadable: [] }, { rules: RULES });
    const waiver = { reason: 'r', owner: 'o', expires: '2026-01-01' };
    expect(fixedFiles({ ...result, findings: result.findings.map((finding) => ({ ...finding, waiver })) })).toEqual([]);
  });

  it('is gone once it is mended, and nothing else is found', () => {
    const findings = (text: string) => lint({ texts: [{ name: 'a.yaml', text }], unreadable: [] }, { rules: RULES }).findings;
    const before = pod('imagePulPolicy: Always\nenv: [{name: X, value: 1}]\n');
    const after = fixed(before)[0]?.after ?? '';
    const left = findings(before).filter(({ fix }) => fix === null);
    expect(findings(after).map(({ fingerprint }) => fingerprint)).toEqual(left.map(({ fingerprint }) => fingerprint));
  });
});

describe('the diff', () => {
  it.each([
    ['in the middle', `${pod('imagePulPolicy: Always\n')}${'# more\n'.repeat(20)}`],
    ['at the end, without a line break', pod('imagePulPolicy: Always')],
    [
      'in places far apart and side by side',
      `${pod('imagePulPolicy: Always\nenv: [{name: X, value: 1}]\n')}${'# more\n'.repeat(20)}---\n${pod('stdn: true\n')}`,
    ],
    ['with CRLF', pod('imagePulPolicy: Always\n').replaceAll('\n', '\r\n')],
  ])('is what git applies, %s', (_, text) => {
    const { directory } = new Repository({ 'a.yaml': text });
    const files = fixed(text);
    writeFileSync(join(directory, 'fix.diff'), fixDiff(files));
    execFileSync('git', ['apply', '--whitespace=nowarn', 'fix.diff'], { cwd: directory });
    expect(execFileSync('cat', ['a.yaml'], { cwd: directory, encoding: 'utf8' })).toBe(files[0]?.after);
  });
});

describe('tidegate lint --fix', () => {
  const WRONG = pod('imagePulPolicy: Always\n');

  it('prints the diff and changes nothing; with --write it changes the file and keeps its mode', async () => {
    const repository = new Repository({ 'a/b.yaml': WRONG, 'a/good.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' });
    const shown = await repository.tidegate('lint', 'a', '--fix');
    expect(shown).toMatchObject({ code: 1, out: expect.stringMatching(/^--- a\/a\/b\.yaml\n\+\+\+ b\/a\/b\.yaml\n@@ -4,4 \+4,4 @@\n/) });
    expect(repository.read('a/b.yaml')).toBe(WRONG);
    expect(await repository.tidegate('lint', 'a', '--fix', '--write')).toEqual({ code: 0, out: '', err: 'a/b.yaml: 1 mended\n' });
    expect(repository.read('a/b.yaml')).toBe(WRONG.replace('PulP', 'PullP'));
    expect(await repository.tidegate('lint', 'a', '--fix')).toMatchObject({ code: 0, out: '' });
    expect(Object.keys(repository.files('a')).sort()).toEqual(['a/b.yaml', 'a/good.yaml']);
  });

  it.each([
    [['--fix'], /--fix mends files that people wrote; name them/],
    [['a.yaml', '--write'], /--write belongs to --fix/],
    [['a.yaml', '--fix', '--format', 'json'], /--fix prints a diff and no report/],
    [['-', '--fix', '--write'], /cannot write to standard input/],
  ])('%j is refused with a hint', async (args, message) => {
    const { code, err } = await new Repository({ 'a.yaml': WRONG }).tidegate('lint', ...args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
