import { Buffer } from 'node:buffer';
import {
  CHOMPING_MODE,
  type ChompingMode,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  type EventId,
  SCALAR_STYLE,
  type ScalarStyle,
} from 'js-yaml';
import type { Chomping, Recorder } from '../../output/block-yaml.ts';
import type { ScalarStyle as Style } from '../../output/yaml-scanner.ts';

/**
 * What of the events of a document says where its values are, about three characters for each: a fiftieth of their size, so
 * that a set can keep them and threads can send them. Null where the document has anchors; it is read again.
 */
export type Marks = string | null;

/** @param events of the parser */
export function marksOf(events: readonly Event[]): Marks {
  const marks = new MarksWriter();
  for (const event of events) {
    if ('anchorStart' in event && event.anchorStart >= 0) return null;
    marks.add(event);
  }
  return marks.text();
}

/** Events as marks. */
export class MarksWriter implements Recorder {
  readonly #bytes = new Bytes();
  #last = 0;

  add(event: Event): void {
    switch (event.type) {
      case EVENT_ID.SCALAR:
        if (isBlock(event.style)) this.#block(event.style, event.chomping, event.valueStart, event.valueEnd, event.indent);
        else this.#scalar(event.style, event.valueStart, event.valueEnd);
        break;
      case EVENT_ID.MAPPING:
        this.map(event.start);
        break;
      case EVENT_ID.SEQUENCE:
        this.list(event.start);
        break;
      case EVENT_ID.DOCUMENT:
        this.document();
        break;
      case EVENT_ID.POP:
        this.end();
        break;
      case EVENT_ID.ALIAS:
        throw new Error('a document with aliases has no marks');
    }
  }

  document(): void {
    this.#bytes.push(EVENT_ID.DOCUMENT);
  }

  map(start: number): void {
    this.#bytes.push(EVENT_ID.MAPPING);
    this.#place(start);
  }

  list(start: number): void {
    this.#bytes.push(EVENT_ID.SEQUENCE);
    this.#place(start);
  }

  end(): void {
    this.#bytes.push(EVENT_ID.POP);
  }

  scalar(style: Style, start: number, end: number): void {
    this.#scalar(STYLES[style], start, end);
  }

  block(chomping: Chomping, start: number, end: number, indent: number): void {
    this.#block(SCALAR_STYLE.LITERAL_BLOCK, CHOMPINGS[chomping], start, end, indent);
  }

  nothing(): void {
    this.#scalar(SCALAR_STYLE.PLAIN, NOWHERE, NOWHERE);
  }

  text(): string {
    return this.#bytes.text();
  }

  #scalar(style: ScalarStyle, start: number, end: number): void {
    this.#bytes.push(EVENT_ID.SCALAR | (style << 3));
    this.#place(start);
    this.#bytes.pushSigned(end - start);
  }

  #block(style: ScalarStyle, chomping: ChompingMode, start: number, end: number, indent: number): void {
    this.#scalar(style, start, end);
    this.#bytes.push(chomping);
    this.#bytes.pushSigned(indent);
  }

  #place(start: number): void {
    this.#bytes.pushSigned(start - this.#last);
    this.#last = start;
  }
}

const NOWHERE = -1;
const STYLES = { plain: SCALAR_STYLE.PLAIN, single: SCALAR_STYLE.SINGLE_QUOTED, double: SCALAR_STYLE.DOUBLE_QUOTED };
const CHOMPINGS = { clip: CHOMPING_MODE.CLIP, strip: CHOMPING_MODE.STRIP, keep: CHOMPING_MODE.KEEP };

/** The same events, without what positions do not ask for. */
export function eventsOf(marks: string): readonly Event[] {
  const events: Event[] = [];
  const bytes = new Reader(marks);
  // Copying them from one object into each event would take longer than all the rest.
  const [anchorStart, anchorEnd, tagStart, tagEnd] = [NOWHERE, NOWHERE, NOWHERE, NOWHERE];
  let last = 0;
  while (!bytes.ended) {
    const head = bytes.next();
    const type = (head & 7) as EventId;
    switch (type) {
      case EVENT_ID.SCALAR: {
        const style = (head >> 3) as ScalarStyle;
        last += bytes.nextSigned();
        const valueEnd = last + bytes.nextSigned();
        const [chomping, indent] = isBlock(style) ? [bytes.next() as ChompingMode, bytes.nextSigned()] : ([1, -1] as const);
        events.push({ type, valueStart: last, valueEnd, style, chomping, indent, fast: false, anchorStart, anchorEnd, tagStart, tagEnd });
        break;
      }
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        last += bytes.nextSigned();
        events.push({ type, start: last, style: COLLECTION_STYLE.BLOCK, anchorStart, anchorEnd, tagStart, tagEnd });
        break;
      case EVENT_ID.DOCUMENT:
        events.push({ type, explicitStart: false, explicitEnd: false, directives: [] });
        break;
      case EVENT_ID.POP:
        events.push({ type });
        break;
      case EVENT_ID.ALIAS:
        throw new Error('a document with aliases has no marks');
    }
  }
  return events;
}

const isBlock = (style: ScalarStyle): boolean => style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;

/** Numbers, small ones in one byte: seven bits each, the last one without the eighth. */
class Bytes {
  /** What most documents need, for one after the other. */
  static readonly #shared = Buffer.alloc(64 * 1024);
  #buffer = Bytes.#shared;
  #length = 0;

  push(byte: number): void {
    if (this.#length === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], 2 * this.#length);
    this.#buffer[this.#length++] = byte;
  }

  pushSigned(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest > 127; rest >>>= 7) this.push((rest & 127) | 128);
    this.push(rest);
  }

  text(): string {
    return this.#buffer.toString('latin1', 0, this.#length);
  }
}
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  next(): number {
    return this.#text.charCodeAt(this.#at++);
  }

  nextSigned(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.next();
      value += (byte & 127) * unit;
      if (byte < 128) return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    }
  }
}
