import { createHash } from 'node:crypto';
import type { SourceLocation } from '../schema/index.ts';

export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that is wrong with one object, or with a file that cannot be read. */
export interface Finding {
  /** Id of the rule. */
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence that names the object and the numbers. */
  readonly message: string;
  /** Null where a file could not be read. */
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string | null;
    readonly name: string;
  } | null;
  /** The release that it concerns: Tidegate's, a Rollout or a Canary; null for others. */
  readonly release: string | null;
  /** JSON pointer of the value in the object; of what is missing, where it belongs. */
  readonly path: string;
  /** Relative to the working directory. */
  readonly file: string;
  /** Line and column from 1, in UTF-16 units: the value, or where it is missing, what it belongs to. */
  readonly line: number;
  readonly column: number;
  /** Line and column behind the last character of the value, for a code frame. */
  readonly end: { readonly line: number; readonly column: number };
  /** The TypeScript that made the object; null where it was not made by this project. */
  readonly source: SourceLocation | null;
  /** What to do next. */
  readonly help: string;
  /** What to write from line and column to `end` instead, where that mends it and changes nothing else; null where it takes a person. */
  readonly fix: string | null;
  /** Why it is accepted for now; null where it is not. */
  readonly waiver: FindingWaiver | null;
  /** The same for the same finding, wherever in its file the object moves. */
  readonly fingerprint: string;
}

/** What an entry of `tidegate.waivers.yaml` says of a finding that it accepts. */
export interface FindingWaiver {
  readonly reason: string;
  readonly owner: string;
  /** Last day on which it holds, `2026-04-01`. */
  readonly expires: string;
}

/** What a finding is about, apart from where it is written. */
export interface Identity {
  readonly rule: string;
  /** Object or file. */
  readonly subject: string;
  readonly path?: string;
  /** The value at the path, undefined where it is missing. */
  readonly value: unknown;
}

/** Rule, object, path and a hash of the value: 16 hex digits. */
export function fingerprintOf({ rule, subject, path = '', value }: Identity): string {
  const parts = JSON.stringify([rule, subject, path, value ?? null]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 16);
}

/** What is found about a file, and about no object in it. */
export function fileFinding({ place = { line: 1, column: 1 }, severity = 'error', ...about }: AboutFile): Finding {
  const { rule, file, path = '', message, help } = about;
  const { line, column } = place;
  return {
    rule,
    severity,
    message,
    object: null,
    release: null,
    path,
    file,
    line,
    column,
    end: { line, column },
    source: null,
    help,
    fix: null,
    waiver: null,
    fingerprint: fingerprintOf(about),
  };
}

export interface AboutFile extends Identity, Pick<Finding, 'file' | 'message' | 'help'> {
  /** @default error */
  readonly severity?: Severity;
  /** @default the beginning of the file */
  readonly place?: { readonly line: number; readonly column: number };
}

/** Whether a finding is at least as grave as a threshold. */
export const reaches = (severity: Severity, threshold: Severity): boolean => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
