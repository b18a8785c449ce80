import type { Lock } from '../../lock/lock.ts';
import type { Plan } from '../../plan/plan.ts';
import type { LintResult } from '../result.ts';
import type { Rule } from '../rule.ts';

/** A run as text in one format. The same run gives the same bytes. */
export type Report = (result: LintResult, options: ReportOptions) => string;

export interface ReportOptions {
  /** Whether it goes to a terminal that shows colours. */
  readonly color: boolean;
  /** All that were asked, for formats that tell what they mean. */
  readonly rules: readonly Rule[];
  /** Releases in flight, where the run knows them. @default none */
  readonly inFlight?: readonly ReleaseInFlight[];
}

export interface ReleaseInFlight {
  readonly lock: Lock;
  readonly plan: Plan;
  readonly hash: string;
}
