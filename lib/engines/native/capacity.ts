import type { ResolvedIntent, Scale } from '../../intent/resolved.ts';
import { revisionSelector } from '../../lock/labels.ts';
import type { Revision } from '../../lock/lock.ts';
import type { KubeObject } from '../../schema/index.ts';
import { type Owner, revisionMeta } from './metadata.ts';

/** Who says how many pods a revision has: Git, also that there are none, or the runner or an autoscaler in the cluster. */
export type Replicas = 'declared' | 'none' | 'left to the cluster';

/** A frozen Deployment with its replicas; an autoscaler's are never declared, or each apply would undo its work. */
export function withReplicas({ objects, scale }: Revision, replicas: Replicas): KubeObject {
  const { deployment } = objects;
  if (replicas === 'none') return { ...deployment, spec: { replicas: 0, ...(deployment.spec as object) } };
  if (scale.kind === 'autoscale' || replicas === 'left to the cluster') return deployment;
  return { ...deployment, spec: { replicas: scale.replicas, ...(deployment.spec as object) } };
}

/**
 * The autoscaler of one revision, if it has one.
 * @param keep true: pods are added but none removed, so that capacity that traffic is about to need stays
 */
export function autoscalers({ name, scale }: Revision, keep: boolean, owner: Owner): readonly KubeObject[] {
  if (scale.kind === 'fixed') return [];
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: revisionMeta(owner, name),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: scale.min,
        maxReplicas: scale.max,
        metrics: metrics(scale),
        ...(keep ? { behavior: { scaleDown: { selectPolicy: 'Disabled' } } } : {}),
      },
    },
  ];
}

function metrics({ cpu, memory, custom }: Extract<Scale, { kind: 'autoscale' }>): object[] {
  const resource = (name: string, averageUtilization: number | null) =>
    averageUtilization === null ? [] : [{ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } }];
  return [
    ...resource('cpu', cpu),
    ...resource('memory', memory),
    ...custom.map(({ metric, average }) => ({
      type: 'Pods',
      pods: { metric: { name: metric }, target: { type: 'AverageValue', averageValue: average } },
    })),
  ];
}

/** One per revision, so that a drain never counts on another revision's pods; broken pods hold up no drain. */
export function disruptionBudget({ name }: Revision, { disruption }: ResolvedIntent, owner: Owner): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: revisionMeta(owner, name),
    spec: {
      maxUnavailable: disruption.maxUnavailable,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: revisionSelector(owner.release, name) },
    },
  };
}
