import { COMPONENT_LABEL } from '../lock/labels.ts';
import { type Container, podTemplateOf } from './pods.ts';
import type { Entry } from './read/objects.ts';
import { at, fieldsAt, indexed, listAt, textAt } from './shape.ts';

/** Kinds that hold Jobs which a release waits for. */
export const SMOKE_KINDS = ['batch/Job', 'argoproj.io/AnalysisTemplate', 'argoproj.io/ClusterAnalysisTemplate'] as const;

/** A Job that tests a release: an object, or written into a metric of an analysis. */
export interface SmokeJob {
  readonly spec: Readonly<Record<string, unknown>>;
  /** Path of `spec` in the object. */
  readonly path: readonly string[];
  readonly containers: readonly Container[];
  /** Whether Git holds it, so that GitOps makes it again once it is gone. */
  readonly tracked: boolean;
}

/** The smoke tests of an object; hooks of Helm and Argo CD are run by these, and none. */
export function smokeJobsOf(entry: Entry): readonly SmokeJob[] {
  if (entry.kind === 'batch/Job') {
    if (!isSmoke(entry)) return [];
    return [{ spec: fieldsAt(entry.value, 'spec'), path: ['spec'], containers: podTemplateOf(entry)?.containers ?? [], tracked: true }];
  }
  return indexed(listAt(entry.value, 'spec', 'metrics')).flatMap(([index, metric]) => {
    const spec = at(metric, 'provider', 'job', 'spec');
    if (spec === undefined) return [];
    const path = ['spec', 'metrics', String(index), 'provider', 'job', 'spec'];
    const containers = indexed(listAt(spec, 'template', 'spec', 'containers')).map(([number, value]) => ({
      name: textAt(value, 'name') ?? String(number),
      role: 'main' as const,
      value: fieldsAt(value),
      path: [...path, 'template', 'spec', 'containers', String(number)],
    }));
    return [{ spec: fieldsAt(spec), path, containers, tracked: false }];
  });
}

function isSmoke({ value }: Entry): boolean {
  const annotations = Object.keys(fieldsAt(value, 'metadata', 'annotations'));
  if (annotations.includes('helm.sh/hook') || annotations.includes('argocd.argoproj.io/hook')) return false;
  const component = textAt(value, 'metadata', 'labels', COMPONENT_LABEL);
  return component === 'smoke' || component === 'job';
}
