import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { eventsOf, type Marks } from './marks.ts';
import { eventsAgain } from './parse.ts';
import type { Piece } from './split.ts';

/** Where something is written, in characters of its piece. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds where values of a piece are written: looks into its collections where a path leads, each once. */
export class Places {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #roots: readonly number[];
  readonly #children = new Map<number, Children>();
  readonly #texts = new Map<number, Places | null>();
  #anchors: ReadonlyMap<string, readonly number[]> | null = null;

  constructor({ text }: Piece, marks: Marks = null) {
    this.#text = text;
    this.#events = marks ? eventsOf(marks) : eventsAgain(text);
    const roots: number[] = [];
    for (let at = 0; at < this.#events.length; at = this.#after(at)) roots.push(at + 1);
    this.#roots = roots;
  }

  /**
   * The value at a path: a scalar with its quotes, a collection from its first entry on. Through an alias or a merge key it
   * is the text at the anchor, which is what an author would change. Where the path leads nowhere, because something is
   * missing, it is the key (or list item) of the deepest part that is there.
   */
  find(document: number, path: readonly string[]): Span {
    const root = this.#roots[document];
    if (root === undefined) return NOWHERE;
    let value = this.#anchored(root);
    let label: number | null = null;
    for (const [depth, segment] of path.entries()) {
      const child = this.#child(value, segment);
      if (!child) return this.#inText(value, path.slice(depth)) ?? this.#span(label ?? value) ?? NOWHERE;
      value = this.#anchored(child.value);
      label = child.label;
    }
    // An empty value is written nowhere; its key is.
    return this.#span(value) ?? (label === null ? null : this.#span(label)) ?? NOWHERE;
  }

  /** The key of the entry at a path, where it is one: for what should not be there at all. */
  findKey(document: number, path: readonly string[]): Span {
    let value = this.#anchored(this.#roots[document] ?? 0);
    for (const segment of path.slice(0, -1)) value = this.#anchored(this.#child(value, segment)?.value ?? value);
    const child = this.#child(value, path.at(-1) ?? '');
    return (child && this.#span(child.label)) ?? this.find(document, path);
  }

  /** The value at a path in a text that is JSON, such as `plan.json` of a ConfigMap; null where the text is none, or not as it is written. */
  #inText(value: number, path: readonly string[]): Span | null {
    const event = this.#events[value];
    if (event?.type !== EVENT_ID.SCALAR || event.valueStart < 0) return null;
    let inner = this.#texts.get(value);
    if (inner === undefined) {
      inner = null;
      const text = this.#text.slice(event.valueStart, event.valueEnd);
      // JSON is YAML, and the indentation of a block scalar is white space to it.
      if (/^\s*[{[]/.test(text)) {
        try {
          inner = new Places({ text, offset: 0, number: 1 });
        } catch {
          // Written with escapes, or no JSON: then the whole text is the place.
        }
      }
      this.#texts.set(value, inner);
    }
    if (!inner) return null;
    const { start, end } = inner.find(0, path);
    return { start: event.valueStart + start, end: event.valueStart + end };
  }

  #child(holder: number, segment: string): Child | null {
    let children = this.#children.get(holder);
    if (!children) {
      children = this.#look(holder);
      this.#children.set(holder, children);
    }
    const own = children.entries.get(segment);
    if (own) return own;
    for (const source of children.merged) {
      const found = this.#child(this.#anchored(source), segment);
      if (found) return found;
    }
    return null;
  }

  #look(holder: number): Children {
    const entries = new Map<string, Child>();
    const merged: number[] = [];
    const { type } = this.#events[holder] ?? {};
    const items = type === EVENT_ID.SEQUENCE;
    if (!items && type !== EVENT_ID.MAPPING) return { entries, merged };
    for (let at = holder + 1; this.#events[at]?.type !== EVENT_ID.POP; ) {
      const value = items ? at : this.#after(at);
      const key = this.#events[at];
      if (items) entries.set(String(entries.size), { label: this.#anchored(at), value });
      else if (key?.type === EVENT_ID.SCALAR) {
        const name = getScalarValue(this.#text, key);
        if (name === '<<' && key.style === SCALAR_STYLE.PLAIN) merged.push(...this.#sources(value));
        else entries.set(name, { label: at, value });
      }
      at = this.#after(value);
    }
    return { entries, merged };
  }

  /** What a merge key takes in: one mapping, or several in a list. */
  #sources(value: number): readonly number[] {
    const source = this.#anchored(value);
    if (this.#events[source]?.type !== EVENT_ID.SEQUENCE) return [source];
    return [...this.#look(source).entries.values()].map((item) => item.value);
  }

  /** The event that begins a value: at its anchor, where it is an alias. */
  #anchored(at: number): number {
    const event = this.#events[at];
    if (event?.type !== EVENT_ID.ALIAS) return at;
    this.#anchors ??= this.#findAnchors();
    const places = this.#anchors.get(this.#text.slice(event.anchorStart, event.anchorEnd)) ?? [];
    // An anchor may be set again; an alias means the last one before it.
    return places.findLast((place) => place < at) ?? at;
  }

  #findAnchors(): ReadonlyMap<string, readonly number[]> {
    const anchors = new Map<string, number[]>();
    for (const [at, event] of this.#events.entries()) {
      if (!('anchorStart' in event) || event.anchorStart < 0 || event.type === EVENT_ID.ALIAS) continue;
      const name = this.#text.slice(event.anchorStart, event.anchorEnd);
      anchors.set(name, [...(anchors.get(name) ?? []), at]);
    }
    return anchors;
  }

  /** The event behind a value and all that is in it. */
  #after(at: number): number {
    let depth = 0;
    for (let next = at; next < this.#events.length; next++) {
      switch (this.#events[next]?.type) {
        case EVENT_ID.POP:
          depth--;
          break;
        case EVENT_ID.SCALAR:
        case EVENT_ID.ALIAS:
          break;
        default:
          depth++;
      }
      if (depth === 0) return next + 1;
    }
    return this.#events.length;
  }

  /** Null for what is written nowhere, such as the value of `key:`. */
  #span(at: number): Span | null {
    const event = this.#events[at];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return event.valueStart < 0 ? null : wholeToken(this.#text, event);
      case EVENT_ID.ALIAS:
        return { start: event.anchorStart - 1, end: event.anchorEnd };
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING:
        return { start: event.start, end: event.start + 1 };
      default:
        return null;
    }
  }
}

interface Child {
  /** Event of the key; of the item, in a list. */
  readonly label: number;
  readonly value: number;
}

interface Children {
  readonly entries: ReadonlyMap<string, Child>;
  /** Mappings that a merge key takes in. */
  readonly merged: readonly number[];
}

const NOWHERE: Span = { start: 0, end: 0 };

function wholeToken(text: string, { valueStart, valueEnd, style }: ScalarEvent): Span {
  if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED) return { start: valueStart - 1, end: valueEnd + 1 };
  // A block scalar's text begins with its indentation.
  let start = valueStart;
  while (start < valueEnd && /\s/.test(text[start] ?? '')) start++;
  let end = valueEnd;
  while (end > start && /\s/.test(text[end - 1] ?? '')) end--;
  return start === end ? { start: valueStart, end: valueStart } : { start, end };
}
