import type { LintResult } from '../lint.ts';
import { jsonReport } from './json.ts';
import { textReport } from './text.ts';

/** Every format of a report. Adding one is its file and a line here. */
export const REPORTS = { text: textReport, json: jsonReport } satisfies Readonly<
  Record<string, (result: LintResult, options: { readonly color: boolean }) => string>
>;

export type ReportFormat = keyof typeof REPORTS;
