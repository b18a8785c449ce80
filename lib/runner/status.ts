import { shortHash } from '../plan/hash.ts';
import type { Plan } from '../plan/plan.ts';
import { member, textOr } from './json.ts';
import { weightOf } from './read-plan.ts';

export type Phase = 'Starting' | 'Progressing' | 'Held' | 'Aborting' | 'Aborted' | 'Promoted' | 'Superseded' | 'Refused';
/** Phases that are written down; the other two touch nothing. */
export type WrittenPhase = Exclude<Phase, 'Superseded' | 'Refused'>;

/**
 * All that a runner knows about its release, as ConfigMap `<release>-status` holds it. It is read again before each
 * decision and nothing else is remembered, so a runner that was killed and one that was not decide alike (S6).
 * Times are milliseconds since 1970.
 */
export interface Status {
  readonly version: 1;
  /** Hash of the plan that is walked. */
  readonly plan: string;
  readonly phase: WrittenPhase;
  /** Index of the step that is being walked, or must be walked next; the number of steps when all are done. */
  readonly step: number;
  /** When that step began; null: it has not. */
  readonly stepStartedAt: number | null;
  readonly startedAt: number;
  readonly weight: {
    /** The earned level: the runner has written it or is about to. */
    readonly set: number;
    /** What the route was last seen to hold and its router to accept. */
    readonly observed: number;
    /** Since when it does, without a break; null: not yet, or not any more. */
    readonly since: number | null;
    /** The route's generation when it was last seen to hold `set`. */
    readonly generation: number | null;
  };
  /** Written before the route is raised to `weight.set`: what it held then, and its generation. */
  readonly pending: { readonly from: number; readonly generation: number | null } | null;
  /** How often the GitOps tool reset the route and it was taken back to the earned level. */
  readonly resets: { readonly count: number; readonly lastAt: number | null };
  /** Why the phase is Held: before a step that cannot be walked, or on stable after a contradiction. */
  readonly hold: { readonly at: 'step' | 'stable'; readonly since: number } | null;
  readonly abort: { readonly at: number; readonly by: 'person' | 'gate'; readonly zeroSince: number | null } | null;
  /** What the runner does or waits for, for people. */
  readonly reason: string;
  readonly heartbeat: number;
  /** The latest decisions. */
  readonly log: readonly { readonly at: string; readonly message: string }[];
}

export type StatusView =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ours'; readonly status: Status; readonly resourceVersion: string }
  | { readonly kind: 'otherPlan'; readonly plan: string; readonly resourceVersion: string }
  | { readonly kind: 'corrupt'; readonly why: string; readonly resourceVersion: string };

const LOG_LENGTH = 40;

export function newStatus(plan: string, at: number, generation: number | null): Status {
  return {
    version: 1,
    plan,
    phase: 'Starting',
    step: 0,
    stepStartedAt: null,
    startedAt: at,
    weight: { set: 0, observed: 0, since: at, generation },
    pending: null,
    resets: { count: 0, lastAt: null },
    hold: null,
    abort: null,
    reason: '',
    heartbeat: at,
    log: [],
  };
}

/** The status with one more line in its log, the oldest dropped. */
export const logged = (status: Status, at: number, message: string): Status => ({
  ...status,
  log: [...status.log, { at: new Date(at).toISOString(), message }].slice(-LOG_LENGTH),
});

/** The ConfigMap's data: the status as a whole with a digest that shows edits by hand, and keys for people. */
export function statusData(status: Status): Readonly<Record<string, string>> {
  return {
    'status.json': JSON.stringify({ ...status, digest: shortHash(status) }),
    plan: status.plan,
    phase: status.phase,
    step: String(status.step),
    weight: String(status.weight.set),
    reason: status.reason,
    heartbeat: new Date(status.heartbeat).toISOString(),
  };
}

/** Reads the status; one that was edited, truncated or cannot be for this plan is corrupt, and says why. */
export function readStatus(configMap: unknown, plan: Plan, hash: string): StatusView {
  if (configMap === null) return { kind: 'absent' };
  const resourceVersion = textOr(member(configMap, 'metadata', 'resourceVersion'), '');
  const corrupt = (why: string): StatusView => ({ kind: 'corrupt', why, resourceVersion });
  let parsed: unknown;
  try {
    parsed = JSON.parse(textOr(member(configMap, 'data', 'status.json'), ''));
  } catch {
    return corrupt('status.json is no JSON');
  }
  const written = member(parsed, 'plan');
  if (typeof written !== 'string') return corrupt('status.json names no plan');
  const { digest, ...status } = parsed as Status & { readonly digest: unknown };
  if (digest !== shortHash(status)) return corrupt('status.json does not match its digest: it was edited');
  if (written !== hash) return { kind: 'otherPlan', plan: written, resourceVersion };
  if (status.version !== 1) return corrupt(`version ${String(status.version)} is unknown, this runner knows 1`);
  const why = contradiction(status, plan);
  return why === null ? { kind: 'ours', status, resourceVersion } : corrupt(why);
}

/** On stable to stay there: whatever the route says, the candidate must have nothing. */
export const rests = (status: Status): boolean =>
  status.phase === 'Aborting' || status.phase === 'Aborted' || (status.phase === 'Held' && status.hold?.at === 'stable');

/** Why the weight cannot have been earned at this step of the plan, or null. */
function contradiction(status: Status, plan: Plan): string | null {
  const { step, weight, phase } = status;
  if (!Number.isInteger(step) || step < 0 || step > plan.steps.length) return `step ${step} is not one of the plan's ${plan.steps.length}`;
  if (rests(status)) return weight.set === 0 ? null : `phase ${phase} with weight ${weight.set}`;
  const reached = plan.steps.slice(0, step).reduce((level, done) => weightOf(done) ?? level, 0);
  const current = plan.steps[step];
  const next = current === undefined ? null : weightOf(current);
  if (phase === 'Promoted' && current !== undefined) return `phase Promoted at step ${step} of ${plan.steps.length}`;
  return weight.set === reached || weight.set === next ? null : `weight ${weight.set} at step ${step}, which has earned ${reached}`;
}
