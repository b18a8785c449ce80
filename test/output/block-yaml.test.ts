import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { constructFromEvents, parseEvents } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { readBlockYaml } from '../../lib/output/block-yaml.ts';
import { MarksWriter, marksOf } from '../../lib/policy/read/marks.ts';
import { KUBECTL_SCALARS } from '../../lib/policy/read/scalars.ts';
import { splitDocuments } from '../../lib/policy/read/split.ts';
import { mutated } from '../policy/mutated.ts';

interface Read {
  readonly documents: readonly unknown[];
  /** Where each part of them is written. */
  readonly places: string | null;
}

function read(text: string): Read | null {
  const marks = new MarksWriter();
  marks.document();
  const own = readBlockYaml(text, marks);
  marks.end();
  return own && { documents: [own.value], places: marks.text() };
}

function parsed(text: string): Read {
  const events = parseEvents(text, {});
  return { documents: constructFromEvents(events, { source: text, schema: KUBECTL_SCALARS }), places: marksOf(events) };
}

/** Whether the text was read; then as the parser reads it. */
function isRead(text: string): boolean {
  const own = read(text);
  if (own === null) return false;
  expect([text, own]).toEqual([text, parsed(text)]);
  // The order of keys counts as well.
  expect(JSON.stringify(own.documents)).toBe(JSON.stringify(parsed(text).documents));
  return true;
}

describe('what most YAML is made of is read, with the meaning and the places that a parser gives it', () => {
  it.each([
    ['maps in maps', 'a:\n  b:\n      c: 1\n  d: 2\ne: 3\n'],
    ['lists, indented or not', 'a:\n- 1\n- 2\nb:\n  - 3\n'],
    ['lists in lists and maps in lists', '- - a\n  - b\n- c: 1\n  d: 2\n-\n  e: 3\n'],
    ['nothing', 'a:\nb:\n  - \n  -\n'],
    ['comments and blank lines', '---\n# on top\n\na: b # here\n  # there\nc: # and\n# there\n  - d#e\n\n'],
    ['spaces before a colon and at the end', 'a : b  \n"c" :  d \n'],
    ['texts with signs', 'a: http://b:80/c?d#e\nf: --g=h, [i] {j} "k"\nl: -m\n'],
    ['quotes', `a: 'it''s'\nb: "c\\t\\"\\u00e9\\\\"\n"d: e": ''\n'f#': ""\n`],
    ['scalars that are no texts', 'a: [0644, 0x1f, 1_000, -1.5, .inf, ~, yes, Off]\nb: 1e3\nc: null\nd: 12:30\n'],
    ['flow maps and lists', 'a: {}\nb: []\nc: [ d, "e", [-f] , {h: \'i\', j: [k]}, ]\n'],
    ['literal blocks', 'a: |\n  b\n    c: d\n\n  # e\nf: |-\n    g\n\n\nh: |+\n  i\n\nj: |2\n    k\n'],
    ['literal blocks in lists', '- |\n  a\n- b: |\n    c\n'],
    ['letters of all alphabets', 'a: é\nb: 日本語 # 語\nc: |\n  ü 🚢\n'],
    ['tabs in texts', 'a: "b\tc"\nd: |\n  e\n  \tf\n'],
    ['a last line without an end', 'a:\n  b: c'],
  ])('%s', (_, text) => {
    expect(isRead(text)).toBe(true);
  });

  it('nearly every document that people and machines have written', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const texts = ['dist', 'test/golden', 'docs'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => readFileSync(join(root, folder, name), 'utf8')),
    );
    const documents = texts.flatMap((text) => splitDocuments(text).map((piece) => piece.text));
    expect(documents.filter(isRead).length / documents.length).toBeGreaterThan(0.98);
  });
});

describe('anything else is left to a parser', () => {
  it.each([
    ['what is no map and no list', '', '\n', '# a\n', 'a\n', '"a"\n', '|\n  a\n', '  a: 1\n'],
    ['several documents and directives', 'a: 1\n---\nb: 1\n', 'a: 1\n...\n', '%YAML 1.1\n---\na: 1\n', '--- a: 1\n', '... a: 1\n'],
    ['anchors, aliases, tags and merge keys', 'a: &b c\n', 'a: *b\n', 'a: !!str 1\n', '<<: {a: 1}\n', '? a\n: b\n'],
    ['keys that are no texts, or there already', 'on: 1\n', '1: a\n', '~: a\n', 'a: 1\na: 2\n', '__proto__: 1\n', 'constructor: 1\n'],
    ['texts over several lines', 'a: b\n  c\n', 'a:\n  "b\n  c"\n', 'a: >\n  b\n', 'a: [b,\n  c]\n', 'a: b\n # c\n  d\n'],
    ['escapes that JSON does not have', 'a: "\\x41"\n', 'a: "\\0"\n', 'a: "\\ "\n'],
    ['tabs beside texts', 'a:\tb\n', 'a: b\tc\n', '\ta: b\n', 'a: b\t\n', '"a":\tb\n'],
    ['line breaks but LF, and marks', 'a: 1\r\n', '\uFEFFa: 1\n', 'a: \u0085\n', 'a: \ud800\n', 'a: \0\n'],
    ['indentation that fits nothing', 'a:\n    b: 1\n  c: 1\n', 'a: 1\n  b: 1\n', 'a:\n  - b\n c: 1\n', 'a: |\n    b\n  c\n'],
    ['collections that begin too early', 'a: - b\n', 'a: b: c\n', 'a: "b": c\n'],
    [
      'what ends wrongly',
      'a: "b\n',
      "a: 'b\n",
      'a: "b" c\n',
      'a: "b"#c\n',
      'a: [b\n',
      'a: [b]c\n',
      'a: {b}\n',
      'a: [b: c]\n',
      'a: [b:c]\n',
      'a: |\n  b',
    ],
    ['blocks that begin strangely', 'a: |\nb: 1\n', 'a: |\n    \n  b\n', 'a: |x\n  b\n', 'a: | # b\n  c\n', 'a: |\n\tb\n'],
    ['more levels than any object has', `${Array.from({ length: 50 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')}`],
  ])('%s', (_, ...texts) => {
    expect(texts.filter((text) => read(text) !== null)).toEqual([]);
  });
});

describe('nothing is read differently from a parser', () => {
  it('of mutated manifests', () => {
    const documents = Array.from({ length: 1_500 }, (_, seed) => splitDocuments(mutated(seed))).flat();
    expect(documents.filter(({ text }) => isRead(text)).length).toBeGreaterThan(500);
  });

  it('of lines and words in any order', () => {
    const parts = [...LINES, ...LINES, ...LINES, ...WORDS, ...'ab-?:,[]{}#&*!|>\'"%@`~<=.01\\\t\n '];
    let count = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 14 }), (some) => {
        if (isRead(some.join(''))) count++;
      }),
      { numRuns: 20_000 },
    );
    expect(count).toBeGreaterThan(500);
  });
});

const LINES = [
  'a:\n',
  'b: c\n',
  '- d\n',
  '- e: f\n',
  '  g: h\n',
  '  - i\n',
  '    j: |\n',
  '     k\n',
  '# l\n',
  '---\n',
  '...\n',
  'm: |2-\n',
];
const WORDS = [
  '\n  ',
  '\n    ',
  ': ',
  '- ',
  '# ',
  ', ',
  'yes',
  'null',
  '0644',
  '1e3',
  '"n"',
  "'o'",
  '[p, q]',
  '{r: s}',
  '"\\t"',
  "''",
  '|+\n',
  '>-\n',
  'é',
  '\r\n',
  '\uFEFF',
  '<<',
  '__proto__',
];
