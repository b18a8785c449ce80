import { describeValue } from '../schema/describe.ts';
import type { Problem } from '../schema/index.ts';

/** Why a kind of workload cannot be released with traffic shifting. */
const REASONS: Readonly<Record<string, string>> = {
  StatefulSet: 'its pods own names and volumes, so two revisions of it cannot run side by side',
  DaemonSet: 'it has one pod per node, so two revisions of it would share every node and no route chooses between them',
  ReplicaSet: 'a revision is a Deployment, which makes its own ReplicaSet',
  Pod: 'a bare pod is not replaced when its node is lost',
  Job: 'it ends by itself and serves no requests that could be split',
  CronJob: 'it ends by itself and serves no requests that could be split',
};

/** Says that a workload is not supported, with the reason where there is a known one. */
export function workloadProblem(workload: unknown): Problem {
  const reason = typeof workload === 'string' && Object.hasOwn(REASONS, workload) ? REASONS[workload] : undefined;
  return {
    path: 'workload',
    message: reason
      ? `a ${workload} cannot be released: ${reason}.`
      : `found ${describeValue(workload)}, expected 'Deployment', the one kind that Tidegate releases.`,
    help: 'Release the part that serves requests as a Deployment, and deploy the rest beside it with plain manifests.',
  };
}
