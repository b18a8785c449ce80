import type { NotificationEvent, ProgramEvent } from '../intent/notification.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { type ReleaseRecord, releaseRecord } from '../runner/report.ts';
import type { Report } from '../runner/run.ts';

/** What is remembered between two reports. */
export interface Seen {
  /** The latest of a look that succeeded; null: there was none yet. */
  readonly known: Report | null;
  /** When phase, step or weight of it changed last. */
  readonly movedAt: number;
  /** When it said anything last. */
  readonly heardAt: number;
  /** Since when it cannot do its work, and why; null: it can. */
  readonly unready: { readonly since: number; readonly reason: string } | null;
  /** What people were told already. */
  readonly stalled: Stall['kind'] | null;
  /** Of which end programs were told, and when last; null: of none. */
  readonly ended: { readonly end: string; readonly toldAt: number } | null;
}

/** Why nothing moves. */
interface Stall {
  readonly kind: 'unready' | 'silent' | 'still';
  readonly reason: string;
}

/** Something that people may want to know. */
export interface Happening {
  readonly event: ProgramEvent;
  readonly reason: string;
  /** What `tidegate record` writes, of a release that has ended. */
  readonly record?: ReleaseRecord;
}

/** A step that is over by its own deadline ends within a look of it. */
const GRACE_MILLISECONDS = 120_000;
/** For a runner that cannot do its work, and for one that says nothing. */
const UNREADY_MILLISECONDS = 300_000;
const SILENT_MILLISECONDS = 300_000;
/** What has no deadline of its own, such as the way back to stable. */
const LONGEST_MILLISECONDS = 900_000;
/** As long as Git has not dropped the runner, nobody may have written the record down: whoever takes it may have been away. */
const ENDED_AGAIN_MILLISECONDS = 3_600_000;

/** What follows from a report or from the time that has passed. */
export interface Outcome {
  readonly seen: Seen;
  readonly happenings: readonly Happening[];
}

/**
 * What a report means beside the one before it. Of a runner that has just begun nothing is known from before, so what asks
 * for people is said again, and what only informs is not.
 */
export function happeningsIn(before: Seen | null, report: Report, plan: Plan): Outcome {
  const { reason, lookedAt: heardAt } = report;
  const known = before?.known ?? null;
  const movedAt = before?.movedAt ?? heardAt;
  // Of a look that failed nothing is known but that.
  if (!report.ready) {
    const unready = { since: before?.unready?.since ?? heardAt, reason };
    const stalled = before?.stalled === 'unready' ? 'unready' : null;
    return { seen: { known, movedAt, heardAt, unready, stalled, ended: before?.ended ?? null }, happenings: [] };
  }
  const moved = known === null || placeOf(known) !== placeOf(report);
  const stalled = !moved && before?.stalled === 'still' ? 'still' : null;
  const event = eventOf(known, report, plan);
  const end = endIn(report);
  const record =
    end === null || (before?.ended?.end === end && heardAt - before.ended.toldAt < ENDED_AGAIN_MILLISECONDS) ? null : recordIn(report);
  return {
    seen: {
      known: report,
      movedAt: moved ? heardAt : movedAt,
      heardAt,
      unready: null,
      stalled,
      ended: end === null || record === null ? (before?.ended ?? null) : { end, toldAt: heardAt },
    },
    happenings: [
      ...(event === null ? [] : [{ event, reason }]),
      ...(record === null ? [] : [{ event: 'ended', reason: record.reason, record } as const]),
    ],
  };
}

/** Whether nothing moves although it should, told once; asked from time to time, for what is silent makes no report. */
export function stallIn(seen: Seen, now: number, plan: Plan): Outcome {
  const stall = seen.stalled === null ? stallOf(seen, now, plan) : null;
  return stall === null
    ? { seen, happenings: [] }
    : { seen: { ...seen, stalled: stall.kind }, happenings: [{ event: 'stalled', reason: stall.reason }] };
}

/**
 * How the release has ended, as its status in the cluster says it: what is decided and not written may still not come to be.
 * A release that was promoted and goes back after all has ended twice. Null: it has not.
 */
function endIn({ view }: Report): string | null {
  if (view?.kind !== 'ours') return null;
  const { run, phase, phaseSince } = view.status;
  return phase === 'Promoted' || phase === 'Aborted' ? `${run} ${phase} ${phaseSince}` : null;
}

/** The very record that the status holds. */
const recordIn = ({ release, view }: Report): ReleaseRecord | null =>
  release && view?.kind === 'ours' ? releaseRecord(view.status, release.plan) : null;

const placeOf = ({ phase, step, weight }: Report): string => `${phase} ${step} ${weight}`;

function eventOf(before: Report | null, { phase, step }: Report, plan: Plan): NotificationEvent | null {
  const entered = before?.phase !== phase;
  switch (phase) {
    case 'Starting':
    case 'Progressing': {
      const again = before?.phase === 'Aborting' || before?.phase === 'Aborted';
      if (plan.steps[step]?.kind === 'approval' && (again || before?.step !== step)) return 'approvalNeeded';
      return (before === null && step === 0) || again ? 'started' : null;
    }
    case 'Held':
      return entered ? 'held' : null;
    case 'Aborting':
    case 'Aborted':
      return before?.phase === 'Aborting' || !entered ? null : 'aborted';
    case 'Promoted':
      return entered && before !== null ? 'promoted' : null;
    case 'Superseded':
    case 'Refused':
      return null;
  }
}

function stallOf({ known, movedAt, heardAt, unready }: Seen, now: number, plan: Plan): Stall | null {
  const minutes = (since: number) => `${Math.round((now - since) / 60_000)} minutes`;
  if (now - heardAt >= SILENT_MILLISECONDS) return { kind: 'silent', reason: `the runner has said nothing for ${minutes(heardAt)}` };
  if (unready !== null)
    return now - unready.since < UNREADY_MILLISECONDS
      ? null
      : { kind: 'unready', reason: `the runner has not been able to do its work for ${minutes(unready.since)}: ${unready.reason}` };
  const allowed = known === null ? null : allowedMilliseconds(known, plan);
  if (known === null || allowed === null || now - movedAt < allowed + GRACE_MILLISECONDS) return null;
  return { kind: 'still', reason: `nothing has moved for ${minutes(movedAt)}: ${known.reason}` };
}

/** How long a place may last; null: for as long as people, Git or other releases take, or because it is over. */
function allowedMilliseconds({ phase, step }: Report, { steps, queue }: Plan): number | null {
  switch (phase) {
    case 'Starting':
      // In a queue nothing has begun yet: it waits for its turn.
      return queue ? null : stepMilliseconds(steps[step]);
    case 'Progressing':
      return stepMilliseconds(steps[step]);
    case 'Aborting':
      return LONGEST_MILLISECONDS;
    case 'Held':
    case 'Aborted':
    case 'Promoted':
    case 'Superseded':
    case 'Refused':
      return null;
  }
}

const stepMilliseconds = (step: Step | undefined): number | null =>
  step === undefined || step.kind === 'approval' || step.kind === 'bake' ? null : step.deadlineSeconds * 1_000;
