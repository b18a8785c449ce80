import { RELEASE_LABEL } from '../lock/labels.ts';
import { jsonPointer } from '../schema/index.ts';
import { PLAN_PATH, planOf } from './exposure/plan.ts';
import { type Finding, fileFinding, fingerprintOf, type Severity } from './finding.ts';
import { rewritten } from './fix.ts';
import { Lines } from './read/lines.ts';
import { Places } from './read/locate.ts';
import { type Entry, nameOf, type SourceText, type Unread } from './read/objects.ts';
import type { Piece } from './read/split.ts';
import { inOrder } from './result.ts';
import type { Complaint, Rule } from './rule.ts';
import { at, textAt } from './shape.ts';

interface Complained {
  readonly rule: Rule;
  /** Whose place it is. */
  readonly entry: Entry;
  readonly complaint: Complaint;
  readonly severity: Severity;
  readonly release: string | null;
}

/** Gathers what was found, and says where it is written once all is known. */
export class Found {
  readonly #complaints = new Map<Piece, Complained[]>();
  readonly #findings: Finding[] = [];
  readonly #texts = new Map<string, string>();
  #lines: { readonly of: SourceText; readonly lines: Lines } | null = null;

  add(one: Complained): void {
    const { piece } = one.entry.place;
    const others = this.#complaints.get(piece);
    if (others) others.push(one);
    else this.#complaints.set(piece, [one]);
  }

  addUnread({ text, offset, message }: Unread): void {
    this.#addText(text, offset, message, 'error', helpFor(text, message));
  }

  addTemplate(text: SourceText): void {
    const help = 'Lint what Helm makes of it: `helm template . | tidegate lint -`.';
    this.#addText(text, text.text.indexOf('{{'), 'a Helm template is not YAML yet; it was not linted', 'warning', help);
  }

  addUnreadable(name: string, reason: string): void {
    this.#findings.push(unreadFinding(name, `the file was not linted: ${reason}`));
  }

  all(): readonly Finding[] {
    for (const [piece, complaints] of this.#complaints) {
      const places = new Places(piece, complaints[0]?.entry.place.marks);
      for (const one of complaints) this.#findings.push(this.#finding(one, places));
    }
    this.#complaints.clear();
    return distinct(this.#findings).sort(inOrder);
  }

  /** Those that have findings, by their names. */
  texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  #finding({ rule, entry, complaint, severity, release }: Complained, places: Places): Finding {
    const { id, place } = entry;
    const path = jsonPointer(complaint.path);
    const whole = [...place.prefix, ...complaint.path];
    const span = complaint.key ? places.findKey(place.document, whole) : places.find(place.document, whole);
    const { apiVersion, kind, namespace, name } = id;
    return {
      rule: rule.id,
      severity,
      message: `${nameOf(id)}: ${complaint.message}`,
      object: { apiVersion, kind, namespace, name },
      release,
      path,
      file: place.text.name,
      ...this.#linesOf(place.text).span(place.piece.offset, span),
      source: place.text.source ?? null,
      help: complaint.help ?? rule.fix,
      fix: complaint.mend ? rewritten(complaint.mend, place.piece.text.slice(span.start, span.end)) : null,
      waiver: null,
      fingerprint: fingerprintOf({
        rule: rule.id,
        subject: subjectOf(entry),
        path,
        value: judgedOf(entry, complaint),
      }),
    };
  }

  #addText(text: SourceText, offset: number, message: string, severity: Severity, help: string): void {
    const at = this.#linesOf(text).span(0, { start: offset, end: offset });
    this.#findings.push({ ...unreadFinding(text.name, message), severity, ...at, source: text.source ?? null, help });
  }

  /** Of the last text only: findings come file by file, and all lines of a large set are as long as a tenth of it. */
  #linesOf(text: SourceText): Lines {
    if (this.#lines?.of !== text) {
      const whole = text.text;
      this.#lines = { of: text, lines: new Lines(whole) };
      this.#texts.set(text.name, whole);
    }
    return this.#lines.lines;
  }
}

const unreadFinding = (file: string, message: string): Finding =>
  fileFinding({ rule: 'yaml', file, subject: file, value: message, message: `${message}.`, help: 'Name the files that hold manifests.' });

/** What is wrong: the value itself, or of a whole collection what is said of it, since the rest of it is another matter. */
function judgedOf(entry: Entry, { path, message }: Complaint): unknown {
  const value = at(entry.value, ...path) ?? at(planOf(entry), ...path.slice(PLAN_PATH.length));
  return value !== null && typeof value === 'object' ? withoutHashes(entry, message) : value;
}

/** An object of a release is the same one after the next: the hashes in its name are its content's. */
function subjectOf(entry: Entry): string {
  const { group, kind, namespace, name } = entry.id;
  return `${group} ${kind} ${namespace ?? ''} ${withoutHashes(entry, name)}`;
}

function withoutHashes({ value }: Entry, text: string): string {
  const isOwn = textAt(value, 'metadata', 'labels', RELEASE_LABEL) !== null;
  return isOwn ? text.replaceAll(/-[0-9a-f]{8}\b/g, '') : text;
}

function helpFor({ text }: SourceText, message: string): string {
  if (message.includes('tab')) return 'Indent with spaces: YAML takes no tabs there.';
  if (message.includes('written twice')) return 'Keep one of the two; the last one counts.';
  if (/ documents;| longer than | memory/.test(message)) return 'Split it into smaller ones.';
  return /^\s*(?:\{\{|[^#"'\n]*\{\{-? )/m.test(text)
    ? 'It looks like a template: lint what it becomes, as in `helm template . | tidegate lint -`.'
    : 'Mend it; the other documents of the file were linted.';
}

/** Two findings of one rule about one value and place are one. */
function distinct(findings: readonly Finding[]): Finding[] {
  const kept = new Map<string, Finding>();
  for (const finding of findings) {
    const { rule, message, file, line, column, path } = finding;
    kept.set([rule, message, file, line, column, path].join('\0'), finding);
  }
  return [...kept.values()];
}
