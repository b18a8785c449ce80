import { APPROVALS_FILE, readApprovals } from '../intent/approvals.ts';
import type { Lock } from '../lock/lock.ts';
import { type LockKey, lockPath, readLock } from '../lock/read.ts';
import { writeLock } from '../lock/write.ts';
import { formatProblem, ProblemError } from '../schema/index.ts';
import { recorded } from './record.ts';
import { readRecord, recordPath } from './release-record.ts';
import { retire, retirement } from './retire.ts';

/** Texts of files where a change began and where it ends; null where there is none. */
export interface Ends {
  before(path: string): string | null;
  after(path: string): string | null;
}

export interface Expected {
  /** What the change is, in words: one for each lock. */
  readonly said: readonly string[];
  /** Texts of locks and records as they must be, made anew from where the change began. */
  readonly texts: ReadonlyMap<string, string>;
  /** Locks whose release was given up, so that `images.yaml` may say stable's image again. */
  readonly aborted: readonly Lock[];
  /** What is not part of it. */
  readonly problems: readonly string[];
}

/**
 * What a change must be to be records and retirements and nothing else.
 * @param changed every path that differs, output left out
 * @param now for the time that a replaced revision keeps its pods
 */
export function expectedOf(changed: readonly string[], ends: Ends, now: number): Expected {
  const texts = new Map<string, string>();
  const [said, problems, aborted]: [string[], string[], Lock[]] = [[], [], []];
  const records = changed.filter((path) => path.startsWith('releases/'));
  const explained = new Set<string>();
  for (const path of changed) {
    const key = keyOf(path);
    if (key === null) continue;
    const own = records.filter((record) => record.startsWith(`releases/${key.target}/${key.release}/`));
    for (const record of own) explained.add(record);
    try {
      const step = stepOf(key, own, ends, now);
      said.push(step.said);
      for (const [file, text] of step.texts) texts.set(file, text);
      if (step.aborted) aborted.push(step.aborted);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems.map((problem) => `${path}: ${formatProblem(problem)}`));
    }
  }
  problems.push(...records.filter((path) => !explained.has(path)).map((path) => `${path} changed, and the lock of its release did not.`));
  if (said.length === 0 && problems.length === 0) problems.push('no lock changed: nothing is recorded.');
  return { said, texts, aborted, problems };
}

interface Step {
  readonly said: string;
  readonly texts: ReadonlyMap<string, string>;
  readonly aborted: Lock | null;
}

function stepOf(key: LockKey, records: readonly string[], ends: Ends, now: number): Step {
  const path = lockPath(key);
  const [before, after] = [ends.before(path), ends.after(path)];
  if (before === null) throw wrong('it is new: the first entry of a release is no record.');
  if (after === null) throw wrong('it was deleted.');
  const lock = readLock(before, key);
  const [record, another] = records;
  if (another !== undefined) throw wrong(`${records.join(' and ')} changed: a release is recorded once at a time.`);
  if (record === undefined) return retirementOf(lock, readLock(after, key), ends, now);
  const text = ends.after(record);
  if (ends.before(record) !== null || text === null) throw wrong(`${record} was there already: a record is written once.`);
  const outcome = readRecord(text, record, { release: key.release });
  const recording = recorded(lock, outcome, { committed: null, approvals: readApprovals(ends.before(APPROVALS_FILE)), now });
  if (recording.kind === 'refused') throw new ProblemError(recording.problems);
  if (recording.kind === 'recorded') throw wrong(`${record} is recorded already.`);
  return {
    said: `${key.release} on ${key.target}: ${outcome.outcome} by plan ${outcome.plan}`,
    texts: new Map([
      [recording.file.path, recording.file.text],
      [path, writeLock(recording.lock)],
    ]),
    aborted: outcome.outcome === 'aborted' ? lock : null,
  };
}

/** Who retired is read from the change; whether they might is judged anew. */
function retirementOf(lock: Lock, after: Lock, ends: Ends, now: number): Step {
  const stay = new Set(after.retiring.map(({ revision }) => revision.name));
  const gone = lock.retiring.map(({ revision }) => revision.name).filter((name) => !stay.has(name));
  if (gone.length === 0) throw wrong('it changed, with neither a record nor a revision that stopped retiring.');
  const plan = lock.history[0]?.plan ?? null;
  const path = plan === null ? null : recordPath(lock, plan);
  const record = path === null ? null : ends.before(path);
  const promotedAt =
    path === null || plan === null || record === null ? null : Date.parse(readRecord(record, path, { ...lock, plan }).endedAt);
  const { warm, unrecorded } = retirement(lock, promotedAt, now);
  const early = warm.filter(({ revision }) => gone.includes(revision));
  if (early.length > 0)
    throw wrong(`${early.map(({ revision, until }) => `${revision} keeps its pods until ${new Date(until).toISOString()}`).join(', ')}.`);
  const unseen = unrecorded.filter((revision) => gone.includes(revision));
  if (unseen.length > 0)
    throw wrong(
      `no release record shows that the cluster has left ${unseen.join(', ')}: applied with what took it out of service, its pods would go while requests reach them.`,
    );
  return {
    said: `${lock.release} on ${lock.target}: ${gone.join(', ')} retired`,
    texts: new Map([[lockPath(lock), writeLock(retire(lock, gone))]]),
    aborted: null,
  };
}

function keyOf(path: string): LockKey | null {
  const [, target, namespace, release] = /^lock\/([^/]+)\/([^/]+)\/([^/]+)\.yaml$/.exec(path) ?? [];
  return target === undefined || namespace === undefined || release === undefined ? null : { target, namespace, release };
}

const wrong = (message: string): ProblemError => new ProblemError([{ message }]);
