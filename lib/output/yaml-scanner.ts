/** How a scalar on one line is written. */
export type ScalarStyle = 'plain' | 'single' | 'double';

/** Thrown for what is not read here. One for all, since a stack trace costs more than a document. */
export const BEYOND = new Error('beyond the form that is read here');

/** Of the characters that mean something, their codes. */
export const [LF, PLUS, COMMA, DASH, ZERO, BAR] = [10, 43, 44, 45, 48, 124];
export const [LIST, LIST_END, MAP, MAP_END] = [91, 93, 123, 125];
const [TAB, SPACE, DOUBLE, HASH, SINGLE, DOT, COLON, BACKSLASH] = [9, 32, 34, 35, 39, 46, 58, 92];
/** What a plain scalar cannot begin with, or what is rare enough there: `<<` is a merge key. */
const INDICATORS = new Set([...',[]{}#&*!|>\'"%@`?:<'].map((character) => character.charCodeAt(0)));
/** In a flow collection a plain scalar is one word, in which nothing could end it. */
const FLOW_PLAIN = /(?:[\w./~+]|-(?=[\w.-]))[\w./~+@=%$()*-]*/y;

/** Moves through a text of YAML by lines and scalars. Throws `BEYOND` at what is none of the forms that are read. */
export class Scanner {
  protected readonly text: string;
  protected at = 0;
  /** Of the line that holds `at`, where it begins. */
  protected line = 0;
  /** Of the line that was moved to last, how far it is indented; -1 behind the last one. */
  protected indent = 0;
  /** The scalar that was read last. */
  protected style: ScalarStyle = 'plain';
  protected start = 0;
  protected end = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves behind a plain or quoted scalar and the spaces that follow. */
  protected scalar(): void {
    const first = this.text.charCodeAt(this.at);
    if (first === DOUBLE || first === SINGLE) this.quoted(first);
    else this.plain(first);
    this.skipSpaces();
  }

  private plain(first: number): void {
    const { text } = this;
    if (INDICATORS.has(first) || (first === DASH && this.isGap(this.at + 1))) throw BEYOND;
    // `---` and `...` may be boundaries here.
    if (this.at === this.line && (first === DASH || first === DOT)) throw BEYOND;
    let at = this.at;
    let end = at;
    for (; at < text.length; at++) {
      const character = text.charCodeAt(at);
      if (character === LF || (character === COLON && this.isGap(at + 1)) || (character === HASH && text.charCodeAt(at - 1) === SPACE))
        break;
      if (character === TAB) throw BEYOND;
      if (character !== SPACE) end = at + 1;
    }
    this.style = 'plain';
    this.start = this.at;
    this.end = end;
    this.at = at;
  }

  private quoted(quote: number): void {
    const { text } = this;
    const start = this.at + 1;
    let at = start;
    for (; ; at++) {
      const character = text.charCodeAt(at);
      if (character === quote) {
        if (quote === DOUBLE || text.charCodeAt(at + 1) !== SINGLE) break;
        at++;
      } else if (character === BACKSLASH && quote === DOUBLE) at++;
      else if (character === LF || at >= text.length) throw BEYOND;
    }
    this.style = quote === DOUBLE ? 'double' : 'single';
    this.start = start;
    this.end = at;
    this.at = at + 1;
  }

  /** Moves behind a scalar of a flow collection. */
  protected flowScalar(): void {
    const first = this.text.charCodeAt(this.at);
    if (first === DOUBLE || first === SINGLE) this.quoted(first);
    else {
      FLOW_PLAIN.lastIndex = this.at;
      if (!FLOW_PLAIN.test(this.text)) throw BEYOND;
      this.style = 'plain';
      this.start = this.at;
      this.end = FLOW_PLAIN.lastIndex;
      this.at = this.end;
    }
  }

  /** To the next line that is neither blank nor a comment. */
  protected seekLine(): void {
    const { text } = this;
    for (;;) {
      this.line = this.at;
      this.skipSpaces();
      if (!this.isLineEnd()) break;
      if (this.at >= text.length) {
        this.indent = -1;
        return;
      }
      this.skipLine();
    }
    if (text.charCodeAt(this.at) === TAB) throw BEYOND;
    this.indent = this.at - this.line;
  }

  /** From behind a value to the next line; nothing may follow it but a comment. */
  protected endLine(): void {
    this.skipSpaces();
    const isComment = this.text.charCodeAt(this.at) === HASH;
    if (!this.isLineEnd() || (isComment && this.text.charCodeAt(this.at - 1) !== SPACE)) throw BEYOND;
    this.skipLine();
    this.seekLine();
  }

  private skipLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end + 1;
  }

  protected skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === SPACE) this.at++;
  }

  protected isLineEnd(): boolean {
    const character = this.text.charCodeAt(this.at);
    return character === LF || character === HASH || this.at >= this.text.length;
  }

  protected isItem(): boolean {
    return this.text.charCodeAt(this.at) === DASH && this.isGap(this.at + 1);
  }

  protected isKey(): boolean {
    return this.text.charCodeAt(this.at) === COLON && this.isGap(this.at + 1);
  }

  protected isGap(at: number): boolean {
    const character = this.text.charCodeAt(at);
    return character === SPACE || character === LF || at >= this.text.length;
  }
}
