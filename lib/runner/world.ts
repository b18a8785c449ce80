import { type JobAnswer, jobAnswer } from '../gates/providers/index.ts';
import { type Orders, readOrders } from '../plan/orders.ts';
import { generationOf, member, numberOr, versionOf } from './json.ts';
import { type RouteView, viewRoute } from './route.ts';
import { type Reading, readStatus, type StatusView } from './status.ts';

/** What is known of the cluster at one moment. Null: the object is not there. */
export interface World {
  /** Whether the plan is still this runner's to walk: without it, or without the right to read it, nothing is touched. */
  readonly plan: 'present' | 'gone' | 'forbidden';
  readonly planUid: string;
  readonly route: RouteView | null;
  /** The generation that this process's own latest write gave it; null: it has made none. */
  readonly wrote: number | null;
  /** Whether no watch had told of the route as it is: for how long it has been so, nobody knows. */
  readonly unseen: boolean;
  readonly candidate: DeploymentView | null;
  readonly stable: DeploymentView | null;
  /** The Jobs that the next decision needs, by name. */
  readonly jobs: Readonly<Record<string, JobView | null>>;
  /** What people said, in Git and in the cluster. */
  readonly orders: { readonly git: Orders; readonly cluster: Orders };
  readonly status: StatusView;
  /** ConfigMaps that a part has asked to follow, by name. */
  readonly others: Readonly<Record<string, unknown>>;
}

export interface DeploymentView {
  readonly resourceVersion: string;
  readonly replicas: number;
  readonly available: number;
  /** False: the numbers are older than the specification. */
  readonly current: boolean;
}

export interface JobView {
  readonly resourceVersion: string;
  readonly suspended: boolean;
  readonly answer: JobAnswer;
}

export function viewDeployment(deployment: unknown): DeploymentView | null {
  if (deployment === null) return null;
  return {
    resourceVersion: versionOf(deployment),
    replicas: numberOr(member(deployment, 'spec', 'replicas'), 1),
    available: numberOr(member(deployment, 'status', 'availableReplicas'), 0),
    current: numberOr(member(deployment, 'status', 'observedGeneration'), 0) >= (generationOf(deployment) ?? 0),
  };
}

export function viewJob(job: unknown): JobView | null {
  // One that is on its way out is what others decided to take away, whatever it has come to.
  if (job === null || member(job, 'metadata', 'deletionTimestamp')) return null;
  return {
    resourceVersion: versionOf(job),
    suspended: member(job, 'spec', 'suspend') === true,
    answer: jobAnswer(job),
  };
}

function viewOrders(object: unknown, { hash }: Reading): Orders {
  return readOrders(member(object, 'data'), hash);
}

/** The objects of a release that are read, by what they are to it, and how each is seen. */
export const VIEWS = {
  route: (object: unknown, { plan }: Reading) => (object === null ? null : viewRoute(object, plan.route)),
  candidate: viewDeployment,
  stable: viewDeployment,
  approvals: viewOrders,
  operator: viewOrders,
  status: readStatus,
  job: viewJob,
} as const;
