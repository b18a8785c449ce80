import type { PolicyConfig } from '../intent/policy-config.ts';
import type { Finding } from './finding.ts';
import { type LintResult, withFindings } from './result.ts';

/** Severities as the project wants them: of the release, else of the namespace, else of the rule. */
export function applySeverities(result: LintResult, config: Pick<PolicyConfig, 'severity' | 'namespaces' | 'releases'>): LintResult {
  const wanted = ({ rule, release, object }: Finding) =>
    own(release === null ? undefined : own(config.releases, release)?.severity, rule) ??
    own(own(config.namespaces, object?.namespace ?? '')?.severity, rule) ??
    own(config.severity, rule);
  // What is told for information, such as a reference that nobody can verify, is no breach that a severity could weigh.
  return withFindings(
    result,
    result.findings.map((finding) =>
      finding.severity === 'info' ? finding : { ...finding, severity: wanted(finding) ?? finding.severity },
    ),
  );
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
