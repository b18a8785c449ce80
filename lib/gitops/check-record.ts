import { APPROVALS_FILE, readApprovals } from '../intent/approvals.ts';
import { IMAGES_FILE } from '../intent/images.ts';
import type { Lock } from '../lock/lock.ts';
import { type LockKey, lockPath, readLock } from '../lock/read.ts';
import { writeLock } from '../lock/write.ts';
import { formatProblem, ProblemError } from '../schema/index.ts';
import type { Landing } from './landing.ts';
import { recorded } from './record.ts';
import { readRecord, recordPath } from './release-record.ts';
import { promotedAt, retire, retirement } from './retire.ts';

/** Texts of files where a change began and where it ends; null where there is none. */
export interface Ends {
  before(path: string): string | null;
  after(path: string): string | null;
  /** How the release in flight of a lock came into Git; null: nobody knows. @default nobody knows */
  landing?(lock: Lock): Landing | null;
}

export interface Expected {
  /** What the change is, in words: one for each record and each retirement. */
  readonly said: readonly string[];
  /** Texts of locks and records as they must be, made anew from where the change began. */
  readonly texts: ReadonlyMap<string, string>;
  /** Locks whose release was given up, so that `images.yaml` may say stable's image again. */
  readonly aborted: readonly Lock[];
  /** What is not part of it. */
  readonly problems: readonly string[];
}

/**
 * What a change must be to be records and retirements and nothing else: of each lock a record, a retirement, or a retirement
 * after a record, as one branch gathers them.
 * @param changed every path that differs, output left out
 * @param now for the time that a replaced revision keeps its pods
 */
export function expectedOf(changed: readonly string[], ends: Ends, now: number): Expected {
  const texts = new Map<string, string>();
  const [said, problems, aborted]: [string[], string[], Lock[]] = [[], [], []];
  const judged = new Set([IMAGES_FILE]);
  for (const path of changed) {
    const key = keyOf(path);
    if (key === null) continue;
    judged.add(path);
    try {
      const before = lockAt(key, ends.before(path), 'it is new: the first entry of a release is no record.');
      const record = recordOf(before);
      if (record !== null) judged.add(record);
      const after = lockAt(key, ends.after(path), 'it was deleted.');
      const recording = record !== null && changed.includes(record) ? recordingOf(before, record, ends, now) : null;
      const { lock } = recording ?? { lock: before };
      const retiring = retirementOf(lock, after, (file) => recording?.texts.get(file) ?? ends.before(file), now);
      if (recording === null && retiring === null) throw wrong('it changed, with neither a record nor a revision that stopped retiring.');
      for (const step of [recording, retiring]) {
        if (step === null) continue;
        said.push(`${key.release} on ${key.target}: ${step.said}`);
        for (const [file, text] of step.texts) texts.set(file, text);
      }
      if (recording?.outcome === 'aborted') aborted.push(before);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems.map((problem) => `${path}: ${formatProblem(problem)}`));
    }
  }
  problems.push(...changed.filter((path) => !judged.has(path)).map((path) => `${path} changed, and is no part of a record.`));
  if (said.length === 0 && problems.length === 0) problems.push('no lock changed: nothing is recorded.');
  return { said, texts, aborted, problems };
}

interface Step {
  readonly said: string;
  readonly lock: Lock;
  readonly texts: ReadonlyMap<string, string>;
}

function lockAt(key: LockKey, text: string | null, missing: string): Lock {
  if (text === null) throw wrong(missing);
  return readLock(text, key);
}

const recordOf = (lock: Lock): string | null => (lock.inFlight === null ? null : recordPath(lock, lock.inFlight.hash));

function recordingOf(lock: Lock, path: string, ends: Ends, now: number): Step & { readonly outcome: 'promoted' | 'aborted' } {
  const text = ends.after(path);
  if (ends.before(path) !== null || text === null) throw wrong(`${path} was there already: a record is written once.`);
  const record = readRecord(text, path, { release: lock.release });
  const approvals = readApprovals(ends.before(APPROVALS_FILE));
  const recording = recorded(lock, record, { committed: null, approvals, now, landing: ends.landing?.(lock) ?? null });
  if (recording.kind === 'refused') throw new ProblemError(recording.problems);
  if (recording.kind === 'recorded') throw wrong(`${path} is recorded already.`);
  return {
    said: `${record.outcome} by plan ${record.plan}`,
    lock: recording.lock,
    texts: new Map([
      [recording.file.path, recording.file.text],
      [lockPath(lock), writeLock(recording.lock)],
    ]),
    outcome: record.outcome,
  };
}

/** Who retired is read from the change; whether they might is judged anew. Null: nobody did. */
function retirementOf(lock: Lock, after: Lock, textOf: (path: string) => string | null, now: number): Step | null {
  const stay = new Set(after.retiring.map(({ revision }) => revision.name));
  const gone = lock.retiring.map(({ revision }) => revision.name).filter((name) => !stay.has(name));
  if (gone.length === 0) return null;
  const { warm, unrecorded } = retirement(lock, promotedAt(lock, textOf), now);
  const early = warm.filter(({ revision }) => gone.includes(revision));
  if (early.length > 0)
    throw wrong(`${early.map(({ revision, until }) => `${revision} keeps its pods until ${new Date(until).toISOString()}`).join(', ')}.`);
  const unseen = unrecorded.filter((revision) => gone.includes(revision));
  if (unseen.length > 0)
    throw wrong(
      `no release record shows that the cluster has left ${unseen.join(', ')}: applied with what took it out of service, its pods would go while requests reach them.`,
    );
  const left = retire(lock, gone);
  return { said: `${gone.join(', ')} retired`, lock: left, texts: new Map([[lockPath(lock), writeLock(left)]]) };
}

function keyOf(path: string): LockKey | null {
  const [, target, namespace, release] = /^lock\/([^/]+)\/([^/]+)\/([^/]+)\.yaml$/.exec(path) ?? [];
  return target === undefined || namespace === undefined || release === undefined ? null : { target, namespace, release };
}

const wrong = (message: string): ProblemError => new ProblemError([{ message }]);
