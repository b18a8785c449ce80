import { dirname } from 'node:path';
import type { Finding } from './finding.ts';
import { type LintResult, withFindings } from './result.ts';

/** What of a finding is enough to know it again. */
export type Known = Pick<Finding, 'fingerprint' | 'file'>;

/**
 * Leaves out what was there before. The same finding in a folder that has not had it is a new one, as in another
 * overlay, unless the folder it was in has lost it: then it has moved.
 */
export function withoutKnown(result: LintResult, before: readonly Known[]): LintResult {
  const keyOf = ({ fingerprint, file }: Known) => `${fingerprint} ${dirname(file)}`;
  const known = new Set(before.map(keyOf));
  const present = new Set(result.findings.map(keyOf));
  const lost = new Map<string, number>();
  for (const [, one] of new Map(before.map((finding) => [keyOf(finding), finding])))
    if (!present.has(keyOf(one))) lost.set(one.fingerprint, (lost.get(one.fingerprint) ?? 0) + 1);
  const arrived = new Set<string>();
  const isKnown = (finding: Finding): boolean => {
    const key = keyOf(finding);
    if (known.has(key) || arrived.has(key)) return true;
    const left = lost.get(finding.fingerprint) ?? 0;
    if (left === 0) return false;
    lost.set(finding.fingerprint, left - 1);
    arrived.add(key);
    return true;
  };
  const kept = result.findings.filter((finding) => finding.waiver !== null || !isKnown(finding));
  return withFindings(result, kept, result.findings.length - kept.length);
}

/** Findings of a report of `--format json`; null where a text is none. */
export function readBaseline(text: string): readonly Known[] | null {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    return null;
  }
  if (report === null || typeof report !== 'object' || !('version' in report) || report.version !== 1) return null;
  if (!('findings' in report) || !Array.isArray(report.findings)) return null;
  const findings: readonly unknown[] = report.findings;
  return findings.every(isKnown) ? findings : null;
}

const isKnown = (value: unknown): value is Known =>
  value !== null &&
  typeof value === 'object' &&
  'fingerprint' in value &&
  typeof value.fingerprint === 'string' &&
  'file' in value &&
  typeof value.file === 'string';
