import { createHash } from 'node:crypto';
import type { Finding, Severity } from '../finding.ts';
import type { Report } from './report.ts';
import { placeToMend } from './words.ts';

/**
 * GitLab's Code Quality report. It knows no suppression: a waived finding is `info`, and says why.
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export const gitlabReport: Report = ({ findings }) => {
  const seen = new Map<string, number>();
  const issues = findings.map((finding) => {
    const { rule, message, help, severity, waiver } = finding;
    const { file, line } = placeToMend(finding);
    return {
      description: waiver ? `${message} (accepted until ${waiver.expires}: ${waiver.reason})` : `${message} ${help}`,
      check_name: rule,
      fingerprint: unique(finding, seen),
      severity: waiver ? 'info' : SEVERITIES[severity],
      location: { path: file, lines: { begin: line } },
    };
  });
  return `${JSON.stringify(issues, null, 2)}\n`;
};

const SEVERITIES: Readonly<Record<Severity, string>> = { error: 'major', warning: 'minor', info: 'info' };

/** GitLab shows one of several findings with the same fingerprint: the file, and a number where even that is the same, tell them apart. */
function unique({ fingerprint, file }: Finding, seen: Map<string, number>): string {
  const key = `${fingerprint} ${file}`;
  const count = seen.get(key) ?? 0;
  seen.set(key, count + 1);
  return createHash('sha256').update(`${key} ${count}`).digest('hex').slice(0, 32);
}
