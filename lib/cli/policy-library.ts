// What programs and rules of a repository's own import from 'tidegate/policy'.
import { check } from '../policy/policy.ts';
import type { SourceText } from '../policy/read/objects.ts';
import type { LintResult } from '../policy/result.ts';
import { loadPolicy } from './policy.ts';

export type { Finding, FindingWaiver, Severity } from '../policy/finding.ts';
export { type Container, podTemplateOf } from '../policy/pods.ts';
export type { Entry, ObjectId, SourceText } from '../policy/read/objects.ts';
export type { LintResult, Summary } from '../policy/result.ts';
export type { Complaint, Context, Example, Rule, Threshold } from '../policy/rule.ts';
export { at, fieldsAt, indexed, listAt, numberAt, textAt, textsAt } from '../policy/shape.ts';
export { TidegateValidation } from './cdk8s-validation.ts';

export interface LintOptions {
  /** Folder of `tidegate.yaml`, `tidegate.waivers.yaml` and `policies/`. @default the working directory */
  readonly directory?: string;
  /** The day by which waivers and flags are judged, `2026-04-01`. @default none: none has expired */
  readonly today?: string;
}

/**
 * Lints manifests as `tidegate lint PATH` does: the same rules, configuration and waivers.
 * @throws ProblemError where a file of the configuration is wrong
 */
export async function lint(texts: Iterable<SourceText>, { directory = process.cwd(), today }: LintOptions = {}): Promise<LintResult> {
  return check({ texts, unreadable: [] }, await loadPolicy(directory, false), today ?? null);
}
