import { constructFromEvents, EVENT_ID, type Event, getScalarValue, parseEvents, YAMLException } from 'js-yaml';
import { readBlockYaml } from '../../output/block-yaml.ts';
import { eventsOf, type Marks, MarksWriter, marksOf } from './marks.ts';
import { KUBECTL_SCALARS } from './scalars.ts';
import type { Piece } from './split.ts';

/** What is wrong with a document, at an offset of its piece. */
export interface Flaw {
  readonly offset: number;
  /** A sentence without a full stop. */
  readonly message: string;
}

/** What a piece holds; values are plain data without cycles, small enough to walk even where aliases share parts. */
export interface Parsed {
  readonly values: readonly unknown[];
  readonly flaws: readonly Flaw[];
  /** Where the values are written. */
  readonly marks: Marks;
}

/** Levels of nesting; the deepest kinds, CRDs with their schemas, stay below half of it. */
const MOST_LEVELS = 100;
/** Characters of one document; a `List` of 10,000 objects is smaller, and etcd takes 1.5 MB for an object. */
const LONGEST_DOCUMENT = 32 * 1024 * 1024;
/** Values that a document may have once its aliases are followed. */
const MOST_VALUES = 1_000_000;
const PARSER = { maxDepth: MOST_LEVELS };

/** Reads one piece of a stream, almost always one document. Never throws for what is in it. */
export function parse({ text }: Pick<Piece, 'text'>): Parsed {
  if (text.length > LONGEST_DOCUMENT)
    return flawed(0, `a document of ${megabytes(text.length)} is longer than the ${megabytes(LONGEST_DOCUMENT)} that are read`);
  const read = readFast(text);
  if (read) return read;
  try {
    const events = parseEvents(text, PARSER);
    const duplicates: Flaw[] = [];
    return { values: construct(text, events, duplicates), flaws: duplicates, marks: marksOf(events) };
  } catch (error) {
    if (error instanceof YAMLException) return flawed(error.mark?.position ?? 0, `the document cannot be read: ${error.reason}`);
    if (error instanceof Unreadable) return flawed(error.offset, `the document cannot be read: ${error.message}`);
    throw error;
  }
}

/** The events of a document that `parse` has read, for whoever needs positions. */
export function eventsAgain(text: string): readonly Event[] {
  const marks = readFast(text)?.marks;
  return marks ? eventsOf(marks) : parseEvents(text, PARSER);
}

/** Reads what nearly every document is like, and leaves the others to the parser. */
function readFast(text: string): Parsed | null {
  const marks = new MarksWriter();
  marks.document();
  const read = readBlockYaml(text, marks);
  marks.end();
  return read && { values: [read.value], flaws: [], marks: marks.text() };
}

export const flawed = (offset: number, message: string): Parsed => ({ values: [], flaws: [{ offset, message }], marks: null });
const megabytes = (length: number): string => `${Math.round(length / 1024 / 1024)} MB`;

/** Of duplicate keys the last counts, as kubectl has it; each is a flaw, and the rest is read on. */
function construct(text: string, events: Event[], duplicates: Flaw[]): readonly unknown[] {
  const options = { source: text, schema: KUBECTL_SCALARS };
  let values: readonly unknown[];
  try {
    values = constructFromEvents(events, options);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // The parser says neither where nor, to the author of a template, what.
    if (error.reason.includes('complex keys')) throw new Unreadable(COMPLEX_KEY, complexKey(events));
    if (error.reason !== 'duplicated mapping key') throw error;
    duplicates.push(...duplicateKeys(text, events));
    values = constructFromEvents(events, { ...options, json: true });
  }
  const alias = events.find(({ type }) => type === EVENT_ID.ALIAS);
  if (alias?.type === EVENT_ID.ALIAS) for (const value of values) checkSize(value, alias.anchorStart - 1);
  return values;
}

function duplicateKeys(text: string, events: readonly Event[]): readonly Flaw[] {
  const flaws: Flaw[] = [];
  const open: ({ readonly keys: Map<string, number>; isKey: boolean } | null)[] = [];
  for (const event of events) {
    const holder = open.at(-1);
    if (event.type === EVENT_ID.POP) open.pop();
    else if (holder?.isKey && event.type === EVENT_ID.SCALAR) {
      const key = getScalarValue(text, event);
      const first = holder.keys.get(key);
      if (first === undefined) holder.keys.set(key, event.valueStart);
      else
        flaws.push({
          offset: event.valueStart,
          message: `key '${key}' is written twice, first on line ${lineOf(text, first)} of the document`,
        });
    }
    if (event.type !== EVENT_ID.POP && holder) holder.isKey = !holder.isKey;
    if (event.type === EVENT_ID.MAPPING) open.push({ keys: new Map(), isKey: true });
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT) open.push(null);
  }
  return flaws;
}

const COMPLEX_KEY = "a key is a mapping or a list, which happens where '{{ }}' is not in quotes";

/** Where the first key is that is a mapping or a list. */
function complexKey(events: readonly Event[]): number {
  const open: ({ isKey: boolean } | null)[] = [];
  for (const event of events) {
    const holder = open.at(-1);
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const isCollection = event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE;
    if (holder?.isKey && isCollection) return event.start;
    if (holder) holder.isKey = !holder.isKey;
    if (isCollection || event.type === EVENT_ID.DOCUMENT) open.push(event.type === EVENT_ID.MAPPING ? { isKey: true } : null);
  }
  return 0;
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

class Unreadable extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Counts what a walk over the value would meet; shared parts are counted once and added often.
 * @param offset of the first alias
 */
function checkSize(root: unknown, offset: number): void {
  const sizes = new Map<object, number>();
  const OPEN = -1;
  const sizeOf = (value: unknown): number => {
    if (value === null || typeof value !== 'object') return 1;
    const known = sizes.get(value);
    if (known === OPEN) throw new Unreadable('an alias leads back into its own anchor, so it has no end', offset);
    if (known !== undefined) return known;
    sizes.set(value, OPEN);
    let size = 1;
    for (const item of Object.values(value)) size += sizeOf(item);
    if (size > MOST_VALUES)
      throw new Unreadable(
        `its aliases expand to more than ${MOST_VALUES.toLocaleString('en')} values, which no Kubernetes object has`,
        offset,
      );
    sizes.set(value, size);
    return size;
  };
  sizeOf(root);
}
