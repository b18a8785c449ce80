import { RELEASE_LABEL } from '../lock/labels.ts';
import { jsonPointer } from '../schema/index.ts';
import { hasSchema } from '../schema/validate.ts';
import { type Finding, fileFinding, fingerprintOf, type Severity } from './finding.ts';
import { rewritten } from './fix.ts';
import { objectPattern } from './names.ts';
import { isInChart } from './read/files.ts';
import { Lines } from './read/lines.ts';
import { Places } from './read/locate.ts';
import { type Entry, nameOf, objectsOf, type SourceText, type Unread } from './read/objects.ts';
import { isKustomizePatch } from './read/patches.ts';
import type { Piece } from './read/split.ts';
import { Releases } from './releases.ts';
import { inOrder, type LintResult, type Seen, summarize } from './result.ts';
import type { Complaint, Context, Rule } from './rule.ts';
import { ObjectSet } from './set.ts';
import { at, textAt } from './shape.ts';

/** What is linted: texts, and files that gave none. */
export interface Material {
  readonly texts: Iterable<SourceText>;
  /** Named with the reason, such as `it may not be read`; complete once `texts` has ended. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
}

export interface LintOptions {
  readonly rules: readonly Rule[];
  /** References that may leave the set: `Kind/namespace/name`, `*` for anything in a part. @default none */
  readonly externals?: readonly string[];
  /** Words of names that are of high risk. @default those of `tidegate.yaml` */
  readonly highRisk?: readonly string[];
  /** Numbers of rules, by rule and name. @default each rule's own */
  readonly thresholds?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The day by which dates are judged, `2026-04-01`. @default none: their form alone is */
  readonly today?: string | null;
}

/** Reads everything, then lets every rule look at every object of its kinds. Nothing in the material makes it throw. */
export function lint({ texts, unreadable }: Material, options: LintOptions): LintResult {
  const found = new Found();
  const read: Entry[] = [];
  let others = 0;
  for (const text of texts) {
    const objects = isHelmTemplate(text) ? helmTemplate(text) : objectsOf(text);
    read.push(...objects.entries);
    others += objects.others;
    for (const unread of objects.unread) found.addUnread(unread);
  }
  for (const { name, reason } of unreadable) found.addUnreadable(name, reason);

  const patches = isKustomizePatch(read);
  const entries = read.filter((entry) => !patches(entry));
  const set = new ObjectSet(entries);
  const releases = new Releases(set, options.highRisk);
  const context = contextOf(set, releases, options);
  const byKind = rulesByKind(options.rules);
  for (const entry of entries) {
    for (const rule of byKind(entry.kind))
      for (const complaint of rule.check(entry, context))
        found.add({
          rule,
          entry: complaint.entry ?? entry,
          complaint,
          severity: severityOf(rule, entry, complaint, releases),
          release: (complaint.entry && releases.nameOf(complaint.entry)) ?? releases.nameOf(entry),
        });
  }

  const findings = found.all();
  const seen: Seen = { objects: entries.length, unchecked: uncheckedKinds(entries), others, patches: read.length - entries.length };
  return { findings, summary: summarize(findings, seen), texts: found.texts(), ids: entries.map(({ id }) => id) };
}

function rulesByKind(rules: readonly Rule[]): (kind: string) => readonly Rule[] {
  const known = new Map<string, readonly Rule[]>();
  return (kind) => {
    let of = known.get(kind);
    if (!of) {
      of = rules.filter(({ kinds }) => kinds === 'any' || kinds.includes(kind));
      known.set(kind, of);
    }
    return of;
  };
}

function severityOf(rule: Rule, checked: Entry, complaint: Complaint, releases: Releases): Severity {
  const entry = complaint.entry ?? checked;
  if (complaint.severity === 'info') return 'info';
  const concerned = releases.includes(entry) || releases.includes(checked);
  if (!rule.universal && !concerned) return rule.severity === 'info' ? 'info' : 'warning';
  if (rule.graver && concerned && (releases.isHighRisk(entry) || releases.isHighRisk(checked))) return 'error';
  return complaint.severity ?? rule.severity;
}

