/**
 * A feature that users get after the code that holds it was released, and that is taken from them again without a
 * rollback: flags are no part of a revision, so a change of one moves no traffic and restarts no pod.
 */
export interface Flag {
  /** Who decides about it and removes it: a person or a team. */
  readonly owner: string;
  /** The day on which it was made, such as `2026-04-01`. */
  readonly created: string;
  /** The day by which the code no longer asks for it; at most 90 days after `created`. */
  readonly expires: string;
  /** What users get with it. */
  readonly description?: string;
  /** Share of users who get it, in percent: raised step by step, and 0 takes it from all of them. @default 0 */
  readonly percent?: number;
}
