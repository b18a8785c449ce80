import { remarks } from '../../plan/attention.ts';
import { planMarkdown } from '../../plan/markdown.ts';
import { code, table, text } from '../../plan/markdown-words.ts';
import { planMermaid } from '../../plan/mermaid.ts';
import { summary as planSummary } from '../../plan/words.ts';
import type { Finding, Severity } from '../finding.ts';
import { describeCapacity, peakCapacity } from './capacity.ts';
import type { ReleaseInFlight, Report } from './report.ts';
import { byGravity, describeCounts, describeWaiver, placeToMend } from './words.ts';

/** A comment of GitHub holds 65,536 characters; this leaves some for what a workflow adds. */
const LONGEST_COMMENT = 60_000;
const SHOWN = 50;

/** For a comment on a pull request: what is found, what a reviewer must not miss, and what each release in flight will do. */
export const markdownReport: Report = ({ findings, summary }, { inFlight = [] }) => {
  const open = byGravity(findings);
  const waived = findings.filter(({ waiver }) => waiver !== null);
  const worst = open[0]?.severity;
  const blocks = [
    `## ${HEADINGS[worst ?? 'none']}`,
    `${describeCounts(summary)}.`,
    ...inFlight.map(inBrief),
    ...grouped(open.slice(0, SHOWN)),
    ...(open.length > SHOWN ? [`${open.length - SHOWN} more; \`tidegate lint\` lists them.`] : []),
    ...(waived.length > 0 ? [folded(`${waived.length} waived`, waived.map(waivedLine).join('\n'))] : []),
  ];
  const plans = inFlight.map(({ plan, hash }) => folded(`The whole plan of ${text(plan.release)}`, planMarkdown(plan, hash).trimEnd()));
  return `${fitting([...blocks, ...plans], blocks).join('\n\n')}\n`;
};

const HEADINGS: Readonly<Record<Severity | 'none', string>> = {
  error: ':x: Tidegate: this must not be released as it is',
  warning: ':warning: Tidegate: read the warnings before you merge',
  info: ':white_check_mark: Tidegate: nothing forbids this',
  none: ':white_check_mark: Tidegate: nothing was found',
};

/** Without the whole plans where they would be too long; without what is last where that is not enough. */
function fitting(all: readonly string[], without: readonly string[]): readonly string[] {
  const fits = (blocks: readonly string[]) => blocks.join('\n\n').length <= LONGEST_COMMENT;
  if (fits(all)) return all;
  let end = without.length;
  while (end > 1 && !fits(without.slice(0, end))) end--;
  return [...without.slice(0, end), 'More did not fit into a comment; `tidegate lint` and `tidegate plan` show it.'];
}

function inBrief({ plan, lock }: ReleaseInFlight): string {
  const capacity = peakCapacity(lock);
  return [
    `### ${text(plan.release)} on ${text(plan.target)}: risk ${plan.risk}`,
    `${text(planSummary(plan))}.`,
    `\`\`\`mermaid\n${planMermaid(plan)}\n\`\`\``,
    capacity === null ? '' : `Peak capacity, with both revisions whole: ${describeCapacity(capacity)}.`,
    remarks(plan)
      .map(({ weight, text: sentence }) => `- ${weight === 'warning' ? ':warning: ' : ''}${text(sentence)}`)
      .join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** A table for each severity. */
function grouped(findings: readonly Finding[]): readonly string[] {
  return (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const group = findings.filter((finding) => finding.severity === severity);
    if (group.length === 0) return [];
    const rows = group.map((finding) => {
      const { file, line } = placeToMend(finding);
      return [code(finding.rule), code(`${file}:${line}`), `${text(finding.message)} ${text(finding.help)}`];
    });
    const shown = table(['Rule', 'Where', 'What'], [], rows);
    return severity === 'info' ? [folded(`${group.length} for information`, shown)] : [`### ${TITLES[severity]}`, shown];
  });
}

const TITLES = { error: 'Errors', warning: 'Warnings' } as const;

const waivedLine = ({ rule, message, waiver }: Finding): string =>
  `- ${code(rule)} ${text(message)}${waiver ? ` ${text(describeWaiver(waiver))}` : ''}`;

const folded = (summary: string, content: string): string => `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
