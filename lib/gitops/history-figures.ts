// The four figures of DORA, from the records of one release. docs/how-to/history.md defines them; keep it true.
import type { Attempt } from './history-attempt.ts';
import type { CommittedRecord } from './release-record.ts';

/** One figure, and of how many releases it is told. */
export interface Figure {
  /** Null where there is nothing to tell it of. */
  readonly value: number | null;
  /** How many it is made of. */
  readonly n: number;
  /** Whether these are too few for the figure to mean anything. */
  readonly few: boolean;
}

export interface Figures {
  /** Median of the seconds from the commit that put a change in flight to its promotion. */
  readonly leadTimeSeconds: Figure;
  /** Promoted changes in a week, from the first to the last. */
  readonly promotedPerWeek: Figure;
  /** Share, 0 to 1, of the changes that users met which were aborted then, or were promoted and taken back. */
  readonly changeFailureRate: Figure;
  /** Median of the seconds from what showed a failure to the moment when users were back on what was stable before. */
  readonly timeToRestoreSeconds: Figure;
  /** Changes that ended before any user met them; they count in none of the above. */
  readonly endedUnseen: number;
}

/** Below this a single release moves a median or a share by more than it is worth. */
export const FEWEST = 5;
const WEEK = 7 * 24 * 60 * 60;

/** @param records the oldest first @param attempts the same, as they are told, in any order */
export function figuresOf(records: readonly CommittedRecord[], attempts: readonly Attempt[]): Figures {
  const byPlan = new Map(attempts.map((attempt) => [attempt.plan, attempt]));
  const told = records.flatMap((record) => byPlan.get(record.plan) ?? []);
  const changes = told.filter(({ restores }) => !restores);
  const promoted = changes.filter(({ outcome }) => outcome === 'promoted');
  const met = changes.filter(({ highest }) => (highest ?? 0) > 0);
  const takenBack = told.filter((attempt, index) => wayBack(told, attempt, index) !== null);
  const failed = met.filter((attempt) => attempt.outcome === 'aborted' || attempt.reverted !== null || takenBack.includes(attempt));
  const restored = records.flatMap((record, index) => secondsToRestore(record, told, index));
  return {
    leadTimeSeconds: median(promoted.flatMap(({ released, endedAt }) => between(released?.at ?? null, endedAt))),
    promotedPerWeek: perWeek(promoted.map(({ endedAt }) => Date.parse(endedAt ?? '') / 1_000)),
    changeFailureRate: figure(met.length === 0 ? null : failed.length / met.length, met.length),
    timeToRestoreSeconds: median(restored),
    endedUnseen: changes.length - met.length,
  };
}

/** The promotion that followed this one, where it brought back what had been stable before. */
function wayBack(told: readonly Attempt[], { outcome }: Attempt, index: number): Attempt | null {
  const next = told.slice(index + 1).find((later) => later.outcome === 'promoted');
  return outcome === 'promoted' && next?.restores ? next : null;
}

/**
 * Of an abort: from the first measurement that failed while users met the candidate. Of a promotion that was taken back:
 * from the commit that put the way back in flight, or its start. Nothing where nobody recorded when it began.
 */
function secondsToRestore(record: CommittedRecord, told: readonly Attempt[], index: number): readonly number[] {
  const attempt = told[index];
  if (!attempt || attempt.restores) return [];
  if (record.outcome === 'aborted') {
    const failures = record.gates.flatMap(({ samples }) => samples.filter(({ outcome, weight }) => outcome === 'fail' && weight > 0));
    return between(failures.map(({ at }) => at).sort()[0] ?? null, record.endedAt);
  }
  const back = wayBack(told, attempt, index);
  return back === null ? [] : between(back.released?.at ?? back.startedAt, back.endedAt);
}

/** No time where an end is not known, or the clocks that wrote them disagree. */
function between(from: string | null, to: string | null): readonly number[] {
  const seconds = from === null || to === null ? Number.NaN : (Date.parse(to) - Date.parse(from)) / 1_000;
  return seconds >= 0 ? [seconds] : [];
}

function perWeek(times: readonly number[]): Figure {
  const seconds = Math.max(...times) - Math.min(...times);
  return figure(times.length < 2 || seconds <= 0 ? null : ((times.length - 1) * WEEK) / seconds, times.length);
}

function median(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const [lower, upper] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return figure(lower === undefined || upper === undefined ? null : (lower + upper) / 2, sorted.length);
}

const figure = (value: number | null, n: number): Figure => ({ value, n, few: n < FEWEST });
