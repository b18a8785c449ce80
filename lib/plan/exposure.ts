import type { Plan, PlanGate, Step } from './plan.ts';
import { SETTLE_SECONDS } from './settling.ts';

/** A step in time: seconds since the release began, by what the steps take by themselves; waiting is not counted. */
export interface TimelineEntry {
  /** Position in the plan, from 0, as in the names of smoke Jobs. */
  readonly index: number;
  readonly step: Step;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Exposure in percent when the step begins, and once it is done. */
  readonly before: number;
  readonly after: number;
  /** Who meets the candidate beside this share, once the step is done. */
  readonly beside: Beside;
  /** Exposure so far, as the seconds of full exposure that would weigh the same. */
  readonly fullExposureSeconds: number;
}

/** Exposure without a share of its own: nobody knows how many requests have the headers, and nobody sees the answers to copies. */
export interface Beside {
  /** Names of the header routes that lead to the candidate; none once all requests do. */
  readonly headers: readonly string[];
  /** Share of requests that are copied to it, in percent. */
  readonly mirrored: number;
  /** All requests that may be given up lead to it, before all others do. Absent: they have the share of all others. */
  readonly shed?: true;
}

/** Name of the route's rule for requests that may be given up. */
export const SHED = 'shed';

function besideAfter(step: Step, beside: Beside, { remedies }: Plan): Beside {
  switch (step.kind) {
    case 'setHeaderRoute':
      return remedies?.shed && step.name === SHED ? { ...beside, shed: true } : { ...beside, headers: [...beside.headers, step.name] };
    case 'setMirrorRoute':
      return { ...beside, mirrored: step.percent };
    case 'switch':
      return { headers: [], mirrored: beside.mirrored };
    default:
      return beside;
  }
}

/** What each step takes and does to exposure, in order. */
export function timeline(plan: Plan): readonly TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  let [seconds, exposure, full] = [0, 0, 0];
  let beside: Beside = { headers: [], mirrored: 0 };
  for (const [index, step] of plan.steps.entries()) {
    const takes = expectedSeconds(step);
    beside = besideAfter(step, beside, plan);
    full += (takes * Math.max(exposure, step.exposure)) / 100;
    entries.push({
      index,
      step,
      startSeconds: seconds,
      endSeconds: seconds + takes,
      before: exposure,
      after: step.exposure,
      beside,
      fullExposureSeconds: full,
    });
    seconds += takes;
    exposure = step.exposure;
  }
  return entries;
}

/**
 * What a step takes by the clock: what gives the candidate requests settles before anybody judges it. 0 where it ends
 * with an event (pods ready, a Job done, a person's yes, Git dropping the plan), since the plan knows only how long that
 * may take at most.
 */
export function expectedSeconds(step: Step): number {
  switch (step.kind) {
    case 'pause':
    case 'analysis':
      return step.durationSeconds;
    case 'setWeight':
    case 'setHeaderRoute':
    case 'setMirrorRoute':
    case 'switch':
      return SETTLE_SECONDS;
    default:
      return 0;
  }
}

/** The highest exposure that no person has agreed to in this plan: S3 wants at most 50. */
export function highestBeforeApproval(plan: Plan): number {
  let highest = 0;
  for (const step of plan.steps) {
    if (step.kind === 'approval') return highest;
    highest = Math.max(highest, step.exposure);
  }
  return highest;
}

/** A stretch of the plan on which exposure does not rise, above nothing. */
export interface Level {
  readonly exposure: number;
  /** As the level begins; copies may end within it. */
  readonly beside: Beside;
  readonly entries: readonly TimelineEntry[];
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Whether it lasts until somebody acts: a person at an approval, Git at the end. */
  readonly waits: boolean;
  /** What judges the candidate here. */
  readonly gates: readonly PlanGate[];
  readonly blast: Blast;
}

