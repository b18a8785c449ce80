import type { Finding } from '../finding.ts';
import { type Paint, painter } from './paint.ts';
import type { Report } from './report.ts';
import { describeCounts, describeWaiver } from './words.ts';

/** Findings grouped by file, each with the line it is about, and a count at the end. */
export const textReport: Report = ({ findings, summary, texts }, { color }) => {
  const paint = painter(color);
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings) byFile.set(finding.file, [...(byFile.get(finding.file) ?? []), finding]);
  const parts = [...byFile].map(([file, group]) => {
    const lines = texts.get(file)?.split('\n') ?? [];
    return `${paint.bold(file)}\n${group.map((finding) => describe(finding, lines, paint)).join('\n')}`;
  });
  return [...parts, `${describeCounts(summary)}\n`].join('\n');
};

function describe(finding: Finding, lines: readonly string[], paint: Paint): string {
  const { line, column, severity, rule, message, source, path, help, waiver } = finding;
  const made = source === null ? '' : `    made at ${source.file}:${source.line}:${source.column}\n`;
  return [
    `  ${line}:${column}  ${waiver ? paint.dim('waived') : paint.severity(severity)}  ${paint.bold(rule)}  ${printable(message)}\n`,
    path === '' ? '' : `    at ${printable(path)}\n`,
    made,
    frame(finding, lines, paint),
    `    ${paint.dim(waiver ? printable(describeWaiver(waiver)) : help)}\n`,
  ].join('');
}

const LONGEST_LINE = 120;

/** The line, and what of it is meant. */
function frame({ line, column, end }: Finding, lines: readonly string[], paint: Paint): string {
  const written = lines[line - 1];
  if (written === undefined || written.trim() === '') return '';
  const begin = column > LONGEST_LINE - 20 ? column - 40 : 0;
  const shown = printable(written.slice(begin, begin + LONGEST_LINE));
  const last = end.line === line ? end.column : written.trimEnd().length + 1;
  const marks = Math.max(1, Math.min(last, begin + LONGEST_LINE + 1) - column);
  const number = String(line);
  return `    ${paint.dim(`${number} |`)} ${shown}\n    ${' '.repeat(number.length)} ${paint.dim('|')} ${' '.repeat(Math.max(0, column - 1 - begin))}${paint.mark('^'.repeat(marks))}\n`;
}

/** What a file holds must not steer the terminal. */
const printable = (text: string): string => text.replaceAll('\t', ' ').replace(/[\p{Cc}\p{Bidi_Control}\ufeff]/gu, '\ufffd');
