import type { ResolvedIntent } from '../../intent/resolved.ts';
import type { InFlight } from '../../lock/lock.ts';
import type { Plan, SmokeSpec } from '../../plan/plan.ts';
import { given } from '../../schema/given.ts';
import type { KubeObject } from '../../schema/index.ts';
import type { EngineContext } from '../engine.ts';
import { environment, verbatim } from './env.ts';
import { helperLabels, helperPlacement, helperResources, sidecarLabel } from './helper-pod.ts';
import { componentMeta, type Owner } from './metadata.ts';
import { names } from './names.ts';
import { containerSecurity } from './security.ts';

/** Seconds that a test leaves unused, so that it ends with a reason instead of being ended. */
const MARGIN = 10;

/**
 * One Job per smoke step, which starts when it is applied, waits for its revision and is bounded. Named by plan and
 * step: another attempt is another Job, and nobody has to start or repeat one.
 */
export function smokeJobs(plan: Plan, hash: string, intent: ResolvedIntent, context: EngineContext): InFlight['jobs'] {
  const { release, namespace, target, risk } = plan;
  const owner: Owner = { release, namespace, target, risk };
  return plan.steps.flatMap((step, index) => {
    if (step.kind !== 'smoke') return [];
    const name = names.smoke(release, hash, index);
    const program = container(step.test, step.deadlineSeconds, candidateUrl(plan, intent), intent, context);
    return [job(name, step.deadlineSeconds, program, hash, intent, context, owner)];
  });
}

const candidateUrl = ({ candidate, namespace }: Plan, { traffic }: ResolvedIntent): string =>
  `http://${candidate.service}.${namespace}.svc.cluster.local:${traffic.port.service}`;

function job(
  name: string,
  deadlineSeconds: number,
  program: object,
  hash: string,
  { mesh }: ResolvedIntent,
  { project: { helper } }: EngineContext,
  owner: Owner,
): KubeObject {
  const meta = componentMeta(owner, 'smoke', name);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...meta, annotations: { 'tidegate.dev/plan': hash } },
    spec: {
      backoffLimit: 1,
      activeDeadlineSeconds: deadlineSeconds,
      // a drained node says nothing about the candidate
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      podReplacementPolicy: 'Failed',
      template: {
        metadata: {
          labels: { ...helperLabels(helper, owner.release, 'smoke'), ...sidecarLabel(mesh.jobs !== 'none') },
          ...(mesh.jobs === 'native-sidecar' ? { annotations: { 'sidecar.istio.io/nativeSidecar': 'true' } } : {}),
        },
        spec: {
          ...helperPlacement(helper),
          automountServiceAccountToken: false,
          restartPolicy: 'Never',
          ...(helper.tolerations.length > 0 ? { tolerations: helper.tolerations } : {}),
          containers: [program],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  };
}

function container(
  test: SmokeSpec,
  deadlineSeconds: number,
  url: string,
  intent: ResolvedIntent,
  { project: { helper }, code }: EngineContext,
): object {
  const quit = intent.mesh.jobs === 'quit' ? { TIDEGATE_QUIT_SIDECAR: '1' } : {};
  const common = {
    imagePullPolicy: 'IfNotPresent',
    resources: helperResources(helper),
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  if ('container' in test) {
    const { image, command, args, env } = test.container;
    return {
      name: 'smoke',
      image,
      ...given({ command, args }),
      env: environment({ ...env, ...quit, CANDIDATE_URL: url, PREVIEW_URL: url }, () => null),
      ...common,
    };
  }
  const task = JSON.stringify({ url: test.http.url, deadlineSeconds: Math.max(1, deadlineSeconds - MARGIN), checks: test.http.checks });
  return {
    name: 'smoke',
    image: helper.image,
    args: ['--input-type=module', '-e', verbatim(code.smoke)],
    env: environment({ ...quit, TIDEGATE_SMOKE: verbatim(task) }, () => null),
    ...common,
  };
}
