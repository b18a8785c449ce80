import { Buffer } from 'node:buffer';
import { type ChompingMode, COLLECTION_STYLE, EVENT_ID, type Event, type EventId, SCALAR_STYLE, type ScalarStyle } from 'js-yaml';

/**
 * What of the events of a document says where its values are, about three characters for each: a fiftieth of their size, so
 * that a set can keep them and threads can send them. Null where the document has anchors; it is read again.
 */
export type Marks = string | null;

export function marksOf(events: readonly Event[]): Marks {
  const bytes = new Bytes(events.length * MOST_BYTES);
  let last = 0;
  for (const event of events) {
    const { type } = event;
    switch (type) {
      case EVENT_ID.SCALAR:
        if (event.anchorStart >= 0) return null;
        bytes.push(type | (event.style << 3) | (event.fast ? FAST : 0));
        bytes.pushSigned(event.valueStart - last);
        bytes.pushSigned(event.valueEnd - event.valueStart);
        if (isBlock(event.style)) {
          bytes.push(event.chomping);
          bytes.pushSigned(event.indent);
        }
        last = event.valueStart;
        break;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        if (event.anchorStart >= 0) return null;
        bytes.push(type);
        bytes.pushSigned(event.start - last);
        last = event.start;
        break;
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
        bytes.push(type);
        break;
      case EVENT_ID.ALIAS:
        return null;
    }
  }
  return bytes.text();
}

/** The same events, without what positions do not ask for. */
export function eventsOf(marks: string): readonly Event[] {
  const events: Event[] = [];
  const bytes = new Reader(marks);
  let last = 0;
  while (!bytes.ended) {
    const head = bytes.next();
    const type = (head & 7) as EventId;
    switch (type) {
      case EVENT_ID.SCALAR: {
        const style = ((head >> 3) & 7) as ScalarStyle;
        last += bytes.nextSigned();
        const valueEnd = last + bytes.nextSigned();
        const [chomping, indent] = isBlock(style) ? [bytes.next() as ChompingMode, bytes.nextSigned()] : ([1, -1] as const);
        events.push({ type, valueStart: last, valueEnd, style, chomping, indent, fast: (head & FAST) !== 0, ...UNMARKED });
        break;
      }
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        last += bytes.nextSigned();
        events.push({ type, start: last, style: COLLECTION_STYLE.BLOCK, ...UNMARKED });
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

const FAST = 1 << 6;
/** Of an event: its head, two numbers of 32 bits, and those of a block scalar. */
const MOST_BYTES = 17;
const UNMARKED = { anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 };
const isBlock = (style: ScalarStyle): boolean => style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;

/** Numbers, small ones in one byte: seven bits each, the last one without the eighth. */
class Bytes {
  static #shared = Buffer.alloc(64 * 1024);
  readonly #buffer: Buffer;
  #length = 0;

  constructor(most: number) {
    this.#buffer = most <= Bytes.#shared.length ? Bytes.#shared : Buffer.alloc(most);
  }

  push(byte: number): void {
    this.#buffer[this.#length++] = byte;
  }

  pushSigned(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.push((rest & 127) | 128);
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
