import type { Problem, SourceLocation } from '../../schema/index.ts';
import { at, isFields, listAt, textAt } from '../shape.ts';
import type { Marks } from './marks.ts';
import { type Parsed, parse } from './parse.ts';
import { type Piece, splitDocuments } from './split.ts';

/** A text to lint: a file, standard input, or what synth is about to write. */
export interface SourceText {
  /** As findings name it: a path relative to the working directory. */
  readonly name: string;
  readonly text: string;
  /** The line of TypeScript that made its objects. @default none */
  readonly source?: SourceLocation | null;
  /**
   * The one object of the text, for whoever wrote it and knows, and has checked it against the schema of its kind: then
   * neither is done again. @default not known
   */
  readonly value?: unknown;
}

/** What names an object. Parts that are missing or of another type are empty. */
export interface ObjectId {
  readonly apiVersion: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Null where it is not written. */
  readonly namespace: string | null;
  readonly name: string;
}

/** An object of the set, as it was written, and where. */
export interface Entry {
  readonly id: ObjectId;
  /** `apps/Deployment`, `Service`: how rules name a kind, whatever its version. */
  readonly kind: string;
  /** Plain data of any shape. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly place: Place;
  /** In what it differs from the schema of its kind. @default not asked yet */
  readonly differences?: readonly Problem[];
}

/** Where an object was read. */
export interface Place {
  readonly text: SourceText;
  readonly piece: Piece;
  /** Which document of the piece. */
  readonly document: number;
  /** Path of the object in its document: `['items', '2']` in a List. */
  readonly prefix: readonly string[];
  /** Of the piece. */
  readonly marks: Marks;
}

/** What could not be read, at an offset of its file. */
export interface Unread {
  readonly text: SourceText;
  readonly offset: number;
  readonly message: string;
}

export interface Objects {
  readonly entries: readonly Entry[];
  readonly unread: readonly Unread[];
  /** Documents that are no Kubernetes objects, such as values of a chart. */
  readonly others: number;
}

/** One piece of a text, to be read. */
export interface Unit {
  readonly text: SourceText;
  readonly piece: Piece;
}

/** A piece that was read. */
export interface ReadUnit extends Unit {
  readonly content: Content;
}

/** What a piece holds, and what can be said of it without any other. Plain data. */
export interface Content extends Parsed {
  /** `Entry.differences`, in the order of its objects. */
  readonly differences?: readonly (readonly Problem[])[];
}

/** Every object of a text; items of a List count as objects of their own. */
export function objectsOf(text: SourceText): Objects {
  return objectsIn(splitDocuments(text.text).map((piece) => ({ text, piece, content: parse(piece) })));
}

/** Every object of what was read, in its order. */
export function objectsIn(units: Iterable<ReadUnit>): Objects {
  const entries: Entry[] = [];
  const unread: Unread[] = [];
  let others = 0;
  for (const { text, piece, content } of units) {
    for (const { offset, message } of content.flaws) unread.push({ text, offset: piece.offset + offset, message });
    let number = 0;
    for (const [document, value] of content.values.entries()) {
      if (value === null || value === undefined) continue;
      const before = number;
      for (const entry of entriesOf(value, { text, piece, document, prefix: [], marks: content.marks }, impliedIn(text.name))) {
        const differences = content.differences?.[number];
        entries.push(differences ? { ...entry, differences } : entry);
        number++;
      }
      if (number === before) others++;
    }
  }
  return { entries, unread, others };
}

/** The one file that may leave out what it is. */
const KUSTOMIZATION = /(?:^|\/)kustomization\.ya?ml$/i;
const UNNAMED = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
const impliedIn = (name: string) => (KUSTOMIZATION.test(name) ? UNNAMED : null);

function* entriesOf(value: unknown, place: Place, implied: { apiVersion: string; kind: string } | null = null): Iterable<Entry> {
  if (!isFields(value)) return;
  const kind = textAt(value, 'kind') ?? implied?.kind;
  if (kind === undefined) return;
  const apiVersion = textAt(value, 'apiVersion') ?? implied?.apiVersion ?? '';
  if (kind.endsWith('List') && Array.isArray(at(value, 'items'))) {
    // The items of a DeploymentList need not say what they are.
    const each = kind === 'List' ? null : { apiVersion, kind: kind.slice(0, -'List'.length) };
    for (const [index, item] of listAt(value, 'items').entries())
      yield* entriesOf(item, { ...place, prefix: [...place.prefix, 'items', String(index)] }, each);
    return;
  }
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const namespace = textAt(value, 'metadata', 'namespace');
  const name = textAt(value, 'metadata', 'name') ?? textAt(value, 'metadata', 'generateName') ?? '';
  yield { id: { apiVersion, group, kind, namespace, name }, kind: group === '' ? kind : `${group}/${kind}`, value, place };
}

/** `Deployment shop/web`: an object as messages name it. */
export function nameOf({ kind, namespace, name }: ObjectId): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name === '' ? 'without a name' : name}`;
}
