import type { Plan, PlanGate, Step } from './plan.ts';

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
  /** Exposure so far, as the seconds of full exposure that would weigh the same. */
  readonly fullExposureSeconds: number;
}

/** What each step takes and does to exposure, in order. */
export function timeline(plan: Plan): readonly TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  let [seconds, exposure, full] = [0, 0, 0];
  for (const [index, step] of plan.steps.entries()) {
    const takes = expectedSeconds(step);
    full += (takes * Math.max(exposure, step.exposure)) / 100;
    entries.push({
      index,
      step,
      startSeconds: seconds,
      endSeconds: seconds + takes,
      before: exposure,
      after: step.exposure,
      fullExposureSeconds: full,
    });
    seconds += takes;
    exposure = step.exposure;
  }
  return entries;
}

/**
 * What a step takes by the clock. 0 where it ends with an event (pods ready, a Job done, a person's yes, Git dropping
 * the plan), since the plan knows only how long that may take at most.
 */
export function expectedSeconds(step: Step): number {
  return step.kind === 'pause' || step.kind === 'analysis' ? step.durationSeconds : 0;
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

/** A stretch of the plan on which exposure stays the same, above 0. */
export interface Level {
  readonly exposure: number;
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
  /** Requests it answers until then at peak; null without a verdict or without declared traffic. */
  readonly requestsBeforeVerdict: number | null;
  /** Requests it answers at peak when the gates let it pass, waiting not counted; null without declared traffic. */
  readonly requestsWhenPassed: number | null;
}

/** The levels that users can notice, in order. */
export function levels(plan: Plan): readonly Level[] {
  const groups: TimelineEntry[][] = [];
  for (const entry of timeline(plan)) {
    const last = groups.at(-1);
    if (last?.at(-1)?.after === entry.after) last.push(entry);
    else groups.push([entry]);
  }
  return groups.flatMap((entries) => {
    const [first] = entries;
    return first === undefined || first.after === 0 ? [] : [levelOf(first, entries, plan)];
  });
}

function levelOf({ after: exposure, startSeconds }: TimelineEntry, entries: readonly TimelineEntry[], plan: Plan): Level {
  const endSeconds = entries.at(-1)?.endSeconds ?? startSeconds;
  const firstVerdictSeconds = firstVerdict(entries, startSeconds);
  const requestsIn = (seconds: number | null) =>
    seconds === null || plan.expected === null ? null : Math.round((exposure / 100) * seconds * plan.expected.peakRps);
  return {
    exposure,
    entries,
    startSeconds,
    endSeconds,
    waits: entries.some(({ step }) => step.kind === 'approval' || step.kind === 'bake'),
    gates: entries.flatMap(({ step }) => gatesOf(step)),
    blast: {
      firstVerdictSeconds,
      requestsBeforeVerdict: requestsIn(firstVerdictSeconds),
      requestsWhenPassed: requestsIn(endSeconds - startSeconds),
    },
  };
}

function firstVerdict(entries: readonly TimelineEntry[], enteredSeconds: number): number | null {
  const verdicts = entries.flatMap(({ step, startSeconds }) =>
    gatesOf(step)
      .filter((gate) => gate.onFailure === 'abort')
      .map((gate) => startSeconds - enteredSeconds + soonestFailureSeconds(gate)),
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
