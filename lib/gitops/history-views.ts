import { formatSeconds, roughly } from '../plan/duration.ts';
import { code, table, text } from '../plan/markdown-words.ts';
import { oneLine } from '../plan/words.ts';
import { describeValue } from './diff-values.ts';
import type { History } from './history.ts';
import type { Attempt, Commit } from './history-attempt.ts';
import { FEWEST, type Figure, type Figures } from './history-figures.ts';

/** For a terminal: each attempt in a few lines, the newest first, then the figures. */
export function historyText(histories: readonly History[], { color }: { readonly color: boolean }): string {
  const bold = (words: string) => (color ? `\u001b[1m${words}\u001b[0m` : words);
  const blocks = histories.flatMap((history) => [
    [bold(oneLine(headline(history))), ...standing(history).map(oneLine)].join('\n'),
    ...history.attempts.map((attempt) =>
      [bold(oneLine(title(attempt))), ...details(attempt).map((line) => `  ${oneLine(line)}`)].join('\n'),
    ),
    describeFigures(history.figures).join('\n'),
  ]);
  return `${blocks.join('\n\n')}\n`;
}

/** For a report: a table, and the figures. */
export function historyMarkdown(histories: readonly History[]): string {
  const blocks = histories.flatMap((history) => [
    `## ${text(headline(history))}`,
    standing(history).map(text).join('\n'),
    ...(history.attempts.length === 0 ? [] : [attemptTable(history)]),
    describeFigures(history.figures)
      .map((line) => `- ${text(line)}`)
      .join('\n'),
  ]);
  return `${blocks.join('\n\n')}\n`;
}

/** For programs. Stable: fields are added, never renamed or removed. Times are ISO 8601, durations seconds, shares 0 to 1. */
export function historyJson(histories: readonly History[], notes: readonly string[]): string {
  return `${JSON.stringify({ version: 1, release: histories[0]?.release ?? null, targets: histories, notes }, null, 2)}\n`;
}

const headline = ({ release, target, namespace }: History): string => `${release} on ${target}/${namespace}`;

function standing({ stable, inFlight, attempts }: History): readonly string[] {
  return [
    stable ? `${stable.revision} is stable: ${describeValue(stable.image, 'image')}` : 'There is no lock of it any more.',
    ...(inFlight ? [`${inFlight.candidate.revision} is in flight by plan ${inFlight.plan}.`] : []),
    ...(attempts.length === 0 ? ['Nothing was released since its first entry.'] : []),
  ];
}

function title({ endedAt, released, outcome, plan, attempt, restores }: Attempt): string {
  const when = endedAt ?? released?.at;
  const number = attempt === null ? '' : `, attempt ${attempt}`;
  return `${when === undefined ? 'at an unknown time' : day(when)}: ${outcome}${number}, plan ${plan}${restores ? ', brings back what was stable' : ''}`;
}

function details(attempt: Attempt): readonly string[] {
  const { from, to, startedAt, endedAt, highest, released, recorded, approvals, waived, gates, reason, by, notes } = attempt;
  const took = startedAt && endedAt ? roughly((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000) : null;
  return [
    ...(to === null ? [] : [`${from === null ? '' : `${from.revision} → `}${to.revision}: ${describeValue(to.image, 'image')}`]),
    ...(took === null ? [] : [`took ${took}, reached ${highest} % of requests`]),
    ...(attempt.outcome === 'aborted'
      ? [`aborted by ${by === 'person' ? 'a person' : by === 'gate' ? 'a gate' : 'its runner'}: ${reason || 'no reason given'}`]
      : []),
    ...(gates.length === 0
      ? []
      : [
          `gates: ${gates.map(({ gate, verdict, pass, fail, silent }) => `${gate} ${verdict} (${pass} passed, ${fail} failed${silent > 0 ? `, ${silent} said nothing` : ''})`).join('; ')}`,
        ]),
    ...approvals.map(
      (one) =>
        `approved: ${one.approval} by ${one.by} at ${day(one.takenAt)}, said in ${one.source === 'git' ? 'Git' : 'the cluster'}${one.reason ? `: ${one.reason}` : ''}`,
    ),
    ...(waived === null ? [] : [`approvals waived by ${waived}`]),
    ...(released ? [`released by ${person(released)} in ${described(released)}`] : []),
    ...(recorded ? [`recorded by ${person(recorded)} in ${described(recorded)}`] : []),
    ...notes.map((note) => `! ${note}`),
  ];
}

function attemptTable({ attempts }: History): string {
  const rows = attempts.map((attempt) => [
    day(attempt.endedAt ?? attempt.released?.at ?? '') || 'unknown',
    attempt.outcome + (attempt.restores ? ', brings back' : ''),
    attempt.to === null ? '' : code(attempt.to.revision),
    code(attempt.plan),
    text(attempt.released ? attempt.released.name : 'unknown'),
    text([...new Set(attempt.approvals.map(({ by }) => by))].join(', ') || (attempt.waived === null ? '' : 'waived')),
    text(attempt.gates.map(({ gate, verdict }) => `${gate} ${verdict}`).join(', ')),
    text([attempt.outcome === 'aborted' ? attempt.reason : '', ...attempt.notes].filter(Boolean).join('; ')),
  ]);
  return table(['Ended', 'Outcome', 'Revision', 'Plan', 'Released by', 'Approved by', 'Gates', 'Remarks'], [], rows);
}

function describeFigures({
  leadTimeSeconds,
  promotedPerWeek,
  changeFailureRate,
  timeToRestoreSeconds,
  endedUnseen,
}: Figures): readonly string[] {
  return [
    `Lead time, commit to promotion: ${told(leadTimeSeconds, 'promoted changes whose commit is known', formatSeconds)}`,
    `Promoted changes per week: ${told(promotedPerWeek, 'promoted changes', (value) => value.toFixed(1))}`,
    `Change failure rate: ${told(changeFailureRate, 'changes that users met', (value) => `${Math.round(value * 100)} %`)}`,
    `Time to restore: ${told(timeToRestoreSeconds, 'failures whose beginning is known', formatSeconds)}`,
    ...(endedUnseen > 0
      ? [
          `${endedUnseen} ended before any user met ${endedUnseen === 1 ? 'it' : 'them'}, and ${endedUnseen === 1 ? 'counts' : 'count'} in none of these.`,
        ]
      : []),
  ];
}

function told({ value, n, few }: Figure, of: string, describe: (value: number) => string): string {
  if (value === null) return `unknown (n = ${n}: ${of})`;
  return `${describe(value)} (n = ${n}: ${of}${few ? `; fewer than ${FEWEST}, too few to mean much` : ''})`;
}

const day = (time: string): string => time.slice(0, 16).replace('T', ' ') + (time === '' ? '' : ' UTC');
const person = ({ name, email }: Commit): string => `${name} <${email}>`;
const described = ({ hash, subject }: Commit): string => `${hash.slice(0, 12)} "${subject}"`;
