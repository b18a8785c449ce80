import type { Plan } from '../plan/plan.ts';
import { listOf, member, numberOr, textOr } from './json.ts';
import { type RouteView, viewRoute } from './route.ts';
import { readStatus, type StatusView } from './status.ts';

/** What was read in one look. Null: the object is not there. */
export interface World {
  /** Whether the plan is still this runner's to walk: without it, or without the right to read it, nothing is touched. */
  readonly plan: 'present' | 'gone' | 'forbidden';
  readonly route: RouteView | null;
  readonly candidate: DeploymentView | null;
  readonly stable: DeploymentView | null;
  /** The Job of the smoke step that is being walked. */
  readonly job: JobView | null;
  readonly status: StatusView;
}

export interface DeploymentView {
  readonly resourceVersion: string;
  readonly replicas: number;
  readonly available: number;
  /** False: the numbers are older than the specification. */
  readonly current: boolean;
}

export type JobView = { readonly state: 'running' } | { readonly state: 'passed' } | { readonly state: 'failed'; readonly message: string };

/** The same look with the objects as the API server gave them. */
export interface RawWorld {
  readonly plan: World['plan'];
  readonly route: unknown;
  readonly candidate: unknown;
  readonly stable: unknown;
  readonly job: unknown;
  readonly status: unknown;
}

export function viewWorld(raw: RawWorld, plan: Plan, hash: string): World {
  return {
    plan: raw.plan,
    route: raw.route === null ? null : viewRoute(raw.route, plan.route),
    candidate: viewDeployment(raw.candidate),
    stable: viewDeployment(raw.stable),
    job: viewJob(raw.job),
    status: readStatus(raw.status, plan, hash),
  };
}

function viewDeployment(deployment: unknown): DeploymentView | null {
  if (deployment === null) return null;
  const generation = numberOr(member(deployment, 'metadata', 'generation'), 0);
  return {
    resourceVersion: textOr(member(deployment, 'metadata', 'resourceVersion'), ''),
    replicas: numberOr(member(deployment, 'spec', 'replicas'), 1),
    available: numberOr(member(deployment, 'status', 'availableReplicas'), 0),
    current: numberOr(member(deployment, 'status', 'observedGeneration'), 0) >= generation,
  };
}

function viewJob(job: unknown): JobView | null {
  if (job === null) return null;
  const holding = listOf(member(job, 'status', 'conditions')).filter((condition) => member(condition, 'status') === 'True');
  const failed = holding.find((condition) => member(condition, 'type') === 'Failed');
  if (failed) return { state: 'failed', message: textOr(member(failed, 'message'), '') };
  return { state: holding.some((condition) => member(condition, 'type') === 'Complete') ? 'passed' : 'running' };
}

/** Name of the Job of the smoke step at `index`. */
export const smokeJobName = (plan: Plan, hash: string, index: number): string => `${plan.release}-smoke-${hash}-${index}`;

/** The Job that the next decision needs, or null. */
export function wantedJob(plan: Plan, hash: string, status: StatusView): string | null {
  return status.kind === 'ours' && plan.steps[status.status.step]?.kind === 'smoke' ? smokeJobName(plan, hash, status.status.step) : null;
}
