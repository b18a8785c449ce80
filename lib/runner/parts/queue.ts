// Other releases that come first; a file of its own beside the program of those that wait for some.
import { shortHash } from '../../plan/hash.ts';
import type { Ahead, Plan } from '../../plan/plan.ts';
import { queuedOf } from '../../plan/queued.ts';
import type { Draft } from '../draft.ts';
import { hold, unhold } from '../holding.ts';
import { member, numberOr, textOr } from '../json.ts';
import { isExposed, type Level, NOTHING } from '../level.ts';
import type { Status, StatusView } from '../status.ts';
import type { World } from '../world.ts';

/** In milliseconds, before or after 1970. */
const LAST_DATE = 8.64e15;
/** A runner that lives writes its status each minute. */
const SILENT_MILLISECONDS = 300_000;

const statusOf = (release: string): string => `${release}-status`;

/** The ConfigMaps to follow: once the candidate has been given something, others do not matter any more. */
export const follows = (plan: Plan, view: StatusView): readonly string[] =>
  view.kind === 'ours' && !mayWait(view.status) ? [] : queuedOf(plan).map(statusOf);

const mayWait = ({ phase, hold: held, level }: Status): boolean =>
  (phase === 'Starting' || phase === 'Progressing' || (phase === 'Held' && held?.at !== 'stable')) && !isExposed(level.set);

/**
 * Whether the release must wait for others, which is written into the draft then. Until it has begun it only waits,
 * against no deadline; what people have to look at, and what comes first again after it has begun, holds it.
 */
export function waits({ queue, release }: Plan, world: World, draft: Draft): boolean {
  if (!queue || !mayWait(draft.status)) return false;
  const { ahead, behind = [], atRest = [], group, limit } = queue;
  const said = (name: string) => world.others[statusOf(name)];
  const open = ahead.map((one) => ({ until: one.until, ...see(one, said(one.release), draft.at) })).filter(({ goes }) => goes);
  const exposed = (names: readonly string[]) => names.map((name) => seeExposed(name, said(name), draft.at)).filter(({ goes }) => goes);
  const before = [...open.filter(({ until }) => until === 'promoted'), ...exposed(atRest)];
  const beside = [...open.filter(({ until }) => until === 'over'), ...exposed(behind)];
  const full = beside.length >= limit ? beside : [];
  const blocking = [...before, ...full];
  const { hold: held, phase, stepStartedAt, step } = draft.status;
  if (blocking.length === 0) {
    if (held?.at === 'queue') unhold(draft, 'nobody comes first any more');
    // All that it has waited counts against no deadline.
    if (step === 0 && stepStartedAt === null) draft.change({ startedAt: draft.at });
    return false;
  }
  const crowd = full.length === 0 ? '' : ` (${limit} of group ${group} at a time)`;
  const hasWaited = Math.abs(draft.at - draft.status.begunAt) > SILENT_MILLISECONDS;
  const remedy =
    hasWaited && blocking.some(({ lost }) => lost)
      ? `; where one was given up in Git, tidegate synth --refresh --only ${release} gives a new place`
      : '';
  const why = `waits for ${blocking.map(({ says }) => says).join(', ')}${crowd}${remedy}`;
  if (before.some(({ failed }) => failed))
    hold(draft, 'queue', `${why}; a person decides: tidegate retry or a fix there, or tidegate abort ${release}`);
  else if (step > 0 || stepStartedAt !== null) hold(draft, 'queue', why);
  else {
    // People read there for whom it waits.
    if (phase !== 'Starting' || draft.status.reason !== why) draft.change({ phase: 'Starting', hold: null });
    draft.wait(why);
  }
  return true;
}

interface Seen {
  /** Whether it is not over yet. */
  readonly goes: boolean;
  readonly says: string;
  /** Whether it will not be promoted unless a person does something. */
  readonly failed?: boolean;
  /** Whether nobody may be there who ends it: Git may have dropped it. */
  readonly lost?: boolean;
  readonly silent?: boolean;
}

/** What is missing is not done, and neither is what cannot be believed. */
function see({ release, attempt, until }: Ahead, configMap: unknown, at: number): Seen {
  const text = member(configMap, 'data', 'status.json');
  if (typeof text !== 'string') return { goes: true, says: `${release}, which has not begun`, lost: true };
  const status = read(text);
  if (status === null)
    return {
      goes: true,
      says: `${release}, whose status cannot be believed: where its runner is gone, delete ConfigMap ${statusOf(release)}`,
    };
  const [phase, heartbeat, current] = [textOr(member(status, 'phase'), ''), numberOr(member(status, 'heartbeat'), 0), attemptOf(status)];
  if (current < attempt) return { goes: true, says: `${release}, which has not begun attempt ${attempt}`, lost: true };
  if (phase === 'Promoted' || (until === 'over' && (phase === 'Aborted' || current > attempt))) return { goes: false, says: '' };
  const failed = phase === 'Aborting' || phase === 'Aborted' || (phase === 'Held' && member(status, 'hold', 'at') === 'stable');
  // A clock that was set back: nobody waits for what is of the future.
  const silent = Math.abs(at - heartbeat) > SILENT_MILLISECONDS;
  const lost = silent && !failed;
  const more = lost ? `, silent since ${new Date(heartbeat).toISOString()}` : '';
  return { goes: true, failed, lost, silent, says: `${release} (${phase} at ${member(status, 'level', 'set', 'weight')} %${more})` };
}

/**
 * Of whatever attempt, and only while it has traffic: it comes first for no other reason. What Git has dropped says so for
 * ever, so one that is silent does not count.
 */
function seeExposed(release: string, configMap: unknown, at: number): Seen {
  const text = member(configMap, 'data', 'status.json');
  const status = typeof text === 'string' ? read(text) : undefined;
  const seen = see({ release, attempt: status ? attemptOf(status) : 0, until: 'over' }, configMap, at);
  const counts = status !== undefined && (status === null || (isExposed(levelOf(status)) && !seen.silent));
  return { goes: seen.goes && counts, says: seen.says };
}

const levelOf = (status: object): Level => ({ ...NOTHING, ...(member(status, 'level', 'set') as Partial<Level> | undefined) });

const attemptOf = (status: object): number => numberOr(member(status, 'attempt'), 0);

/** A status that its runner wrote, or null. */
function read(text: string): object | null {
  try {
    const { digest, ...status } = JSON.parse(text);
    // One that names no moment was not written by a runner.
    const isMoment = Math.abs(numberOr(status.heartbeat, 0)) <= LAST_DATE;
    return isMoment && digest === shortHash(JSON.stringify(status)) ? status : null;
  } catch {
    return null;
  }
}
