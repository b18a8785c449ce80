// Two texts as a unified diff, as `diff -u` and `kubectl diff` print it.

const CONTEXT = 3;
/** Past so many changed lines the shortest script is not worth finding: the rest is shown as replaced. */
const MOST_EDITS = 1_500;

/**
 * Hunks with three lines of context and a heading of two lines; empty where the texts are equal.
 * @param before null: the file was not there
 * @param after null: it goes
 */
export function unifiedDiff(file: string, before: string | null, after: string | null): string {
  if (before === after) return '';
  const [one, other] = [linesOf(before), linesOf(after)];
  const heading = `--- ${before === null ? '/dev/null' : `a/${file}`}\n+++ ${after === null ? '/dev/null' : `b/${file}`}\n`;
  return heading + hunks(edits(one, other), before, after).join('');
}

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

function linesOf(text: string | null): readonly string[] {
  if (text === null || text === '') return [];
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function edits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const same = (lines: readonly string[]): Edit[] => lines.map((text) => ({ sign: ' ', text }));
  return [
    ...same(before.slice(0, start)),
    ...shortest(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
}

/** The shortest edit script, by Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986). */
function shortest(before: readonly string[], after: readonly string[]): readonly Edit[] {
  if (before.length === 0 || after.length === 0) return replaced(before, after);
  const trace: Map<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  const most = Math.min(before.length + after.length, MOST_EDITS);
  for (let distance = 0; distance <= most; distance++) {
    trace.push(furthest);
    const next = new Map(furthest);
    for (let diagonal = -distance; diagonal <= distance; diagonal += 2) {
      let x = isDown(furthest, diagonal, distance) ? (furthest.get(diagonal + 1) ?? 0) : (furthest.get(diagonal - 1) ?? 0) + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x++;
      next.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return script(before, after, trace);
    }
    furthest = next;
  }
  return replaced(before, after);
}

const replaced = (before: readonly string[], after: readonly string[]): readonly Edit[] => [
  ...before.map((text): Edit => ({ sign: '-', text })),
  ...after.map((text): Edit => ({ sign: '+', text })),
];

function isDown(furthest: ReadonlyMap<number, number>, diagonal: number, distance: number): boolean {
  if (diagonal === -distance) return true;
  return diagonal !== distance && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1);
}

/** Back along the furthest points, to the edits that led there. */
function script(before: readonly string[], after: readonly string[], trace: readonly ReadonlyMap<number, number>[]): readonly Edit[] {
  const found: Edit[] = [];
  let [x, y] = [before.length, after.length];
  for (let distance = trace.length - 1; distance >= 0; distance--) {
    const furthest = trace[distance] ?? new Map<number, number>();
    const diagonal = x - y;
    const from = isDown(furthest, diagonal, distance) ? diagonal + 1 : diagonal - 1;
    const [fromX, fromY] = [furthest.get(from) ?? 0, (furthest.get(from) ?? 0) - from];
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      found.push({ sign: ' ', text: before[--x] ?? '' });
      y--;
    }
    if (distance === 0) break;
    if (x === fromX) found.push({ sign: '+', text: after[--y] ?? '' });
    else found.push({ sign: '-', text: before[--x] ?? '' });
  }
  return found.reverse();
}

function hunks(all: readonly Edit[], before: string | null, after: string | null): readonly string[] {
  const changed = all.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]));
  const groups: [first: number, last: number][] = [];
  for (const index of changed) {
    const group = groups.at(-1);
    if (group && index - group[1] <= 2 * CONTEXT) group[1] = index;
    else groups.push([index, index]);
  }
  // Texts that differ in their last line break alone.
  if (groups.length === 0 && all.length > 0) groups.push([all.length - 1, all.length - 1]);
  return groups.map(([first, last]) => hunk(all, Math.max(0, first - CONTEXT), Math.min(all.length, last + CONTEXT + 1), before, after));
}

function hunk(all: readonly Edit[], start: number, end: number, before: string | null, after: string | null): string {
  const count = (edits: readonly Edit[], sign: Edit['sign']) => edits.filter((edit) => edit.sign !== sign).length;
  const [shown, above] = [all.slice(start, end), all.slice(0, start)];
  const range = (sign: Edit['sign']) => {
    const lines = count(shown, sign);
    return `${count(above, sign) + (lines === 0 ? 0 : 1)},${lines}`;
  };
  const [oldLines, newLines] = [linesOf(before).length, linesOf(after).length];
  let [oldLine, newLine] = [count(above, '+'), count(above, '-')];
  const body = shown.map(({ sign, text }) => {
    if (sign !== '+') oldLine++;
    if (sign !== '-') newLine++;
    const [endsOld, endsNew] = [
      sign !== '+' && oldLine === oldLines && isOpen(before),
      sign !== '-' && newLine === newLines && isOpen(after),
    ];
    if (sign === ' ' && endsOld !== endsNew) return `-${text}\n${endsOld ? OPEN : ''}+${text}\n${endsNew ? OPEN : ''}`;
    return `${sign}${text}\n${endsOld || endsNew ? OPEN : ''}`;
  });
  return `@@ -${range('+')} +${range('-')} @@\n${body.join('')}`;
}

const OPEN = '\\ No newline at end of file\n';
const isOpen = (text: string | null): boolean => text !== null && text !== '' && !text.endsWith('\n');
