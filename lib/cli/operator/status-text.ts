import { formatSeconds } from '../../plan/duration.ts';
import type { Order } from '../../plan/orders.ts';
import { table } from '../table.ts';
import { removalOfLeft } from './left.ts';
import type { StatusReport } from './status-report.ts';

const STYLES = { bold: '1', good: '32', bad: '31', warning: '33' } as const;
type Paint = (style: keyof typeof STYLES, text: string) => string;
const painter =
  (color: boolean): Paint =>
  (style, text) =>
    color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;

/** One release for a terminal. @param now milliseconds since 1970, for ages */
export function statusText(report: StatusReport, now: number, color: boolean): string {
  const paint = painter(color);
  const { release, namespace, target, approval, gates, silentSeconds, unreadable, tampered } = report;
  const head = `${paint('bold', release)}  namespace ${namespace}${target === null ? '' : `, target ${target}`}`;
  const facts: readonly (readonly [name: string, value: string | null])[] = [
    ['plan', planOf(report)],
    ['phase', phaseOf(report, now, paint)],
    ['step', stepOf(report)],
    ['weight', isDropped(report) ? null : weightOf(report)],
    ['reason', report.reason || null],
    ...report.remedies.map(({ remedy, at, inEffectSince }): readonly [string, string] => [
      'remedy',
      `${remedy}, tried ${ageOf(at, now) ?? 'once'}${inEffectSince === null ? ', not in effect yet' : `, in effect since ${ageOf(inEffectSince, now)}`}`,
    ]),
    ...Object.entries(report.orders).map(([name, order]) => [name, said(order)] as const),
    ['heartbeat', ageOf(report.heartbeat, now)],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const blocks = [
    `${head}\n`,
    facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(width)}  ${value}\n`])).join(''),
    gates.length === 0 ? '' : gateTable(report, now),
    approval === null ? '' : wanted(approval),
    silentSeconds === null
      ? ''
      : `${paint('warning', 'Warning:')} nothing was heard of the runner for ${formatSeconds(silentSeconds)}. Look at Deployment ${release}-runner in namespace ${namespace}.\n`,
    tampered.map(({ object, why, help }) => `${paint('bad', 'Tampered with:')} ${object}: ${why}.\n  ${help}\n`).join(''),
    unreadable.length === 0
      ? ''
      : `${paint('warning', 'Warning:')} the runner cannot read ${unreadable.join(', ')}; write orders with tidegate.\n`,
    report.inFlight || report.plan === null
      ? ''
      : `Nothing is in flight: this is what its last runner left. The next release takes it over. Where none is to come:\n  ${removalOfLeft(report)}\n`,
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

/** All releases, one line each. */
export function statusTable(reports: readonly StatusReport[], now: number, allNamespaces: boolean): string {
  const heading = [...(allNamespaces ? ['NAMESPACE'] : []), 'RELEASE', 'PLAN', 'PHASE', 'STEP', 'WEIGHT', 'HEARTBEAT', 'REASON'];
  const rows = reports.map((report) => [
    ...(allNamespaces ? [report.namespace] : []),
    report.release,
    report.plan ?? '-',
    report.phase === null ? 'no runner yet' : `${report.phase}${isDropped(report) ? ' (dropped)' : ''}`,
    report.step === null ? '-' : `${report.step.index + 1}/${report.step.of} ${report.step.kind}`,
    report.weight.set === null || isDropped(report) ? '-' : `${report.weight.set} %`,
    `${ageOf(report.heartbeat, now) ?? '-'}${report.silentSeconds === null ? '' : ' (silent)'}`,
    report.reason,
  ]);
  const tampered = reports.flatMap(({ release, namespace, tampered }) =>
    tampered.map(({ object, why, help }) => `\nTampered with, of ${release} in namespace ${namespace}: ${object}: ${why}.\n  ${help}\n`),
  );
  return table([heading, ...rows]) + tampered.join('');
}

function planOf({ plan, attempt, run, stable, candidate, inFlight }: StatusReport): string | null {
  if (plan === null) return null;
  if (!inFlight) return `${plan}, over`;
  return `${plan}, attempt ${attempt}${run === null || run === 1 ? '' : `, run ${run}`}: ${stable} -> ${candidate}`;
}

/** Git took the release back before it had ended: what its runner wrote last is true no more. */
const isDropped = ({ inFlight, phase }: StatusReport): boolean =>
  !inFlight && phase !== null && phase !== 'Promoted' && phase !== 'Aborted';

function phaseOf(report: StatusReport, now: number, paint: Paint): string {
  const { phase, since } = report;
  if (phase === null) return 'no runner has begun with this plan';
  const began = `${isDropped(report) ? ' when Git dropped it' : ''}${since === null ? '' : `, began ${ageOf(since, now)}`}`;
  switch (phase) {
    case 'Promoted':
      return `${paint('good', phase)}${began}`;
    case 'Aborting':
    case 'Aborted':
      return `${paint('bad', phase)}${began}`;
    case 'Held':
      return `${paint('warning', phase)}${began}`;
    default:
      return `${phase}${began}`;
  }
}

function stepOf({ step }: StatusReport): string | null {
  return step === null ? null : `${step.index + 1} of ${step.of}, ${step.kind}: ${step.description}`;
}

function weightOf({ weight: { set, observed } }: StatusReport): string | null {
  if (set === null) return null;
  return observed === null || observed === set ? `${set} %` : `${set} %, the route was last seen with ${observed} %`;
}

function said({ by, at, reason }: Order): string {
  return `by ${by} at ${at}${reason === '' ? '' : `: ${reason}`}`;
}

function wanted({ name, count, approvedBy, saidBy, inVain, reason, command }: NonNullable<StatusReport['approval']>): string {
  const who = [...approvedBy, ...saidBy.map((by) => `${by}, not taken yet`)];
  const why = reason === '' ? '' : `: ${reason}`;
  return `Waits for approval '${name}' (${approvedBy.length} of ${count}${who.length > 0 ? `: ${who.join('; ')}` : ''})${why}\n${inVain.map(({ by, why }) => `  The approval of ${by} does not count: ${why}.\n`).join('')}  ${command}\n`;
}

function gateTable({ gates }: StatusReport, now: number): string {
  const heading = ['GATE', 'VERDICT', 'PASS', 'FAIL', 'INCONCLUSIVE', 'NO DATA', 'ERROR', 'LAST'];
  const rows = gates.map(({ name, verdict, pass, fail, inconclusive, noData, error, last }) => [
    name,
    verdict ?? '-',
    ...[pass, fail, inconclusive, noData, error].map(String),
    last === null ? '-' : `${last.outcome} ${age(last.at, now)}`,
  ]);
  return table([heading, ...rows]);
}

const ageOf = (time: string | null, now: number): string | null => (time === null ? null : age(Date.parse(time), now));

/** `12s ago`; clocks differ, so what lies in the future is now. */
function age(time: number, now: number): string {
  const seconds = Math.round((now - time) / 1_000);
  return seconds <= 0 ? 'now' : `${formatSeconds(seconds >= 3_600 ? seconds - (seconds % 60) : seconds)} ago`;
}
