/** A piece of a file that holds one document, and where it begins. */
export interface Piece {
  readonly text: string;
  readonly offset: number;
  /** Which one of its file, from 1. */
  readonly number: number;
}

/** Documents of one text that are read: ten times the objects of a large cluster's namespace. */
export const MOST_DOCUMENTS = 100_000;

/**
 * Cuts a YAML stream at its `---` lines, so that a document which does not parse takes no other with it. At the beginning of
 * a line these are always a boundary, even inside a block scalar or quotes.
 * What is beyond `MOST_DOCUMENTS` is one last piece.
 * @see https://yaml.org/spec/1.2.2/#912-document-markers
 */
export function splitDocuments(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let begin = 0;
  for (let at = text.indexOf('\n---'); at >= 0 && pieces.length < MOST_DOCUMENTS; at = text.indexOf('\n---', at + 1)) {
    const next = text.charCodeAt(at + 4);
    if (!Number.isNaN(next) && next !== LF && next !== CR && next !== SPACE && next !== TAB) continue;
    // Directives stand before their own document's `---`.
    if (onlyDirectives(text, begin, at)) continue;
    pieces.push({ text: text.slice(begin, at + 1), offset: begin, number: pieces.length + 1 });
    begin = at + 1;
  }
  pieces.push({ text: text.slice(begin), offset: begin, number: pieces.length + 1 });
  return pieces;
}

const [LF, CR, SPACE, TAB] = [10, 13, 32, 9];

function onlyDirectives(text: string, begin: number, end: number): boolean {
  if (text[begin] !== '%' && text[begin] !== '#' && text[begin] !== '\uFEFF') return false;
  const lines = text
    .slice(begin, end)
    .split('\n')
    .filter((line) => !/^\uFEFF?\s*(?:#|$)/.test(line));
  return lines.length > 0 && lines.every((line) => line.startsWith('%'));
}
