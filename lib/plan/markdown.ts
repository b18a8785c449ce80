import { type Remark, remarks } from './attention.ts';
import { formatSeconds, planDuration } from './duration.ts';
import { timeline } from './exposure.ts';
import { levelTable } from './level-table.ts';
import { type Alignment, code, table, text } from './markdown-words.ts';
import type { Plan, PlanRevision } from './plan.ts';
import { describeCondition, describeExposure, describeQueue, describeRhythm, describeStep, gateUses, summary } from './words.ts';

/** For a pull request: what will happen to users, and what a reviewer must not miss. */
export function planMarkdown(plan: Plan, hash: string): string {
  const blocks = [
    `### Release plan: ${text(plan.release)}`,
    `${text(summary(plan))}.`,
    ...(plan.queue ? [`It ${text(describeQueue(plan))}.`] : []),
    attention(remarks(plan)),
    '#### Steps',
    stepTable(plan),
    ...gateBlocks(plan),
    ...levelBlocks(plan),
    footer(plan, hash),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function attention(all: readonly Remark[]): string {
  return all.map(({ weight, text: sentence }) => `- ${weight === 'warning' ? ':warning: ' : ''}${text(sentence)}`).join('\n');
}

function stepTable(plan: Plan): string {
  const rows = timeline(plan).map(({ index, step, startSeconds, endSeconds, after, beside }) => [
    String(index),
    step.kind,
    describeExposure(after, beside),
    formatSeconds(startSeconds),
    endSeconds > startSeconds ? formatSeconds(endSeconds - startSeconds) : '',
    step.deadlineSeconds > 0 ? formatSeconds(step.deadlineSeconds) : '',
    text(describeStep(step)),
  ]);
  return table(
    ['Step', 'Kind', 'Exposure', 'At', 'Takes', 'At most', 'What'],
    ['right', 'left', 'right', 'right', 'right', 'right', 'left'],
    rows,
  );
}

function gateBlocks(plan: Plan): string[] {
  const rows = gateUses(plan).map((use) => [
    code(use.gate.name),
    use.at,
    code(describeCondition(use.gate)),
    describeRhythm(use),
    text(use.gate.description),
  ]);
  return rows.length === 0 ? [] : ['#### Gates', table(['Gate', 'Judges at', 'Threshold', 'Measures', 'A pass proves'], [], rows)];
}

function levelBlocks(plan: Plan): string[] {
  const { head, rows } = levelTable(plan);
  const alignments = head.map((): Alignment => 'right');
  return rows.length === 0 ? [] : ['#### What a bad candidate can do, and what is seen of it', table(head, alignments, rows)];
}

function footer(plan: Plan, hash: string): string {
  const { longestSeconds, peopleSeconds } = planDuration(plan);
  const people = peopleSeconds === 0 ? '' : `, and ${formatSeconds(peopleSeconds)} for people`;
  return [
    `- From ${revision(plan.stable)}`,
    `- To ${revision(plan.candidate)}`,
    `- Plan ${code(hash)}, attempt ${plan.attempt}, target ${code(plan.target)}, namespace ${code(plan.namespace)}, ${plan.engine} engine, router ${plan.route.router}`,
    `- At most ${formatSeconds(longestSeconds)} by its deadlines${people}`,
  ].join('\n');
}

const revision = ({ revision, image }: PlanRevision) => `${code(revision)}: ${code(image)}`;
