import type { RecordedApproval } from './release-record.ts';

/** A commit as git tells it. */
export interface Commit {
  readonly hash: string;
  /** When it was committed, ISO 8601 in UTC. */
  readonly at: string;
  readonly name: string;
  readonly email: string;
  readonly subject: string;
}

/** One way that a plan was walked, or is walked now. */
export interface Attempt {
  readonly plan: string;
  /** Null where only git or the lock knows of it. */
  readonly attempt: number | null;
  /** `ended`: nothing is known but that it is over, since it was superseded, given up or reverted without a record. */
  readonly outcome: 'promoted' | 'aborted' | 'in flight' | 'ended';
  /** Who ended an aborted one. */
  readonly by: 'person' | 'gate' | null;
  readonly reason: string;
  readonly from: Revision | null;
  readonly to: Revision | null;
  /** Whether the candidate was stable before: then it restores service, and is no change of its own. */
  readonly restores: boolean;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Highest share of requests in percent that the candidate had; null where nobody recorded it. */
  readonly highest: number | null;
  readonly gates: readonly Verdict[];
  readonly approvals: readonly RecordedApproval[];
  readonly waived: string | null;
  /** The commit that put it in flight, and the one that recorded its end; null where git does not tell. */
  readonly released: Commit | null;
  readonly recorded: Commit | null;
  /** The commit that took its record out again; null: it is there, or there was none. */
  readonly reverted: Commit | null;
  /** What a reader must know before believing it. */
  readonly notes: readonly string[];
}

export interface Revision {
  readonly revision: string;
  readonly image: string;
}

/** What a gate said over the whole attempt. */
export interface Verdict {
  readonly gate: string;
  /** The worst of its verdicts. */
  readonly verdict: string;
  readonly pass: number;
  readonly fail: number;
  /** Measurements that said nothing: inconclusive, without data, or an error. */
  readonly silent: number;
}
