import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RULES } from '../../policies/index.ts';

const golden = fileURLToPath(new URL('../golden/web/flight', import.meta.url));
const SEEDS = [
  ...RULES.flatMap(({ examples }) => examples.map(({ yaml }) => yaml)),
  ...readdirSync(golden)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(golden, name), 'utf8')),
];
const PIECES = [
  ': ',
  '- ',
  '\n',
  '  ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '&a ',
  '*a',
  '<<: *a\n',
  '---\n',
  '\t',
  '#',
  '!!',
  '0',
  '\r',
  '~',
  'null',
];

/** Numbers from a seed, the same on every machine: mulberry32. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
}

/** A manifest with a few mistakes, the same for the same seed. */
export function mutated(seed: number): string {
  const random = numbers(seed);
  const below = (most: number) => Math.floor(random.next().value * most);
  let text = SEEDS[below(SEEDS.length)] ?? '';
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(text.length);
    const length = below(30);
    const piece = below(3) === 0 ? text.slice(at, at + length) : (PIECES[below(PIECES.length)] ?? '');
    const other = below(text.length);
    text = text.slice(0, other) + piece + text.slice(below(2) === 0 ? other : other + length);
  }
  return text;
}
