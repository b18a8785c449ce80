// README.md and docs/ as data: pages, their fenced blocks, headings and links.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Page {
  /** Path in the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A fenced block. Its info string is `LANGUAGE`, `LANGUAGE PATH` for a file of that page, or `LANGUAGE WORD...`. */
export interface Block {
  readonly language: string;
  /** The file that a reader writes, or null. */
  readonly file: string | null;
  /** What else the info string says. */
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

export function pages(): readonly Page[] {
  const documents = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
  return ['README.md', ...documents.map((path) => `docs/${path}`).sort()].map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return { path, text, blocks: blocksOf(text) };
  });
}

function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w+)?([^\n]*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: rest = '', 3: inside = '', index }) => {
    const info = rest.trim();
    const file = /^[\w./-]+\.\w+$/.test(info) ? info : null;
    return { language, file, info: file === null ? info : '', text: inside, line: text.slice(0, index).split('\n').length };
  });
}

const withoutBlocks = (text: string): string => text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');

/** Targets of the links of a page, images too; those to other sites left out. */
export function linksOf({ text }: Page): readonly string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Anchors of the headings of a page, as GitHub makes them. */
export function anchorsOf({ text }: Page): ReadonlySet<string> {
  return new Set(
    [...text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
