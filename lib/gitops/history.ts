// What became of each attempt to release: who, when, with which verdicts and approvals. From records, the lock and git; pure.
import { stableName } from '../lock/change.ts';
import type { Lock } from '../lock/lock.ts';
import type { Attempt, Commit, Revision, Verdict } from './history-attempt.ts';
import { type Figures, figuresOf } from './history-figures.ts';
import type { CommittedRecord } from './release-record.ts';

/** What git knows of a release's files; nothing where there is no git. */
export interface GitFacts {
  /** The commit that put a plan in flight, by the plan's hash, oldest first: the last one where it was reverted and landed again. */
  readonly plans: ReadonlyMap<string, Commit>;
  /** The commit that brought a plan's record. */
  readonly records: ReadonlyMap<string, Commit>;
  /** The commit that took a plan's record out again, as `git revert` does. */
  readonly reverted: ReadonlyMap<string, Commit>;
  /** Plans whose record was changed since it was committed, and how. */
  readonly edited: ReadonlyMap<string, string>;
}

export const NO_GIT: GitFacts = { plans: new Map(), records: new Map(), reverted: new Map(), edited: new Map() };

export interface History {
  readonly release: string;
  readonly target: string;
  readonly namespace: string;
  /** Null where there is no lock any more. */
  readonly stable: Revision | null;
  readonly inFlight: { readonly plan: string; readonly candidate: Revision } | null;
  /** Newest first. */
  readonly attempts: readonly Attempt[];
  readonly figures: Figures;
}

export interface HistoryInput {
  readonly release: string;
  readonly target: string;
  readonly namespace: string;
  readonly lock: Lock | null;
  /** Those that were taken out again among them. */
  readonly records: readonly CommittedRecord[];
  readonly git: GitFacts;
}

export function history({ release, target, namespace, lock, records, git }: HistoryInput): History {
  const ordered = [...records].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const standing = (until: number) => ordered.slice(0, until).filter(({ plan }) => !git.reverted.has(plan));
  const recorded = ordered.map((record, index) => fromRecord(record, standing(index), lock, git));
  const known = new Set(records.map(({ plan }) => plan));
  const flying =
    lock?.inFlight && (!known.has(lock.inFlight.hash) || git.reverted.has(lock.inFlight.hash)) ? [inFlight(lock.inFlight, git)] : [];
  const elsewhere = [...git.plans.keys(), ...(lock?.history ?? []).flatMap(({ plan }) => plan ?? [])];
  const others = [...new Set(elsewhere)]
    .filter((plan) => !known.has(plan) && plan !== lock?.inFlight?.hash)
    .map((plan) => unrecorded(plan, lock, git));
  const attempts = [...recorded, ...others, ...flying].sort((a, b) => (moment(a) < moment(b) ? 1 : -1));
  return {
    release,
    target,
    namespace,
    stable: lock && { revision: stableName(lock), image: lock.stable.image },
    inFlight: lock?.inFlight
      ? { plan: lock.inFlight.hash, candidate: { revision: lock.inFlight.candidate.name, image: lock.inFlight.candidate.image } }
      : null,
    attempts,
    figures: figuresOf(ordered, attempts),
  };
}

const order = ({ endedAt, attempt }: CommittedRecord): string => `${endedAt} ${String(attempt).padStart(9, '0')}`;
const moment = ({ endedAt, startedAt, released, outcome }: Attempt): string =>
  `${outcome === 'in flight' ? 1 : 0}${endedAt ?? startedAt ?? released?.at ?? ''}`;

