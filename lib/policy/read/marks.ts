import { type ChompingMode, COLLECTION_STYLE, EVENT_ID, type Event, type EventId, type ScalarStyle } from 'js-yaml';

/**
 * What of the events of a document says where its values are, three numbers for each: a tenth of their size, so that a set
 * can keep them, and any thread can send them. Null where the document has anchors, which would need more; it is read again.
 */
export type Marks = Int32Array | null;

export function marksOf(events: readonly Event[]): Marks {
  const marks = new Int32Array(events.length * 3);
  let next = 0;
  for (const event of events) {
    const { type } = event;
    let detail = 0;
    let start = 0;
    let end = 0;
    if (type === EVENT_ID.ALIAS) return null;
    if (type === EVENT_ID.SCALAR) {
      if (event.anchorStart >= 0) return null;
      detail = (event.style << 3) | (event.chomping << 6) | (event.fast ? FAST : 0) | ((event.indent + 1) << 9);
      start = event.valueStart;
      end = event.valueEnd;
    } else if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) {
      if (event.anchorStart >= 0) return null;
      start = event.start;
    }
    marks[next++] = type | detail;
    marks[next++] = start;
    marks[next++] = end;
  }
  return marks;
}

/** The same events, without what positions do not ask for. */
export function eventsOf(marks: Int32Array): readonly Event[] {
  const events: Event[] = [];
  for (let next = 0; next < marks.length; next += 3) {
    const packed = marks[next] ?? 0;
    const start = marks[next + 1] ?? 0;
    const end = marks[next + 2] ?? 0;
    const type = (packed & 7) as EventId;
    switch (type) {
      case EVENT_ID.SCALAR:
        events.push({
          type,
          valueStart: start,
          valueEnd: end,
          style: ((packed >> 3) & 7) as ScalarStyle,
          chomping: ((packed >> 6) & 3) as ChompingMode,
          fast: (packed & FAST) !== 0,
          indent: (packed >> 9) - 1,
          ...UNMARKED,
        });
        break;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        events.push({ type, start, style: COLLECTION_STYLE.BLOCK, ...UNMARKED });
        break;
      case EVENT_ID.DOCUMENT:
        events.push({ type, explicitStart: false, explicitEnd: false, directives: [] });
        break;
      case EVENT_ID.POP:
        events.push({ type });
        break;
      case EVENT_ID.ALIAS:
        throw new Error('an alias has no marks');
    }
  }
  return events;
}

const FAST = 1 << 8;
const UNMARKED = { anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 };