/** What a bad candidate can do to users at one level. */
export interface Blast {
  /** Lower bound of the time from entering the level to a verdict that ends it; null where no gate can. */
  readonly firstVerdictSeconds: number | null;
  /** How much later that may be at most, since a metric must show first that the share is served; null: none is asked. */
  readonly servedWithinSeconds: number | null;
  /** Requests it answers until then at peak, those by headers not counted; null without a verdict, declared traffic or share. */
  readonly requestsBeforeVerdict: number | null;
  /** The same for when the gates let it pass, waiting not counted; null without declared traffic or share. */
  readonly requestsWhenPassed: number | null;
}

/** The levels that users can notice, in order. */
export function levels(plan: Plan): readonly Level[] {
  const groups: TimelineEntry[][] = [];
  for (const entry of timeline(plan)) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (last && !rises(last, entry)) group?.push(entry);
    else groups.push([entry]);
  }
  return groups.flatMap((entries) => {
    const [first] = entries;
    return first === undefined || isUnexposed(first) ? [] : [levelOf(first, entries, plan)];
  });
}

const rises = (from: TimelineEntry, to: TimelineEntry): boolean =>
  to.after !== from.after ||
  to.beside.headers.length > from.beside.headers.length ||
  to.beside.shed !== from.beside.shed ||
  to.beside.mirrored > from.beside.mirrored;

/** Whether nobody meets the candidate, neither by its share nor beside it. */
export const isUnexposed = ({ after, beside: { headers, mirrored } }: TimelineEntry): boolean =>
  after === 0 && headers.length === 0 && mirrored === 0;

function levelOf({ after: exposure, beside, startSeconds }: TimelineEntry, entries: readonly TimelineEntry[], plan: Plan): Level {
  const endSeconds = entries.at(-1)?.endSeconds ?? startSeconds;
  const firstVerdictSeconds = firstVerdict(entries, startSeconds);
  const requestsIn = (seconds: number | null) =>
    seconds === null || plan.expected === null || exposure === 0 ? null : Math.round((exposure / 100) * seconds * plan.expected.peakRps);
  return {
    exposure,
    beside,
    entries,
    startSeconds,
    endSeconds,
    waits: entries.some(({ step }) => step.kind === 'approval' || step.kind === 'bake'),
    gates: entries.flatMap(({ step }) => gatesOf(step)),
    blast: {
      firstVerdictSeconds,
      servedWithinSeconds: plan.served === undefined ? null : servedWithin(entries),
      requestsBeforeVerdict: requestsIn(firstVerdictSeconds),
      requestsWhenPassed: requestsIn(endSeconds - startSeconds),
    },
  };
}

/** Past its deadline a step that waits for its share ends the release. */
function servedWithin(entries: readonly TimelineEntry[]): number | null {
  const waiting = entries.flatMap(({ step }) => (step.kind === 'setWeight' || step.kind === 'switch' ? [step.deadlineSeconds] : []));
  return waiting.length === 0 ? null : Math.max(0, Math.max(...waiting) - SETTLE_SECONDS);
}

function firstVerdict(entries: readonly TimelineEntry[], enteredSeconds: number): number | null {
  const verdicts = entries.flatMap(({ step, startSeconds }) =>
    gatesOf(step)
      .filter((gate) => gate.onFailure !== 'hold')
      // What has a remedy is measured for as long again.
      .map((gate) => startSeconds - enteredSeconds + soonestFailureSeconds(gate) * (gate.onFailure === 'abort' ? 1 : 2)),
  );
  return verdicts.length === 0 ? null : Math.min(...verdicts);
}

/** A gate fails with the measurement after the last one it tolerates. */
export function soonestFailureSeconds(gate: PlanGate): number {
  return gate.initialDelaySeconds + gate.failureLimit * gate.intervalSeconds;
}

/** The gates of a step; most kinds have none. */
export function gatesOf(step: Step): readonly PlanGate[] {
  return step.kind === 'analysis' || step.kind === 'bake' ? step.gates : [];
}
