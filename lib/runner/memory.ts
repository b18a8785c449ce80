import type { Question, Said } from './effect.ts';

/** What is known beside the cluster. Nothing in it must survive the process. */
export interface Memory {
  /**
   * Whether this process has walked the plan already: then a status of another plan means that this one was superseded;
   * before that it means that the other one was.
   */
  readonly owned: boolean;
  /** Whether a status of another plan has been there since: that it is gone or wrong is no longer this plan's business. */
  readonly lost: boolean;
  /** Whether everything was read just now; otherwise it is what watches told, and may be a moment old. */
  readonly fresh: boolean;
  /** What providers said about the level as it is, and is not in the status yet. */
  readonly answers: readonly Answered[];
  readonly asking: Asking;
}

/** What a provider said, as it came in. */
export interface Answered {
  readonly question: Question;
  readonly answer: Said;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  /** Whether a decision has seen it already: it is only waiting to be written. */
  readonly seen: boolean;
}

/** What this process has asked: it asks at once what it never asked, whatever a process before it did. */
export interface Asking {
  readonly waiting: ReadonlySet<string>;
  readonly asked: ReadonlySet<string>;
}