/** The texts of a chart are no YAML before Helm has filled them in. */
const isHelmTemplate = ({ name, text, value }: SourceText): boolean => value === undefined && text.includes('{{') && isInChart(name);

const helmTemplate = (text: SourceText) => ({ entries: [], others: 0, unread: [{ text, offset: text.text.indexOf('{{'), message: HELM }] });
const HELM = 'a Helm template is not YAML yet; it was not linted';

function uncheckedKinds(entries: readonly Entry[]): Seen['unchecked'] {
  const counts = new Map<string, { apiVersion: string; kind: string; count: number }>();
  for (const { apiVersion, kind } of entries.map(({ id }) => id)) {
    if (hasSchema(apiVersion, kind)) continue;
    const key = `${apiVersion} ${kind}`;
    counts.set(key, { apiVersion, kind, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counted]) => counted);
}

function contextOf(set: ObjectSet, releases: Releases, { externals = [], thresholds = {}, today = null }: LintOptions): Context {
  const patterns = externals.map(objectPattern).filter((pattern) => pattern !== null);
  return {
    set,
    releases,
    isExternal: (kind, namespace, name) => {
      const object = { kind: kind.slice(kind.indexOf('/') + 1), namespace, name };
      return patterns.some((matches) => matches(object));
    },
    threshold: ({ id, thresholds: own = {} }, name) => thresholds[id]?.[name] ?? own[name]?.default ?? Number.NaN,
    today,
  };
}

interface Complained {
  readonly rule: Rule;
  /** Whose place it is. */
  readonly entry: Entry;
  readonly complaint: Complaint;
  readonly severity: Severity;
  readonly release: string | null;
}

/** Gathers what was found, and says where it is written once all is known: only texts with findings are read twice. */
class Found {
  readonly #complaints = new Map<Piece, Complained[]>();
  readonly #findings: Finding[] = [];
  readonly #lines = new Map<SourceText, Lines>();

  add(one: Complained): void {
    const { piece } = one.entry.place;
    const others = this.#complaints.get(piece);
    if (others) others.push(one);
    else this.#complaints.set(piece, [one]);
  }

  addUnread({ text, offset, message }: Unread): void {
    const template = message === HELM;
    const at = this.#linesOf(text).span(0, { start: offset, end: offset });
    this.#findings.push({
      ...unreadFinding(text.name, message),
      severity: template ? 'warning' : 'error',
      ...at,
      source: text.source ?? null,
      help: template ? 'Lint what Helm makes of it: `helm template . | tidegate lint -`.' : helpFor(text, message),
    });
  }

  addUnreadable(name: string, reason: string): void {
    this.#findings.push(unreadFinding(name, `the file was not linted: ${reason}`));
  }

  all(): readonly Finding[] {
    for (const [piece, complaints] of this.#complaints) {
      const places = new Places(piece);
      for (const one of complaints) this.#findings.push(this.#finding(one, places));
    }
    this.#complaints.clear();
    return distinct(this.#findings).sort(inOrder);
  }

  texts(): ReadonlyMap<string, string> {
    return new Map([...this.#lines.keys()].map(({ name, text }) => [name, text]));
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

  #linesOf(text: SourceText): Lines {
    let lines = this.#lines.get(text);
    if (!lines) {
      lines = new Lines(text.text);
      this.#lines.set(text, lines);
    }
    return lines;
  }
}

const unreadFinding = (file: string, message: string): Finding =>
  fileFinding({ rule: 'yaml', file, subject: file, value: message, message: `${message}.`, help: 'Name the files that hold manifests.' });

/** What is wrong: the value itself, or of a whole collection what is said of it, since the rest of it is another matter. */
function judgedOf(entry: Entry, { path, message }: Complaint): unknown {
  const value = at(entry.value, ...path);
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
