import { type Sight, type Window, windows } from './detect.ts';
import { formatSeconds, planDuration } from './duration.ts';
import { highestBeforeApproval, levels } from './exposure.ts';
import type { Plan } from './plan.ts';
import { count, formatFactor, gateUses, oneLine, thousands } from './words.ts';

/** Something that a reviewer of the plan must not miss. */
export interface Remark {
  readonly weight: 'warning' | 'note';
  readonly text: string;
}

const warning = (text: string): Remark => ({ weight: 'warning', text });
const note = (text: string): Remark => ({ weight: 'note', text });

/** Warnings first; in both, what hurts most comes first. */
export function remarks(plan: Plan): readonly Remark[] {
  const all = [
    ...riskRemarks(plan),
    ...approvalRemarks(plan),
    ...gateRemarks(plan),
    ...timeRemarks(plan),
    ...blastRemarks(plan),
    ...sightRemarks(plan),
  ];
  return [...all.filter(({ weight }) => weight === 'warning'), ...all.filter(({ weight }) => weight === 'note')];
}

function riskRemarks({ risk }: Plan): Remark[] {
  return risk === 'high' ? [warning('This release is declared as high risk.')] : [];
}

function approvalRemarks(plan: Plan): Remark[] {
  const highest = highestBeforeApproval(plan);
  if (plan.approvals.waived !== null)
    return [warning(`Nobody is asked before exposure rises to ${highest} %: approvals are waived by ${oneLine(plan.approvals.waived)}.`)];
  return highest > 50 ? [warning(`Nobody is asked before exposure rises to ${highest} %, which is above 50 %.`)] : [];
}

function gateRemarks(plan: Plan): Remark[] {
  const unwatched = levels(plan).filter(({ gates }) => gates.length === 0);
  const holding = new Set(gateUses(plan).flatMap(({ gate }) => (gate.onFailure === 'hold' ? [oneLine(gate.name)] : [])));
  return [
    ...unwatched.map(({ exposure }) => warning(`No gate judges the candidate at ${exposure} %.`)),
    ...(holding.size === 0 ? [] : [note(`A failure of ${list(holding)} keeps exposure as it is and waits for a person.`)]),
  ];
}

function timeRemarks(plan: Plan): Remark[] {
  const { shortestSeconds } = planDuration(plan);
  if (shortestSeconds <= plan.deadlineSeconds) return [];
  return [
    warning(
      `The release cannot finish: its steps take ${formatSeconds(shortestSeconds)}, its deadline is ${formatSeconds(plan.deadlineSeconds)}.`,
    ),
  ];
}

function blastRemarks(plan: Plan): Remark[] {
  const { expected } = plan;
  if (expected === null) return [];
  const reached = levels(plan).flatMap(({ exposure, blast: { firstVerdictSeconds, requestsBeforeVerdict } }) =>
    firstVerdictSeconds === null || requestsBeforeVerdict === null
      ? []
      : [`${thousands(requestsBeforeVerdict)} at ${exposure} % (${formatSeconds(firstVerdictSeconds)})`],
  );
  if (reached.length === 0) return [];
  const peak = count(expected.peakRps, 'request');
  return [
    note(`At peak (${peak} per second) a bad candidate answers at least this many requests before a gate can fail: ${list(reached)}.`),
  ];
}

function sightRemarks(plan: Plan): Remark[] {
  const seen = windows(plan);
  if (seen === null) return [note('The intent declares no expected traffic, so nobody can say how small a regression these windows see.')];
  return seen.map((window) => note(describeWindow(window)));
}

/** `The window at 5 % (2m 30s) cannot detect less than 4.2× the normal errors at peak, 9.1× at the quietest time.` */
function describeWindow({ exposure, seconds, peak, low }: Window): string {
  const place = `The window at ${exposure} % (${formatSeconds(seconds)})`;
  if (exposure === 100) return `${place} has no stable traffic to compare with.`;
  if (peak.factor === null) return `${place} cannot detect a regression of errors by comparison, however large.`;
  const quiet = low.requests === peak.requests ? '' : `, ${least(low)} at the quietest time`;
  return `${place} cannot detect less than ${least(peak)} the normal errors at peak${quiet}.`;
}

const least = ({ factor }: Sight) => (factor === null ? 'any multiple of' : formatFactor(factor));

/** `a`, `a and b`, `a, b and c`. */
function list(items: Iterable<string>): string {
  const all = [...items];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
