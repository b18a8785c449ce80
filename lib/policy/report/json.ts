import type { LintResult } from '../lint.ts';

/** What programs read; the shape is part of the interfaces and only grows. */
export function jsonReport({ findings, summary }: LintResult): string {
  return `${JSON.stringify({ version: 1, findings, summary }, null, 2)}\n`;
}
