import type { FixedFile } from '../fix.ts';

const CONTEXT = 3;

/** What mending would change, as `git apply` takes it. No fix adds or removes a line. */
export function fixDiff(files: readonly FixedFile[]): string {
  return files.map(({ file, before, after }) => `--- a/${file}\n+++ b/${file}\n${hunks(before.split('\n'), after.split('\n'))}`).join('');
}

function hunks(before: readonly string[], after: readonly string[]): string {
  const changed = before.flatMap((line, index) => (line === after[index] ? [] : [index]));
  // What follows the last line break is a line only where it holds something.
  const count = before.at(-1) === '' ? before.length - 1 : before.length;
  const groups: number[][] = [];
  for (const index of changed) {
    const group = groups.at(-1);
    if (group && index - (group.at(-1) ?? index) <= 2 * CONTEXT) group.push(index);
    else groups.push([index]);
  }
  return groups.map((group) => hunk(before, after, group, count)).join('');
}

function hunk(before: readonly string[], after: readonly string[], changed: readonly number[], count: number): string {
  const start = Math.max(0, (changed[0] ?? 0) - CONTEXT);
  const end = Math.min(count, (changed.at(-1) ?? 0) + CONTEXT + 1);
  const line = (sign: string, text: string | undefined, index: number) =>
    `${sign}${text ?? ''}\n${index === before.length - 1 ? '\\ No newline at end of file\n' : ''}`;
  const lines: string[] = [];
  for (let index = start; index < end; ) {
    const run = runFrom(changed, index);
    if (run === 0) {
      lines.push(line(' ', before[index], index));
      index++;
      continue;
    }
    for (let at = index; at < index + run; at++) lines.push(line('-', before[at], at));
    for (let at = index; at < index + run; at++) lines.push(line('+', after[at], at));
    index += run;
  }
  const range = `${start + 1},${end - start}`;
  return `@@ -${range} +${range} @@\n${lines.join('')}`;
}

/** How many lines from here on are changed without one between them that is not. */
function runFrom(changed: readonly number[], index: number): number {
  let length = 0;
  while (changed.includes(index + length)) length++;
  return length;
}
