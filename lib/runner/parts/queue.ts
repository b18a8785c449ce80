// Other releases that come first; a file of its own beside the program of those that wait for some.
import { shortHash } from '../../plan/hash.ts';
import type { Ahead, Plan, Queue } from '../../plan/plan.ts';
import type { Draft } from '../draft.ts';
import { hold, unhold } from '../holding.ts';
import { member, numberOr, textOr } from '../json.ts';
import { isExposed, type Level, NOTHING } from '../level.ts';
import type { Status, StatusView } from '../status.ts';
import type { World } from '../world.ts';

/** A runner that lives writes its status each minute. */
const SILENT_MILLISECONDS = 300_000;

const statusOf = (release: string): string => `${release}-status`;

/** The ConfigMaps to follow: once the candidate has been given something, others do not matter any more. */
export function follows({ queue }: Plan, view: StatusView): readonly string[] {
  const status = view.kind === 'ours' ? view.status : null;
  if (!queue || (status !== null && !mayWait(status))) return [];
  return [...queue.ahead.map(({ release }) => release), ...behindOf(queue, status)].map(statusOf);
}

/** Where it is begun again, others may have begun since. */
const behindOf = ({ behind = [] }: Queue, status: Status | null): readonly string[] => (status !== null && status.run > 1 ? behind : []);

const mayWait = ({ phase, hold: held, level }: Status): boolean =>
  (phase === 'Starting' || phase === 'Progressing' || (phase === 'Held' && held?.at !== 'stable')) && !isExposed(level.set);

/**
 * Whether the release must wait for others, which is written into the draft then. Until it has begun it only waits,
 * against no deadline; what people have to look at, and what comes first again after it has begun, holds it.
 */
export function waits({ queue, release }: Plan, world: World, draft: Draft): boolean {
  if (!queue || !mayWait(draft.status)) return false;
  const seen = queue.ahead.map((ahead) => ({ ahead, ...see(ahead, world.others[statusOf(ahead.release)], draft.at) }));
  const open = seen.filter(({ goes }) => goes);
  const before = open.filter(({ ahead }) => ahead.until === 'promoted');
  const since = behindOf(queue, draft.status).map((release) => seeBehind(release, world.others[statusOf(release)], draft.at));
  const beside = [...open.filter(({ ahead }) => ahead.until === 'over'), ...since.filter(({ goes }) => goes)];
  const full = beside.length >= queue.limit ? beside : [];
  const { hold: held, phase, stepStartedAt, step } = draft.status;
  const blocking = [...before, ...full];
  const group = full.length === 0 ? '' : ` (${queue.limit} of group ${queue.group} at a time)`;
  const why = `waits for ${blocking.map(({ says }) => says).join(', ')}${group}`;
  const failed = before.some(({ failed }) => failed);
  if (blocking.length === 0) {
    if (held?.at === 'queue') unhold(draft, 'nobody comes first any more');
    // All that it has waited counts against no deadline.
    if (step === 0 && stepStartedAt === null) draft.change({ startedAt: draft.at });
    return false;
  }
  if (failed) hold(draft, 'queue', `${why}; a person decides: tidegate retry or a fix there, or tidegate abort ${release}`);
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
}

/** What is missing is not done, and neither is what cannot be believed. */
function see({ release, attempt, until }: Ahead, configMap: unknown, at: number): Seen {
  const text = member(configMap, 'data', 'status.json');
  if (typeof text !== 'string') return { goes: true, says: `${release}, which has not begun` };
  const status = read(text);
  if (status === null) return { goes: true, says: `${release}, whose status cannot be believed: it was edited` };
  const [phase, heartbeat, current] = [textOr(member(status, 'phase'), ''), numberOr(member(status, 'heartbeat'), 0), attemptOf(status)];
  if (current < attempt) return { goes: true, says: `${release}, which has not begun attempt ${attempt}` };
  if (phase === 'Promoted' || (until === 'over' && (phase === 'Aborted' || current > attempt))) return { goes: false, says: '' };
  const failed = phase === 'Aborting' || phase === 'Aborted' || (phase === 'Held' && member(status, 'hold', 'at') === 'stable');
  const silent = !failed && at - heartbeat > SILENT_MILLISECONDS;
  const more = silent ? `, silent since ${new Date(heartbeat).toISOString()}: if it was given up, tidegate synth --refresh` : '';
  return { goes: true, failed, says: `${release} (${phase} at ${member(status, 'level', 'set', 'weight')} %${more})` };
}

/** One that has no traffic lets this one pass, and cannot get any before: it waits for this one. */
function seeBehind(release: string, configMap: unknown, at: number): Seen {
  const text = member(configMap, 'data', 'status.json');
  const status = typeof text === 'string' ? read(text) : undefined;
  // Of whatever attempt: another one may have begun since.
  const seen = see({ release, attempt: status ? attemptOf(status) : 0, until: 'over' }, configMap, at);
  return { ...seen, goes: seen.goes && status !== undefined && (status === null || isExposed(levelOf(status))) };
}

const levelOf = (status: object): Level => ({ ...NOTHING, ...(member(status, 'level', 'set') as Partial<Level> | undefined) });

const attemptOf = (status: object): number => numberOr(member(status, 'attempt'), 0);

/** A status that its runner wrote, or null. */
function read(text: string): object | null {
  try {
    const { digest, ...status } = JSON.parse(text);
    return digest === shortHash(JSON.stringify(status)) ? status : null;
  } catch {
    return null;
  }
}
