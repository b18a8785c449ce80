import type { PlanGate } from './gate.ts';
import type { Judgement, Outcome } from './judge.ts';

/** What a gate says by now. `pass` may still become `fail` or `inconclusive`, since it is measured on; those two stay. */
export type Verdict = 'running' | 'pass' | 'fail' | 'inconclusive';

/** How often is measured, and how much of it is tolerated. */
export type Schedule = Pick<PlanGate, 'intervalSeconds' | 'count' | 'initialDelaySeconds' | 'failureLimit' | 'inconclusiveLimit'>;

/** A judged answer, with what a reader needs to place it. Times are milliseconds since 1970. */
export interface Measurement extends Judgement {
  /** When it ended. */
  readonly at: number;
  /** Share of requests in percent that the candidate had. */
  readonly weight: number;
}

/**
 * All that a gate remembers, as plain data that survives JSON: a runner that reads it goes on as the one that wrote it
 * would have.
 */
export interface Counters {
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  readonly noData: number;
  readonly error: number;
  /** The end of the latest measurement, and its outcome; null: there was none. */
  readonly last: { readonly at: number; readonly outcome: Outcome } | null;
  /** Since when there was neither pass nor fail nor inconclusive, only no data and errors; null: the latest said something. */
  readonly silentSince: number | null;
  /** Evidence, the oldest first. What said nothing makes room first, then passes, so that what led to a verdict stays. */
  readonly samples: readonly Measurement[];
  /** What the gate remembers that is judged as Argo Rollouts does, and nobody else. */
  readonly argo?: ArgoMemory;
}

/** Of the AnalysisRun that is going on; a new one begins where one was passed. */
export interface ArgoMemory {
  /** What the gate says by now. */
  readonly verdict: Verdict;
  /** Why, where that is the end of it; else ''. */
  readonly why: string;
  /** Whether the run has ended: what is measured then is another one's. */
  readonly ended: boolean;
  /** Measurements that said something. */
  readonly count: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly consecutiveErrors: number;
  readonly consecutiveSuccesses: number;
}

/** What a verdict follows from. */
export type Counted = Pick<Counters, 'pass' | 'fail' | 'inconclusive'> & { readonly argo?: ArgoMemory | undefined };

export const NO_COUNTERS: Counters = {
  pass: 0,
  fail: 0,
  inconclusive: 0,
  noData: 0,
  error: 0,
  last: null,
  silentSince: null,
  samples: [],
};

const MOST_SAMPLES = 10;
/** As Argo's: an error says nothing of the next attempt, and waiting for the interval would only lengthen the blindness. */
const ERROR_RETRY_MILLISECONDS = 10_000;

/** The counters after one more measurement. Once the gate has failed or is inconclusive nothing counts any more. */
export function observe(gate: Schedule, counters: Counters, measurement: Measurement): Counters {
  if (isFinal(verdict(gate, counters))) return counters;
  const { outcome, at } = measurement;
  const name = outcome === 'no-data' ? 'noData' : outcome;
  return {
    ...counters,
    [name]: counters[name] + 1,
    last: { at, outcome },
    silentSince: says(outcome) ? null : (counters.silentSince ?? at),
    samples: kept([...counters.samples, measurement]),
  };
}

/**
 * As Argo Rollouts assesses a metric, with three differences. Measurements count when they say something: `count` of
 * them make a pass as long as neither limit is exceeded, and the first that exceeds one ends it. No data and errors
 * never count and never end it: the weight is held, and the deadline of the step decides. And what was never measured
 * is never passed.
 */
export function verdict(gate: Schedule, { pass, fail, inconclusive, argo }: Counted): Verdict {
  if (argo) return argo.verdict;
  if (fail > gate.failureLimit) return 'fail';
  if (inconclusive > gate.inconclusiveLimit) return 'inconclusive';
  return pass + fail + inconclusive >= Math.max(1, gate.count) ? 'pass' : 'running';
}

/**
 * When to measure next; null: not any more, or not before the level is seen. A gate that has passed is measured on. A
 * level that was lost and is seen again begins with the initial delay: what was scraped in between is of another level.
 * @param levelSince when the route was seen to hold the level that is judged, without a break since; null: it does not
 */
export function nextDue(gate: Schedule, counters: Counters, levelSince: number | null, now: number): number | null {
  if (levelSince === null || isFinal(verdict(gate, counters))) return null;
  const first = levelSince + gate.initialDelaySeconds * 1_000;
  const { last } = counters;
  // A clock that was set back: a measurement of the future says nothing of when the next is due.
  if (last === null || last.at > now) return first;
  return Math.max(first, last.at + (last.outcome === 'error' ? ERROR_RETRY_MILLISECONDS : gate.intervalSeconds * 1_000));
}

const isFinal = (verdict: Verdict): boolean => verdict === 'fail' || verdict === 'inconclusive';
const says = (outcome: Outcome): boolean => outcome !== 'no-data' && outcome !== 'error';

function kept(samples: readonly Measurement[]): readonly Measurement[] {
  if (samples.length <= MOST_SAMPLES) return samples;
  // The latest always stays: it is what the gate said last.
  const oldestPass = samples.slice(0, -1).findIndex(({ outcome }) => outcome === 'pass');
  const oldestMute = samples.slice(0, -1).findIndex(({ outcome }) => !says(outcome));
  const out = oldestMute >= 0 ? oldestMute : Math.max(0, oldestPass);
  return samples.filter((_, index) => index !== out);
}
