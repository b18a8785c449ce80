import type { ProjectConfig } from '../intent/project.ts';
import type { ResolvedIntent } from '../intent/resolved.ts';
import type { InFlight, Lock, Revision } from '../lock/lock.ts';
import type { Approval } from '../plan/orders.ts';
import type { Plan } from '../plan/plan.ts';
import type { Part } from '../plan/uses.ts';
import type { KubeObject } from '../schema/index.ts';

/** What executes a plan. One folder or file each; registered in `index.ts`. */
export interface Engine {
  readonly name: string;
  /** Freezes the intent's workload as a revision. Throws ProblemError where a merge would lose something. */
  revision(intent: ResolvedIntent, context: EngineContext): Revision;
  /** The Jobs of a plan, smoke tests and gates, rendered once and frozen with it. */
  jobs(plan: Plan, hash: string, intent: ResolvedIntent, context: EngineContext): InFlight['jobs'];
  /** Every object of the release, from what the lock says. @param approvals of the plan in flight, as Git has them; by default none */
  render(lock: Lock, context: EngineContext, approvals?: readonly Approval[]): readonly KubeObject[];
}

export interface EngineContext {
  readonly target: string;
  readonly project: ProjectConfig;
  readonly code: RunnerCode;
}

/** The programs that are shipped into the cluster. */
export interface RunnerCode {
  /** `build/runner.mjs`. */
  readonly runner: string;
  /** `build/smoke.mjs`, small enough to be a Job's argument. */
  readonly smoke: string;
  /** `build/notify.mjs`, beside the runner where a release has notifications. */
  readonly notify: string;
  /** `build/<name>.mjs`, beside the runner where a plan uses it. */
  readonly parts: Readonly<Record<Part, string>>;
}
