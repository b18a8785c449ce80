import { meaningOf } from './plain-scalar.ts';
import { BAR, BEYOND, COMMA, DASH, LF, LIST, LIST_END, MAP, MAP_END, PLUS, type ScalarStyle, Scanner, ZERO } from './yaml-scanner.ts';

/** Is told where the parts of a text are written, in their order, as offsets. */
export interface Recorder {
  /** A map begins, at its first key or `{`. */
  map(start: number): void;
  /** A list begins, at its first `-` or `[`. */
  list(start: number): void;
  /** The map or list ends that began last. */
  end(): void;
  /** A key or value, without its quotes. */
  scalar(style: ScalarStyle, start: number, end: number): void;
  /** The lines of a literal block, indented by `indent`. */
  block(chomping: Chomping, start: number, end: number, indent: number): void;
  /** A value that is not written, and null. */
  nothing(): void;
}

/** What becomes of the line breaks at the end of a literal block. */
export type Chomping = 'clip' | 'strip' | 'keep';

/**
 * Reads one document of YAML in the form in which nearly all of it is written, six times as fast as a parser of all of YAML:
 * block maps and lists, scalars on one line, literal blocks, flow maps and lists on one line, comments. Whatever is beyond
 * that, or wrong, is null and for a real parser to judge; what is read has the meaning and the places that it gives.
 */
export function readBlockYaml(text: string, recorder: Recorder): { readonly value: unknown } | null {
  if (UNUSUAL.test(text)) return null;
  try {
    return { value: new Reader(text, recorder).document() };
  } catch (error) {
    if (error === BEYOND) return null;
    throw error;
  }
}

