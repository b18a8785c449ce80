import { remarks } from './attention.ts';
import { windows } from './detect.ts';
import { planDuration } from './duration.ts';
import { type Beside, highestBeforeApproval, levels, timeline } from './exposure.ts';
import type { Plan, PlanRevision } from './plan.ts';

/** For programs. Stable: fields are added, never renamed or removed. Percentages are 0 to 100, times are seconds. */
export function planJson(plan: Plan, hash: string): string {
  const view = {
    version: 1,
    release: plan.release,
    namespace: plan.namespace,
    target: plan.target,
    hash,
    engine: plan.engine,
    attempt: plan.attempt,
    risk: plan.risk,
    stable: revision(plan.stable),
    candidate: revision(plan.candidate),
    route: { router: plan.route.router, apiVersion: plan.route.apiVersion, kind: plan.route.kind, name: plan.route.name },
    steps: timeline(plan).map(({ index, step: { kind, exposure, ...rest }, ...time }) => ({
      index,
      kind,
      exposure,
      ...told(time.beside),
      startSeconds: time.startSeconds,
      endSeconds: time.endSeconds,
      fullExposureSeconds: time.fullExposureSeconds,
      ...rest,
    })),
    duration: planDuration(plan),
    deadlineSeconds: plan.deadlineSeconds,
    approvals: plan.approvals,
    highestBeforeApproval: highestBeforeApproval(plan),
    expected: plan.expected,
    levels: levels(plan).map(({ exposure, beside, startSeconds, endSeconds, waits, gates, blast }) => ({
      exposure,
      ...told(beside),
      startSeconds,
      endSeconds,
      waits,
      gates: gates.map(({ name }) => name),
      ...blast,
    })),
    windows: windows(plan),
    remarks: remarks(plan),
  };
  return `${JSON.stringify(view, null, 2)}\n`;
}

/** Absent where there is nothing beside the share. */
const told = ({ headers, mirrored }: Beside) => ({
  ...(headers.length > 0 ? { headerRoutes: headers } : {}),
  ...(mirrored > 0 ? { mirroredPercent: mirrored } : {}),
});

const revision = ({ revision, image, deployment, service }: PlanRevision) => ({ revision, image, deployment, service });
