import type { Span } from './locate.ts';

/** Lines of a text, to turn offsets into lines and columns; both count from 1, columns in UTF-16 units. */
export class Lines {
  readonly #text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#text = text;
    this.#starts = starts;
  }

  /** A span of a piece that begins at `offset`. */
  span(
    offset: number,
    { start, end }: Span,
  ): { readonly line: number; readonly column: number; readonly end: { readonly line: number; readonly column: number } } {
    return { ...this.#place(offset + Math.max(0, start)), end: this.#place(offset + Math.max(0, end)) };
  }

  #place(offset: number): { readonly line: number; readonly column: number } {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    // Editors do not show a byte order mark.
    const mark = low === 0 && this.#text.startsWith('\uFEFF') ? 1 : 0;
    return { line: low + 1, column: Math.max(1, offset - (this.#starts[low] ?? 0) + 1 - mark) };
  }
}
