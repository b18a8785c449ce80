import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { unifiedDiff } from '../../lib/gitops/diff-lines.ts';
import { type Direction, thresholdDirection } from '../../lib/gitops/diff-threshold.ts';
import { differences } from '../../lib/gitops/diff-tree.ts';

describe('a threshold', () => {
  it.each<[string, string, Direction]>([
    ['result[0] < 0.01', 'result[0] < 0.05', 'looser'],
    ['result[0] < 0.05', 'result[0] < 0.01', 'tighter'],
    ['result[0] <= 1', 'result[0] <= 1.5', 'looser'],
    ['result[0] >= 0.99', 'result[0] >= 0.9', 'looser'],
    ['0.99 <= result[0]', '0.9 <= result[0]', 'looser'],
    ['len(result) > 0 && !isNaN(result[0]) && result[0] < 1', 'len(result) > 0 && !isNaN(result[0]) && result[0] < 2', 'looser'],
    ['result[0] > 1 && result[0] < 5', 'result[0] > 2 && result[0] < 9', 'looser'],
    ['all(result, # < 1)', 'all(result, # < 2)', 'looser'],
    ['result[0] < 1', 'result[1] < 1', 'unclear'],
    ['result[0] < 1', 'result[0] <= 1', 'unclear'],
    ['!(result[0] > 1)', '!(result[0] > 2)', 'unclear'],
    ['none(result, # > 1)', 'none(result, # > 2)', 'unclear'],
    ['default(result, 0) < 1', 'default(result, 1) < 1', 'unclear'],
    ['result[0] == 1', 'result[0] == 2', 'unclear'],
    ['result[0] - 5 < 1', 'result[0] - 6 < 1', 'unclear'],
    ['result[0] < 1', 'result[0] < 1 ?', 'unclear'],
    ["'a", "'b", 'unclear'],
  ])('%s -> %s is %s', (before, after, expected) => {
    expect(thresholdDirection(before, after, 'success')).toBe(expected);
    const opposite = { looser: 'tighter', tighter: 'looser', unclear: 'unclear' } as const;
    // Two numbers that part ways let something fail no more and something pass no more.
    if (!before.includes('< 5')) expect(thresholdDirection(before, after, 'failure')).toBe(opposite[expected]);
  });
});

describe('differences of data', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['null and nothing are the same', { a: null }, {}, []],
    ['by key', { a: 1, b: 2 }, { a: 1, b: 3 }, [{ path: ['b'], before: 2, after: 3 }]],
    [
      'lists of named things by name, wherever they stand',
      [{ name: 'a', x: 1 }, { name: 'b' }],
      [{ name: 'new' }, { name: 'b' }, { name: 'a', x: 2 }],
      [
        { path: ['new'], before: undefined, after: { name: 'new' } },
        { path: ['a', 'x'], before: 1, after: 2 },
      ],
    ],
    [
      'their order alone',
      [{ name: 'a' }, { name: 'b' }],
      [{ name: 'b' }, { name: 'a' }],
      [{ path: [], before: ['a', 'b'], after: ['b', 'a'] }],
    ],
    ['others of one length by position', [{ x: 1 }, { x: 2 }], [{ x: 1 }, { x: 3 }], [{ path: ['1', 'x'], before: 2, after: 3 }]],
    ['others as a whole', [{ x: 1 }], [{ x: 1 }, { x: 2 }], [{ path: [], before: [{ x: 1 }], after: [{ x: 1 }, { x: 2 }] }]],
    ['of another kind as a whole', { a: { b: 1 } }, { a: 'c' }, [{ path: ['a'], before: { b: 1 }, after: 'c' }]],
    ['with keys that every object has', { constructor: 1 }, {}, [{ path: ['constructor'], before: 1, after: undefined }]],
  ])('%s', (_, before, after, expected) => {
    expect(differences(before, after)).toEqual(expected);
  });
});

describe('a unified diff', () => {
  it.each<[string, string | null, string | null, string]>([
    ['of equal texts is empty', 'a\n', 'a\n', ''],
    ['of a changed line', 'a\nb\nc\n', 'a\nB\nc\n', '--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n'],
    ['of a new file', null, 'a\n', '--- /dev/null\n+++ b/f\n@@ -0,0 +1,1 @@\n+a\n'],
    ['of a file that goes', 'a\n', null, '--- a/f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n'],
    ['of a line break at the end', 'a\n', 'a', '--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n'],
    ['of an inserted line', 'a\nb\n', 'a\nx\nb\n', '--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n a\n+x\n b\n'],
  ])('%s', (_, before, after, expected) => {
    expect(unifiedDiff('f', before, after)).toBe(expected);
  });

  it('is what `git apply` makes the new text of, whatever the texts', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const text = fc
      .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '', '- d', '@@'), { maxLength: 40 }), fc.boolean())
      .map(([lines, open]) => lines.map((line) => `${line}\n`).join('') + (open ? 'end' : ''));
    const pairs = fc
      .sample(fc.tuple(text, text), { numRuns: 150, seed: 7 })
      .filter(([before, after]) => before !== '' && after !== '' && before !== after);
    for (const [index, [before]] of pairs.entries()) writeFileSync(join(directory, `f${index}`), before);
    const patch = pairs.map(([before, after], index) => unifiedDiff(`f${index}`, before, after)).join('');
    execFileSync('git', ['apply', '--unsafe-paths', '--whitespace=nowarn', '-'], { cwd: directory, input: patch });
    expect(pairs.map((_, index) => readFileSync(join(directory, `f${index}`), 'utf8'))).toEqual(pairs.map(([, after]) => after));
  });

  it('of texts that have nothing in common ends soon, and is whole', () => {
    const lines = (mark: string) => Array.from({ length: 3_000 }, (_, index) => `${mark}${index}\n`).join('');
    const diff = unifiedDiff('f', lines('a'), lines('b'));
    expect([diff.match(/^-a/gm)?.length, diff.match(/^\+b/gm)?.length]).toEqual([3_000, 3_000]);
  });
});
