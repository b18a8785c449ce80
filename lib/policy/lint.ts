import { hasSchema } from '../schema/validate.ts';
import type { Severity } from './finding.ts';
import { Found } from './found.ts';
import { objectPattern } from './names.ts';
import { isInChart } from './read/files.ts';
import { type Content, type Entry, type Objects, objectsIn, type ReadUnit, type SourceText, type Unit } from './read/objects.ts';
import { parse } from './read/parse.ts';
import { isKustomizePatch } from './read/patches.ts';
import type { Reading } from './read/read-piece.ts';
import { MOST_DOCUMENTS, type Piece, splitDocuments } from './read/split.ts';
import { Threads } from './read/threads.ts';
import { Releases } from './releases.ts';
import { type LintResult, type Seen, summarize } from './result.ts';
import type { Complaint, Context, Rule } from './rule.ts';
import { ObjectSet } from './set.ts';

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
export function lint(material: Material, options: LintOptions): LintResult {
  const found = new Found();
  const judged = judge(objectsIn(readHere(unitsOf(material.texts, found))), material, options, found);
  return resultOf(judged, found);
}

/** The same on all cores, where there is enough to do. */
export async function lintOnCores(material: Material, options: LintOptions, threads = new Threads()): Promise<LintResult> {
  const found = new Found();
  const objects = await readOnCores(unitsOf(material.texts, found), threads);
  return resultOf(judge(objects, material, options, found), found);
}

async function readOnCores(all: Iterable<Unit>, threads: Threads): Promise<Objects> {
  const units: Unit[] = [];
  try {
    return objectsIn(withContents(units, await threads.read(toRead(all, units))));
  } finally {
    await threads.close();
  }
}

/** Texts in pieces that can be read one by one. */
function* unitsOf(texts: Iterable<SourceText>, found: Found): Iterable<Unit> {
  for (const text of texts)
    if (text.value !== undefined) yield { text, piece: wholeOf(text) };
    else if (isHelmTemplate(text)) found.addTemplate(text);
    else for (const piece of piecesOf(text, found)) yield { text, piece };
}

const wholeOf = (text: SourceText): Piece => ({
  get text() {
    return text.text;
  },
  offset: 0,
  number: 1,
});

function piecesOf(text: SourceText, found: Found): readonly Piece[] {
  const pieces = splitDocuments(text.text);
  const rest = pieces[MOST_DOCUMENTS];
  if (!rest) return pieces;
  const message = `the file has more than ${MOST_DOCUMENTS.toLocaleString('en')} documents; from here on it was not linted`;
  found.addUnread({ text, offset: rest.offset, message });
  return pieces.slice(0, MOST_DOCUMENTS);
}

/** The texts of a chart are no YAML before Helm has filled them in. */
const isHelmTemplate = ({ name, text }: SourceText): boolean => text.includes('{{') && isInChart(name);

function* readHere(units: Iterable<Unit>): Iterable<ReadUnit> {
  for (const unit of units) yield { ...unit, content: contentOf(unit) };
}

/** What the writer of a text knows need not be read; the objects of a List have not been looked at. */
const contentOf = ({ text: { value }, piece }: Unit): Content =>
  value === undefined
    ? parse(piece)
    : { values: [value], flaws: [], marks: null, ...('items' in Object(value) ? {} : { differences: [[]] }) };

function* toRead(units: Iterable<Unit>, kept: Unit[]): Iterable<Reading> {
  for (const unit of units) {
    kept.push(unit);
    yield { name: unit.text.name, text: unit.piece.text };
  }
}

function* withContents(units: readonly Unit[], contents: readonly Content[]): Iterable<ReadUnit> {
  for (const [index, content] of contents.entries()) {
    const unit = units[index];
    if (unit) yield { ...unit, content };
  }
}

interface Judged {
  readonly seen: Seen;
  readonly ids: LintResult['ids'];
}

/** Lets the rules look at what was read. */
function judge({ entries: read, unread, others }: Objects, { unreadable }: Material, options: LintOptions, found: Found): Judged {
  for (const one of unread) found.addUnread(one);
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
  const seen = { objects: entries.length, unchecked: uncheckedKinds(entries), others, patches: read.length - entries.length };
  return { seen, ids: entries.map(({ id }) => id) };
}

function resultOf({ seen, ids }: Judged, found: Found): LintResult {
  const findings = found.all();
  return { findings, summary: summarize(findings, seen), texts: found.texts(), ids };
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
