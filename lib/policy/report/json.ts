import type { Report } from './report.ts';

/** What programs read; the shape is part of the interfaces and only grows. */
export const jsonReport: Report = ({ findings, summary }) => `${JSON.stringify({ version: 1, findings, summary }, null, 2)}\n`;
