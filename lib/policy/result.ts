import type { Finding, Severity } from './finding.ts';
import type { ObjectId } from './read/objects.ts';

export interface LintResult {
  /** By file, line, column and rule. */
  readonly findings: readonly Finding[];
  readonly summary: Summary;
  /** Texts that have findings, by the names of their files, for code frames. */
  readonly texts: ReadonlyMap<string, string>;
  /** What was linted. */
  readonly ids: readonly ObjectId[];
}

export interface Summary extends Seen {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  /** Findings that a waiver accepts; they count nowhere else. */
  readonly waived: number;
  /** Findings that were there before, of which a baseline says so; they are not listed. */
  readonly known: number;
}

/** What was looked at, and what was not. */
export interface Seen {
  readonly objects: number;
  /** Kinds without a schema, whose objects were only looked at by rules. */
  readonly unchecked: readonly { readonly apiVersion: string; readonly kind: string; readonly count: number }[];
  /** Documents that are no Kubernetes objects. */
  readonly others: number;
  /** Patches of a kustomization, which are parts of objects and only make sense once built. */
  readonly patches: number;
}

/** Counts findings. @param known how many were left out because they were there before */
export function summarize(findings: readonly Finding[], { objects, unchecked, others, patches }: Seen, known = 0): Summary {
  const count = (severity: Severity) => findings.filter((finding) => finding.waiver === null && finding.severity === severity).length;
  return {
    objects,
    errors: count('error'),
    warnings: count('warning'),
    infos: count('info'),
    waived: findings.filter(({ waiver }) => waiver !== null).length,
    known,
    unchecked,
    others,
    patches,
  };
}

/** The same run with other findings: fewer, with another severity, waived. */
export const withFindings = (result: LintResult, findings: readonly Finding[], known = result.summary.known): LintResult => ({
  ...result,
  findings: [...findings].sort(inOrder),
  summary: summarize(findings, result.summary, known),
});

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** By file, line, column and rule, so that a run says the same whatever order it found them in. */
export const inOrder = (a: Finding, b: Finding): number =>
  compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule) || compare(a.message, b.message);
