import type { Counters } from '../gates/verdict.ts';
import { shortHash } from '../plan/hash.ts';
import type { Plan } from '../plan/plan.ts';
import { member, textOr, versionOf } from './json.ts';
import { isExposed, isSame, type Level, levelAfter, NOTHING } from './level.ts';
import type { PlanReading, Reviewed } from './read-plan.ts';

export type Phase = 'Starting' | 'Progressing' | 'Held' | 'Aborting' | 'Aborted' | 'Promoted' | 'Superseded' | 'Refused';
/** Phases that are written down; the other two touch nothing. */
export type WrittenPhase = Exclude<Phase, 'Superseded' | 'Refused'>;

/**
 * All that a runner knows about its release, as ConfigMap `<release>-status` holds it. It is read again before each
 * decision and nothing else is remembered, so a runner that was killed and one that was not decide alike (S6).
 * Times are milliseconds since 1970.
 */
export interface Status {
  readonly version: 3;
  /** Hash of the plan that is walked. */
  readonly plan: string;
  /** The plan's ConfigMap as the API server knows it: one of the same content that came later is another attempt. */
  readonly planUid: string;
  /** Of the plan, for other releases that wait for this one. Absent in a status of before it was written. */
  readonly attempt?: number;
  /** How often this plan was begun in the cluster: 1, and one more for each retry. */
  readonly run: number;
  readonly phase: WrittenPhase;
  readonly phaseSince: number;
  /** Index of the step that is being walked, or must be walked next; the number of steps when all are done. */
  readonly step: number;
  /** Whether it was promoted in this run, whatever holds it since: Git may have recorded it. */
  readonly promoted?: boolean;
  /** When that step began; null: it has not. Later than it truly was where it was held since. */
  readonly stepStartedAt: number | null;
  readonly begunAt: number;
  /** When the release began, later by the time that it waited for people: what its deadline counts from. */
  readonly startedAt: number;
  readonly level: {
    /** What was earned: the runner has written it to the route or is about to. */
    readonly set: Level;
    /** Share of requests in percent that the route was last seen to hold and its router to accept. */
    readonly observed: number;
    /** Since when they do, without a break; null: not yet, or not any more. */
    readonly held: number | null;
    /** Since when the requests follow, as far as anybody can tell: gates judge from then on. */
    readonly since: number | null;
    /** The route's generation when it was last seen to hold `set`. */
    readonly generation: number | null;
  };
  /** Written before the route is raised to `level.set`: what it held then, and its generation. */
  readonly pending: { readonly from: Level; readonly generation: number | null } | null;
  /** How often the GitOps tool reset the route and it was taken back to the earned level. */
  readonly resets: { readonly count: number; readonly lastAt: number | null };
  /** The gates that judge the present level, by `<step>.<gate>`. */
  readonly gates: Readonly<Record<string, GateStatus>>;
  /** What was tried because a gate failed, by its `onFailure`: each once in a run. `flagOn`: others had the flag off before. */
  readonly remedies: Readonly<Record<string, Remedied | null | undefined>>;
  /** Since when less than half of the candidate's pods are available. */
  readonly shortSince: number | null;
  /** Given and taken in this run. */
  readonly approvals: readonly TakenApproval[];
  /** Ids of orders that were followed, or came before this run began: they never count again. */
  readonly consumed: readonly string[];
  /** Why the phase is Held, and since when. */
  readonly hold: { readonly at: 'step' | 'stable' | 'operator' | 'gate' | 'queue'; readonly since: number } | null;
  readonly abort: { readonly at: number; readonly by: 'person' | 'gate'; readonly zeroSince: number | null } | null;
  /** What the runner does or waits for, for people. */
  readonly reason: string;
  readonly heartbeat: number;
  /** Steps that were done, the latest last. */
  readonly steps: readonly DoneStep[];
  /** What gates said at levels that are left, the latest last. */
  readonly evidence: readonly GateEvidence[];
  /** The latest decisions. */
  readonly log: readonly { readonly at: string; readonly message: string }[];
}

export interface GateStatus {
  /** When its step began, or when it was begun anew. */
  readonly since: number;
  /** End of its latest measurement that passed. */
  readonly passedAt: number | null;
  readonly counters: Counters;
  /** The Job that was begun for it last; null: none was. */
  readonly began: string | null;
}

export interface Remedied {
  readonly at: number;
  /** When whoever carries it out said that it is done; pods just come, and say nothing. */
  readonly doneAt?: number;
  /** Since when it is in effect, so that gates measure anew; null: not yet. */
  readonly readyAt: number | null;
  /** Pods that the candidate was scaled to. */
  readonly replicas?: number | undefined;
}

export interface TakenApproval {
  readonly id: string;
  readonly approval: string;
  readonly by: string;
  /** As the approver's clock said. */
  readonly at: string;
  readonly reason: string;
  readonly source: 'git' | 'cluster';
  /** Where the plan says who may sign: for whoever audits it. */
  readonly signature?: string | undefined;
  readonly takenAt: number;
}

export interface DoneStep {
  readonly index: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly weight: number;
  readonly note: string;
}

/** With the plan, which holds query and thresholds, a reader can recompute the verdict (S11). */
export interface GateEvidence extends Omit<Counters, 'last' | 'silentSince'> {
  readonly step: number;
  readonly gate: string;
  readonly weight: number;
  readonly from: number;
  readonly to: number;
  readonly verdict: string;
}

/** As it was written before there was more than one remedy. */
type Earlier = Omit<Status, 'version' | 'remedies'> &
  Partial<Pick<Status, 'remedies'>> & { readonly version: number; readonly scaledUp?: Remedied | null };