/** Line breaks but LF, byte order marks, and what must not be in a text at all. */
const UNUSUAL = /[^\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
/** Parsers have limits of their own, not so low. */
const DEEPEST = 40;

class Reader extends Scanner {
  private readonly recorder: Recorder;
  private depth = 0;

  constructor(text: string, recorder: Recorder) {
    super(text);
    this.recorder = recorder;
  }

  document(): unknown {
    if (this.text.startsWith('---\n')) this.at = 4;
    this.seekLine();
    if (this.indent !== 0) throw BEYOND;
    const value = this.node(-1, true);
    if (this.indent >= 0) throw BEYOND;
    return value;
  }

  /**
   * What stands at `at`, be it over several lines.
   * @param parent how far the entry around it is indented
   * @param compact whether a map or list may begin here, as behind `- `, but not behind a key
   */
  private node(parent: number, compact: boolean): unknown {
    const column = this.at - this.line;
    switch (this.text.charCodeAt(this.at)) {
      case DASH:
        if (!this.isGap(this.at + 1)) break;
        if (!compact) throw BEYOND;
        return this.list(column);
      case BAR:
        // A text is no object, and its indentation another matter.
        if (parent < 0) throw BEYOND;
        return this.block(parent);
      case LIST:
      case MAP: {
        const value = this.flow();
        this.endLine();
        return value;
      }
    }
    this.scalar();
    if (this.isKey()) {
      if (!compact) throw BEYOND;
      return this.map(column);
    }
    if (parent < 0) throw BEYOND;
    const value = this.leaf();
    this.endLine();
    return value;
  }

  private list(column: number): unknown[] {
    const list: unknown[] = [];
    this.open();
    this.recorder.list(this.at);
    do {
      this.at++;
      list.push(this.entry(column, true));
    } while (this.indent === column && this.isItem());
    this.close(column);
    return list;
  }

  /** Its first key has been read. */
  private map(column: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    this.open();
    this.recorder.map(this.style === 'plain' ? this.start : this.start - 1);
    for (;;) {
      const key = this.key(map);
      map[key] = this.entry(column, false);
      if (this.indent !== column) break;
      this.scalar();
    }
    this.close(column);
    return map;
  }

  private open(): void {
    if (++this.depth > DEEPEST) throw BEYOND;
  }

  /** A line that is indented further than a part that ended belongs to nothing. */
  private close(column: number): void {
    if (this.indent > column) throw BEYOND;
    this.depth--;
    this.recorder.end();
  }

  /** The scalar that was read last as a key of a map, which moves behind its colon. */
  private key(map: object): string {
    if (!this.isKey()) throw BEYOND;
    this.at++;
    const key = this.leaf();
    // A key such as `on` is no text; what the map has already is written twice, or inherited.
    if (typeof key !== 'string' || key in map) throw BEYOND;
    return key;
  }

  /** What stands behind a `- ` or key, on its line or below. */
  private entry(column: number, isItem: boolean): unknown {
    this.skipSpaces();
    if (!this.isLineEnd()) return this.node(column, isItem);
    this.endLine();
    if (this.indent > column) return this.node(column, true);
    if (!isItem && this.indent === column && this.isItem()) return this.list(column);
    this.recorder.nothing();
    return null;
  }

  /** The scalar that was read last, as a part. */
  private leaf(): unknown {
    const { style, start, end } = this;
    this.recorder.scalar(style, start, end);
    const written = this.text.slice(start, end);
    switch (style) {
      case 'plain':
        return meaningOf(written);
      case 'single':
        return written.includes("'") ? written.replaceAll("''", "'") : written;
      case 'double':
        return written.includes('\\') ? unescaped(written) : written;
    }
  }

  /** A literal block below an entry that is indented by `parent`. */
  private block(parent: number): string {
    const { text } = this;
    this.at++;
    const { chomping, width } = this.blockHeader();
    const start = this.at;
    let indent = width === null ? -1 : parent + width;
    while (this.at < text.length) {
      const begin = this.at;
      this.skipSpaces();
      const column = this.at - begin;
      const isBlank = text.charCodeAt(this.at) === LF;
      // Of spaces on a line of their own only some are part of the text, and some not allowed.
      if (isBlank && column > 0 && (indent < 0 || column < indent)) throw BEYOND;
      if (!isBlank && indent < 0) indent = column;
      if (!isBlank && column < indent) {
        this.at = begin;
        break;
      }
      const end = text.indexOf('\n', this.at);
      if (end < 0) throw BEYOND;
      this.at = end + 1;
    }
    if (indent <= parent) throw BEYOND;
    this.recorder.block(chomping, start, this.at, indent);
    const lines = text
      .slice(start - 1, this.at)
      .replaceAll(`\n${' '.repeat(indent)}`, '\n')
      .slice(1);
    this.seekLine();
    return chomped(lines, chomping);
  }

  /** `-` or `+`, and by how much the text is indented where that cannot be guessed from its first line. */
  private blockHeader(): { readonly chomping: Chomping; readonly width: number | null } {
    const digit = this.text.charCodeAt(this.at) - ZERO;
    const width = digit >= 1 && digit <= 9 ? digit : null;
    if (width !== null) this.at++;
    const sign = this.text.charCodeAt(this.at);
    const chomping = sign === DASH ? 'strip' : sign === PLUS ? 'keep' : 'clip';
    if (chomping !== 'clip') this.at++;
    if (this.text.charCodeAt(this.at) !== LF) throw BEYOND;
    this.at++;
    return { chomping, width };
  }

  /** `{a: 1, b: [c]}`, or a part of it. */
  private flow(): unknown {
    switch (this.text.charCodeAt(this.at)) {
      case LIST:
        return this.flowList();
      case MAP:
        return this.flowMap();
      default:
        this.flowScalar();
        return this.leaf();
    }
  }

  private flowList(): unknown[] {
    const list: unknown[] = [];
    this.open();
    this.recorder.list(this.at);
    while (this.continues(LIST_END, list.length === 0)) list.push(this.flow());
    this.close(Number.POSITIVE_INFINITY);
    return list;
  }

  private flowMap(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    this.open();
    this.recorder.map(this.at);
    for (let first = true; this.continues(MAP_END, first); first = false) {
      this.flowScalar();
      const key = this.key(map);
      this.skipSpaces();
      map[key] = this.flow();
    }
    this.close(Number.POSITIVE_INFINITY);
    return map;
  }

  /** Moves to the next item of a flow collection, or behind its end. */
  private continues(end: number, isFirst: boolean): boolean {
    if (isFirst) this.at++;
    this.skipSpaces();
    let character = this.text.charCodeAt(this.at);
    if (character === COMMA && !isFirst) {
      this.at++;
      this.skipSpaces();
      character = this.text.charCodeAt(this.at);
    } else if (character !== end && !isFirst) throw BEYOND;
    if (character !== end) return true;
    this.at++;
    return false;
  }
}

/** JSON has the escapes that are in use, and YAML all of JSON's. */
function unescaped(written: string): string {
  try {
    return JSON.parse(`"${written}"`);
  } catch {
    throw BEYOND;
  }
}

/** @param lines without their indentation */
function chomped(lines: string, chomping: Chomping): string {
  if (chomping === 'keep') return lines;
  let length = lines.length;
  while (lines.charCodeAt(length - 1) === LF) length--;
  return lines.slice(0, chomping === 'clip' && length > 0 ? length + 1 : length);
}
