import { type Remark, remarks } from './attention.ts';
import { formatSeconds, planDuration } from './duration.ts';
import { timeline } from './exposure.ts';
import { levelTable } from './level-table.ts';
import type { Plan } from './plan.ts';
import { describeCondition, describeExposure, describeQueue, describeRhythm, describeStep, gateUses, oneLine, summary } from './words.ts';

export interface TextOptions {
  /** Whether to use terminal colours. @default false */
  readonly color?: boolean;
}

/** For a terminal. */
export function planText(plan: Plan, hash: string, { color = false }: TextOptions = {}): string {
  const paint: Paint = (style, text) => (color && text !== '' ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text);
  const blocks = [
    header(plan, hash, paint),
    columns(stepRows(plan), ['right', 'left', 'right', 'right', 'right', 'right'], paint),
    gates(plan, paint),
    levelColumns(plan, paint),
    remarks(plan)
      .map((remark) => describeRemark(remark, paint))
      .join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const STYLES = { bold: '1', dim: '2', warning: '33' } as const;
type Paint = (style: keyof typeof STYLES, text: string) => string;

function header(plan: Plan, hash: string, paint: Paint): string {
  const { longestSeconds, peopleSeconds } = planDuration(plan);
  const people = peopleSeconds === 0 ? '' : `, and ${formatSeconds(peopleSeconds)} for people`;
  const { release, namespace, target, attempt, stable, candidate } = plan;
  return [
    `${paint('bold', oneLine(release))}  ${paint('dim', oneLine(`${target}/${namespace}, attempt ${attempt}, plan ${hash}`))}`,
    `${summary(plan)}; at most ${formatSeconds(longestSeconds)} by its deadlines${people}`,
    `from ${oneLine(stable.revision)}  ${paint('dim', oneLine(stable.image))}`,
    `to   ${oneLine(candidate.revision)}  ${paint('dim', oneLine(candidate.image))}`,
    ...(plan.queue ? [describeQueue(plan)] : []),
  ].join('\n');
}

function stepRows(plan: Plan): string[][] {
  const rows = timeline(plan).map(({ index, step, startSeconds, endSeconds, after, beside }) => [
    String(index),
    step.kind,
    describeExposure(after, beside),
    formatSeconds(startSeconds),
    endSeconds > startSeconds ? formatSeconds(endSeconds - startSeconds) : '-',
    step.deadlineSeconds > 0 ? formatSeconds(step.deadlineSeconds) : '-',
    describeStep(step),
  ]);
  return [['#', 'STEP', 'EXPOSURE', 'AT', 'TAKES', 'AT MOST', 'WHAT'], ...rows];
}

function gates(plan: Plan, paint: Paint): string {
  const uses = gateUses(plan);
  if (uses.length === 0) return '';
  const rows = uses.flatMap((use) => [
    [oneLine(use.gate.name), use.at, describeCondition(use.gate)],
    ['', '', paint('dim', describeRhythm(use))],
  ]);
  return columns([['GATE', 'AT', 'THRESHOLD'], ...rows], [], paint);
}

function levelColumns(plan: Plan, paint: Paint): string {
  const { head, rows } = levelTable(plan);
  const alignments = head.map((): Alignment => 'right');
  return rows.length === 0 ? '' : columns([head.map((name) => name.toUpperCase()), ...rows], alignments, paint);
}

function describeRemark({ weight, text }: Remark, paint: Paint): string {
  return weight === 'warning' ? paint('warning', `! ${text}`) : `- ${text}`;
}

type Alignment = 'left' | 'right';

/** The first row is the head; what stands last and left needs no padding. */
function columns(rows: readonly (readonly string[])[], alignments: readonly Alignment[], paint: Paint): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const right = alignments[column] === 'right';
        if (column === row.length - 1 && !right) return cell;
        const padding = ' '.repeat((widths[column] ?? 0) - width(cell));
        return right ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...body] = lines;
  return [paint('bold', head), ...body].join('\n');
}

const WIDE = /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u;
const NARROWER = /\p{M}|\u200d/u;

/** Columns that a terminal gives to a text. */
function width(text: string): number {
  let total = 0;
  for (const character of text) total += NARROWER.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return total;
}
