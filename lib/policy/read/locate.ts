import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { eventsOf } from './parse.ts';
import type { Piece } from './split.ts';

/** Where something is written, in characters of its piece. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds where values of a piece are written. Reads the piece again, which only what has findings pays for, and makes a tree
 * of it, so that each finding costs its depth.
 */
export class Places {
  readonly #text: string;
  readonly #documents: readonly Node[];

  constructor(piece: Piece) {
    this.#text = piece.text;
    this.#documents = treeOf(piece.text, eventsOf(piece));
  }

  /**
   * The value at a path: a scalar with its quotes, a collection from its first entry on. Through an alias or a merge key it
   * is the text at the anchor, which is what an author would change. Where the path leads nowhere, because something is
   * missing, it is the key (or list item) of the deepest part that is there.
   */
  find(document: number, path: readonly string[]): Span {
    let node = this.#documents[document];
    if (!node) return { start: 0, end: 0 };
    let label: Span = node.span;
    for (const segment of path) {
      const child = childOf(node, segment);
      if (!child) return label;
      node = child.value;
      label = child.label;
    }
    // An empty value is written nowhere; its key is.
    return node.span.start < 0 ? label : wholeToken(this.#text, node.span, node.quoted);
  }

  /** The key of the entry at a path, where it is one: for what should not be there at all. */
  findKey(document: number, path: readonly string[]): Span {
    const holder = this.#documents[document];
    let node: Node | undefined = holder;
    for (const segment of path.slice(0, -1)) node = node && childOf(node, segment)?.value;
    const child = node && childOf(node, path.at(-1) ?? '');
    return child ? child.label : this.find(document, path);
  }
}

interface Node {
  readonly span: Span;
  readonly quoted: boolean;
  readonly entries: Map<string, Child> | null;
  readonly items: Node[] | null;
  readonly merged: Node[];
}

interface Child {
  readonly label: Span;
  readonly value: Node;
}

function childOf(node: Node, segment: string): Child | null {
  if (node.items) {
    const item = /^\d+$/.test(segment) ? node.items[Number(segment)] : undefined;
    return item ? { label: item.span, value: item } : null;
  }
  const own = node.entries?.get(segment);
  if (own) return own;
  for (const source of node.merged) {
    const found = childOf(source, segment);
    if (found) return found;
  }
  return null;
}

function wholeToken(text: string, { start, end }: Span, quoted: boolean): Span {
  if (quoted) return { start: start - 1, end: end + 1 };
  // A block scalar's text begins with its indentation.
  let first = start;
  while (first < end && /\s/.test(text[first] ?? '')) first++;
  let last = end;
  while (last > first && /\s/.test(text[last - 1] ?? '')) last--;
  return first === last ? { start, end: start } : { start: first, end: last };
}

function treeOf(text: string, events: readonly Event[]): readonly Node[] {
  const documents: Node[] = [];
  const anchors = new Map<string, Node>();
  let at = 0;

  const read = (): Node => {
    const event = events[at++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return anchored(event, { ...EMPTY, span: { start: event.valueStart, end: event.valueEnd }, quoted: isQuoted(event), merged: [] });
      case EVENT_ID.ALIAS: {
        const name = text.slice(event.anchorStart, event.anchorEnd);
        return anchors.get(name) ?? { ...EMPTY, span: { start: event.anchorStart - 1, end: event.anchorEnd }, merged: [] };
      }
      case EVENT_ID.SEQUENCE: {
        const items: Node[] = [];
        const node = anchored(event, { ...EMPTY, span: { start: event.start, end: event.start + 1 }, items, merged: [] });
        while (events[at]?.type !== EVENT_ID.POP) items.push(read());
        at++;
        return node;
      }
      case EVENT_ID.MAPPING: {
        const entries = new Map<string, Child>();
        const node = anchored(event, { ...EMPTY, span: { start: event.start, end: event.start + 1 }, entries, merged: [] });
        while (events[at]?.type !== EVENT_ID.POP) readEntry(node, entries);
        at++;
        return node;
      }
      default:
        throw new Error('the events of a document end too soon; this is a bug in tidegate');
    }
  };

  const readEntry = (node: Node, entries: Map<string, Child>): void => {
    const written = events[at];
    const key = read();
    const value = read();
    if (written?.type !== EVENT_ID.SCALAR) return;
    const name = getScalarValue(text, written);
    if (name === '<<' && written.style === SCALAR_STYLE.PLAIN) node.merged.push(...(value.items ?? [value]));
    else entries.set(name, { label: key.span.start < 0 ? node.span : wholeToken(text, key.span, key.quoted), value });
  };

  const anchored = (event: { readonly anchorStart: number; readonly anchorEnd: number }, node: Node): Node => {
    if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
    return node;
  };

  while (at < events.length) {
    at++; // the document's own event
    anchors.clear();
    documents.push(read());
    at++; // and its end
  }
  return documents;
}

const EMPTY = { quoted: false, entries: null, items: null } as const;
const isQuoted = ({ style }: ScalarEvent): boolean => style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