function fromRecord(record: CommittedRecord, earlier: readonly CommittedRecord[], lock: Lock | null, git: GitFacts): Attempt {
  const { plan, attempt, outcome, by, reason, startedAt, endedAt, stable, candidate, waived, approvals } = record;
  const released = git.plans.get(plan) ?? null;
  const edited = git.edited.get(plan);
  const reverted = git.reverted.get(plan) ?? null;
  const proves = lock?.history.find((entry) => entry.plan === plan);
  return {
    plan,
    attempt,
    outcome,
    by,
    reason,
    from: { revision: stable.revision, image: stable.image },
    to: { revision: candidate.revision, image: candidate.image },
    restores: wasStable(candidate.revision, earlier, lock),
    startedAt,
    endedAt,
    highest: Math.max(0, ...record.steps.map(({ weight }) => weight), ...record.gates.map(({ weight }) => weight)),
    gates: verdictsOf(record),
    approvals,
    waived,
    released,
    recorded: git.records.get(plan) ?? null,
    reverted,
    notes: [
      ...(reverted === null
        ? []
        : [`${reverted.name} took its record out in ${reverted.hash.slice(0, 12)}, and what it had released with it`]),
      ...(edited === undefined ? [] : [edited]),
      ...(released && reverted === null && released.at > endedAt
        ? [`its commit is of ${released.at}, after its end: a clock was wrong, or the commit was written anew`]
        : []),
      ...(proves && proves.revision !== candidate.revision
        ? [`the lock says that it proved ${proves.revision}, the record that it released ${candidate.revision}`]
        : []),
    ],
  };
}

/** Stable in the first entry, or promoted by an earlier release. */
function wasStable(revision: string, earlier: readonly CommittedRecord[], lock: Lock | null): boolean {
  const first = lock?.history.some((entry) => entry.plan === null && entry.revision === revision) ?? false;
  return (
    first ||
    earlier.some(
      ({ outcome, candidate, stable }) => stable.revision === revision || (outcome === 'promoted' && candidate.revision === revision),
    )
  );
}

const GRAVITY = ['fail', 'inconclusive', 'running', 'pass'];

function verdictsOf({ gates }: CommittedRecord): readonly Verdict[] {
  const byName = new Map<string, Verdict>();
  for (const { gate, verdict, pass, fail, inconclusive, noData, error } of gates) {
    const known = byName.get(gate) ?? { gate, verdict, pass: 0, fail: 0, silent: 0 };
    byName.set(gate, {
      gate,
      verdict: [known.verdict, verdict].sort((a, b) => rank(a) - rank(b))[0] ?? verdict,
      pass: known.pass + pass,
      fail: known.fail + fail,
      silent: known.silent + inconclusive + noData + error,
    });
  }
  return [...byName.values()];
}

/** What is not known is no better than the worst. */
const rank = (verdict: string): number => GRAVITY.indexOf(verdict);

const NOTHING = { attempt: null, by: null, reason: '', from: null, to: null, restores: false, startedAt: null, endedAt: null } as const;
const UNSEEN = { highest: null, gates: [], approvals: [], waived: null, recorded: null, reverted: null } as const;

function inFlight({ hash, plan, candidate }: NonNullable<Lock['inFlight']>, git: GitFacts): Attempt {
  return {
    ...NOTHING,
    ...UNSEEN,
    plan: hash,
    outcome: 'in flight',
    attempt: plan.attempt,
    from: { revision: plan.stable.revision, image: plan.stable.image },
    to: { revision: candidate.name, image: candidate.image },
    waived: plan.approvals.waived,
    released: git.plans.get(hash) ?? null,
    notes: [],
  };
}

function unrecorded(plan: string, lock: Lock | null, git: GitFacts): Attempt {
  const proved = lock?.history.find((entry) => entry.plan === plan);
  const note = proved
    ? `the lock says that it proved ${proved.revision}, and its record is missing`
    : 'it was superseded, given up or reverted, and left no record';
  return {
    ...NOTHING,
    ...UNSEEN,
    plan,
    outcome: proved ? 'promoted' : 'ended',
    to: proved ? { revision: proved.revision, image: proved.image } : null,
    released: git.plans.get(plan) ?? null,
    notes: [note],
  };
}
