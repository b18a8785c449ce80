import type { HelperImage } from '../../intent/project.ts';
import type { ResolvedContainer, ResolvedIntent, ResolvedResources } from '../../intent/resolved.ts';
import type { EnvValue } from '../../intent/workload.ts';
import type { Plan } from '../../plan/plan.ts';
import { given } from '../../schema/given.ts';
import type { KubeObject } from '../../schema/index.ts';
import type { EngineContext } from '../engine.ts';
import { containerResources } from './container.ts';
import { environment } from './env.ts';
import { helperLabels, helperPlacement, helperResources, sidecarLabel } from './helper-pod.ts';
import { type Component, componentMeta } from './metadata.ts';
import { containerSecurity } from './security.ts';

/** What the Jobs of a plan differ in. */
export interface PlanJob {
  readonly component: Exclude<Component, 'runner'>;
  readonly name: string;
  /** Waits until the runner starts it. */
  readonly suspended: boolean;
  /** Tries after the first. */
  readonly backoffLimit: number;
  readonly deadlineSeconds: number;
  readonly container: object;
  /** @default the helper's */
  readonly resources?: ResolvedResources | null;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Job as its plan freezes it: bounded, and admitted by the restricted Pod Security profile. */
export function planJob(job: PlanJob, plan: Plan, hash: string, { mesh }: ResolvedIntent, { project }: EngineContext): KubeObject {
  const { component, name, suspended, backoffLimit, deadlineSeconds, annotations } = job;
  const { release, namespace, target, risk } = plan;
  const { helper } = project;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...componentMeta({ release, namespace, target, risk }, component, name),
      annotations: { 'tidegate.dev/plan': hash, ...annotations },
    },
    spec: {
      ...(suspended ? { suspend: true } : {}),
      backoffLimit,
      activeDeadlineSeconds: deadlineSeconds,
      // a drained node says nothing about the candidate
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      podReplacementPolicy: 'Failed',
      template: {
        metadata: {
          labels: { ...helperLabels(helper, release, component), ...sidecarLabel(mesh.jobs !== 'none') },
          ...(mesh.jobs === 'native-sidecar' ? { annotations: { 'sidecar.istio.io/nativeSidecar': 'true' } } : {}),
        },
        spec: podSpec(helper, job),
      },
    },
  };
}

function podSpec(helper: HelperImage, { container, resources }: PlanJob): object {
  return {
    ...helperPlacement(helper),
    automountServiceAccountToken: false,
    restartPolicy: 'Never',
    ...(helper.tolerations.length > 0 ? { tolerations: helper.tolerations } : {}),
    containers: [
      {
        ...container,
        imagePullPolicy: 'IfNotPresent',
        resources: resources ? containerResources(resources) : helperResources(helper),
        securityContext: containerSecurity(),
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  };
}

/** A container of the team, with these variables. */
export function teamContainer(
  name: string,
  { image, command, args }: Omit<ResolvedContainer, 'env'>,
  env: Readonly<Record<string, EnvValue>>,
): object {
  return { name, image, ...given({ command, args }), env: environment(env, () => null) };
}

/** Where a Job finds the candidate itself; `PREVIEW_URL` is what Flagger's and other people's tests read. */
export function candidateUrl({ candidate, namespace }: Plan, { traffic }: ResolvedIntent): Readonly<Record<string, string>> {
  const url = `http://${candidate.service}.${namespace}.svc.cluster.local:${traffic.port.service}`;
  return { CANDIDATE_URL: url, PREVIEW_URL: url };
}

/** Asks the test to end its sidecar, where the mesh has no other way. */
export const quitSidecar = ({ mesh }: ResolvedIntent): Readonly<Record<string, string>> =>
  mesh.jobs === 'quit' ? { TIDEGATE_QUIT_SIDECAR: '1' } : {};