export type StatusView =
  | { readonly kind: 'absent'; readonly resourceVersion: null }
  | { readonly kind: 'ours'; readonly status: Status; readonly resourceVersion: string }
  /** Of a plan of the same content that was removed since: only what was consumed then matters. */
  | { readonly kind: 'earlier'; readonly status: Status; readonly resourceVersion: string }
  | { readonly kind: 'otherPlan'; readonly plan: string; readonly resourceVersion: string }
  | { readonly kind: 'corrupt'; readonly why: string; readonly resourceVersion: string };

const LOG_LENGTH = 40;

export interface Beginning {
  readonly plan: string;
  readonly planUid: string;
  readonly at: number;
  /** Of the route. */
  readonly generation: number | null;
  readonly run?: number;
  readonly consumed?: readonly string[];
}

export function newStatus({ plan, planUid, at, generation, run = 1, consumed = [] }: Beginning): Status {
  return {
    version: 3,
    plan,
    planUid,
    run,
    phase: 'Starting',
    phaseSince: at,
    step: 0,
    stepStartedAt: null,
    begunAt: at,
    startedAt: at,
    level: { set: NOTHING, observed: 0, held: at, since: at, generation },
    pending: null,
    resets: { count: 0, lastAt: null },
    gates: {},
    remedies: {},
    shortSince: null,
    approvals: [],
    consumed: [...new Set(consumed)],
    hold: null,
    abort: null,
    reason: '',
    heartbeat: at,
    steps: [],
    evidence: [],
    log: [],
  };
}

/** The status with one more line in its log, the oldest dropped. */
export const logged = (status: Status, at: number, message: string): Status => ({
  ...status,
  log: [...status.log, { at: new Date(at).toISOString(), message }].slice(-LOG_LENGTH),
});

/** By what objects are read. */
export interface Reading extends Reviewed {
  /** Of the plan's ConfigMap: another one of the same name is another attempt. */
  readonly planUid: string;
  /** When the API server created it, as it says. */
  readonly planSince?: unknown;
  /** What was last there of the plan. */
  readonly found: PlanReading;
  /** The text of the status that this process wrote last: what needs no check when it is read. */
  own?: string | undefined;
  readonly parts?: {
    /** Says which approval a status claims that nobody can have given. */
    readonly signatures?: { readonly unproven: (status: Status, plan: Plan, planSince: unknown) => string | null };
  };
}

/**
 * Reads the status; one that was edited, truncated or cannot be for this plan is corrupt, and says why. So is one of a plan
 * that is another one by now: whatever it has earned, it has not earned it by that.
 */
export function readStatus(configMap: unknown, { plan, hash, planUid, planSince, found, parts, own }: Reading): StatusView {
  if (configMap === null) return { kind: 'absent', resourceVersion: null };
  const resourceVersion = versionOf(configMap);
  const corrupt = (why: string): StatusView => ({ kind: 'corrupt', why, resourceVersion });
  const text = textOr(member(configMap, 'data', 'status.json'), '');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return corrupt('status.json is no JSON');
  }
  const written = member(parsed, 'plan');
  if (typeof written !== 'string') return corrupt('status.json names no plan');
  const { digest, ...earlier } = parsed as Earlier & { readonly digest: unknown };
  if (text !== own && digest !== shortHash(JSON.stringify(earlier))) return corrupt('status.json does not match its digest: it was edited');
  if (written !== hash) return { kind: 'otherPlan', plan: written, resourceVersion };
  if (earlier.version !== 2 && earlier.version !== 3) return corrupt(`version ${earlier.version} is unknown, this runner knows 3`);
  // A runner that knows 2 alone must not walk on by what it cannot read.
  const status: Status = { remedies: { scaleUp: earlier.scaledUp }, ...earlier, version: 3 };
  const edited = 'refused' in found && `${plan.release}-plan-${hash} is not its plan: ${found.refused.join('; ')}`;
  if (status.planUid !== planUid && !edited) return { kind: 'earlier', status, resourceVersion };
  const doubt = !rests(status) && (edited || parts?.signatures?.unproven(status, plan, planSince));
  const why = doubt || contradiction(status, plan);
  return why === null ? { kind: 'ours', status, resourceVersion } : corrupt(why);
}

/** With a digest that shows edits by hand: of the text, whose keys keep their order when it is read, since sorting takes longer. */
export function statusText(status: Status): string {
  const text = JSON.stringify(status);
  return `${text.slice(0, -1)},"digest":"${shortHash(text)}"}`;
}

/** On stable to stay there: whatever the route says, the candidate must have nothing. */
export const rests = (status: Status): boolean =>
  status.phase === 'Aborting' || status.phase === 'Aborted' || (status.phase === 'Held' && status.hold?.at === 'stable');

/** Why the level cannot have been earned at this step of the plan, or null. */
function contradiction(status: Status, plan: Plan): string | null {
  const { step, level, phase } = status;
  if (!Number.isInteger(step) || step < 0 || step > plan.steps.length) return `step ${step} is not one of the plan's ${plan.steps.length}`;
  if (rests(status)) return isExposed(level.set) ? `phase ${phase} with weight ${level.set.weight}` : null;
  const reached = plan.steps.slice(0, step).reduce<Level>((before, done) => levelAfter(done, before, plan) ?? before, NOTHING);
  const current = plan.steps[step];
  if (phase === 'Promoted' && current !== undefined && current.kind !== 'bake')
    return `phase Promoted at step ${step} of ${plan.steps.length}`;
  const shed = { ...reached, routes: { ...reached.routes, shed: 0 } };
  const earned = [reached, shed].flatMap((before) => [before, (current && levelAfter(current, before, plan)) ?? before]);
  return earned.some((one) => isSame(level.set, one))
    ? null
    : `weight ${level.set.weight} at step ${step}, which has earned ${reached.weight}`;
}
