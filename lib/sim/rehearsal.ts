import type { Step } from '../plan/plan.ts';
import type { Release } from '../runner/index.ts';
import { BEGINNING, type CalmOutcome, type Surroundings, walkCalmly } from './calm.ts';

/** What a plan comes to where nothing goes wrong, and what each of its steps comes to where that one fails. Times are seconds since the beginning. */
export interface Rehearsal {
  /** As the runner's status says at the end; `Promoted`, or the plan cannot be walked. */
  readonly phase: string;
  /** Share of users in percent that the candidate has then. */
  readonly weight: number;
  readonly reason: string;
  readonly seconds: number;
  readonly steps: readonly RehearsedStep[];
  readonly failures: readonly RehearsedFailure[];
}

export interface RehearsedStep {
  readonly index: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Share of users in percent that the candidate then has. */
  readonly weight: number;
}

export interface RehearsedFailure {
  readonly step: number;
  readonly what: string;
  /** When the runner gives the release up, or holds it. */
  readonly at: number;
  readonly phase: string;
  readonly reason: string;
  /** Share of users in percent that the candidate has in the end, and the most that it had. */
  readonly weight: number;
  readonly most: number;
  /** Whether the step holds: users are back on stable, and none came further than the step itself leads. */
  readonly holds: boolean;
}

/** Walks a plan without gates by the runner's own logic in virtual time: once as it should go, and once for each step that can fail. */
export function rehearse(release: Release, around: Omit<Surroundings, 'failing'>): Rehearsal {
  const { phase, seconds, status, levels } = walkCalmly(release, around);
  const since = (at: number): number => (at - BEGINNING) / 1_000;
  return {
    phase: phase ?? 'Unknown',
    weight: levels.at(-1)?.level.weight ?? 0,
    reason: status?.reason ?? '',
    seconds,
    steps: (status?.steps ?? []).map(({ index, startedAt, endedAt, weight }) => ({
      index,
      startedAt: since(startedAt),
      endedAt: since(endedAt),
      weight,
    })),
    failures: release.plan.steps.flatMap((step, index) => {
      const what = failureOf(step);
      return what === null ? [] : [failed(release, index, what, walkCalmly(release, { ...around, failing: index }))];
    }),
  };
}

function failureOf({ kind }: Step): string | null {
  switch (kind) {
    case 'scale':
      return 'its pods are not available';
    case 'smoke':
      return 'its test fails';
    case 'approval':
      return 'nobody approves';
    case 'setWeight':
    case 'setHeaderRoute':
    case 'setMirrorRoute':
    case 'switch':
      return 'a person moves the route back';
    // What gates measure is theirs to say, and a pause has nothing to fail.
    case 'analysis':
    case 'pause':
    case 'bake':
      return null;
  }
}

function failed({ plan }: Release, step: number, what: string, { phase, phases, status, levels }: CalmOutcome): RehearsedFailure {
  const most = Math.max(0, ...levels.map(({ level }) => level.weight));
  const weight = levels.at(-1)?.level.weight ?? 0;
  const ended = phase === 'Aborted' || phase === 'Held';
  // Past the switch stable is no longer who serves; a person has moved them back here, which the runner respects.
  const earned = plan.steps[step]?.exposure ?? 0;
  const at = phases.find(({ phase }) => phase === 'Aborting' || phase === 'Aborted' || phase === 'Held')?.at ?? 0;
  return {
    step,
    what,
    at,
    phase: phase ?? 'Unknown',
    reason: status?.reason ?? '',
    weight,
    most,
    holds: ended && weight === 0 && most <= earned,
  };
}
