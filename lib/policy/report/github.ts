import type { Finding, Severity } from '../finding.ts';
import type { Report } from './report.ts';
import { byGravity, describeCounts, placeToMend } from './words.ts';

/** GitHub shows so many of each severity from one step, and drops the others without a word. */
const SHOWN = 10;

/** Workflow commands, which become annotations in *Files changed*: on the line of TypeScript where there is one. */
export const githubReport: Report = ({ findings, summary }) => {
  const open = byGravity(findings);
  const shown = (['error', 'warning', 'info'] as const).flatMap((severity) =>
    open.filter((finding) => finding.severity === severity).slice(0, severity === 'info' ? SHOWN - 1 : SHOWN),
  );
  const left = open.length - shown.length;
  const more = left > 0 ? [`${left} more; the annotations of one step are limited.`] : [];
  const accepted = summary.waived > 0 ? [`${summary.waived} accepted by tidegate.waivers.yaml.`] : [];
  const rest = [...more, ...accepted];
  return [
    ...shown.map(command),
    ...(rest.length > 0 ? [`::notice title=tidegate::${data(`${describeCounts(summary)}. ${rest.join(' ')}`)}\n`] : []),
  ].join('');
};

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

function command(finding: Finding): string {
  const { severity, rule, message, help, end, source } = finding;
  const { file, line, column } = placeToMend(finding);
  const until = source === null ? { endLine: end.line, ...(end.line === line ? { endColumn: end.column } : {}) } : {};
  const properties = Object.entries({ file, line, col: column, ...until, title: `tidegate ${rule}` });
  const manifest = source === null ? '' : ` (${finding.file}:${finding.line}:${finding.column})`;
  return `::${COMMANDS[severity]} ${properties.map(([name, value]) => `${name}=${property(String(value))}`).join(',')}::${data(`${message}${manifest} ${help}`)}\n`;
}

/** @see https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
