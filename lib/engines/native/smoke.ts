import type { HelperImage } from '../../intent/project.ts';
import type { ResolvedIntent } from '../../intent/resolved.ts';
import type { InFlight } from '../../lock/lock.ts';
import type { Plan, Step } from '../../plan/plan.ts';
import { given } from '../../schema/given.ts';
import type { EngineContext } from '../engine.ts';
import { environment, verbatim } from './env.ts';
import { helperLabels, helperPlacement, helperResources, sidecarLabel } from './helper-pod.ts';
import { componentMeta } from './metadata.ts';
import { names } from './names.ts';
import { containerSecurity } from './security.ts';

type SmokeStep = Extract<Step, { kind: 'smoke' }>;

/** Seconds that a test leaves unused, so that it ends with a reason instead of being ended. */
const MARGIN = 10;

/**
 * One Job per smoke step, which starts when it is applied, waits for its revision and is bounded. Named by plan and
 * step: another attempt is another Job, and nobody has to start or repeat one.
 */
export function smokeJobs(plan: Plan, hash: string, intent: ResolvedIntent, context: EngineContext): InFlight['jobs'] {
  const { release, namespace, target, risk } = plan;
  return plan.steps.flatMap((step, index) => {
    if (step.kind !== 'smoke') return [];
    const meta = componentMeta({ release, namespace, target, risk }, 'smoke', names.smoke(release, hash, index));
    return [
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { ...meta, annotations: { 'tidegate.dev/plan': hash } },
        spec: {
          backoffLimit: 1,
          activeDeadlineSeconds: step.deadlineSeconds,
          // a drained node says nothing about the candidate
          podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
          podReplacementPolicy: 'Failed',
          template: podTemplate(intent, context.project.helper, {
            ...program(step, plan, intent, context),
            imagePullPolicy: 'IfNotPresent',
            resources: helperResources(context.project.helper),
            securityContext: containerSecurity(),
            volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          }),
        },
      },
    ];
  });
}

function podTemplate({ release, mesh }: ResolvedIntent, helper: HelperImage, container: object): object {
  return {
    metadata: {
      labels: { ...helperLabels(helper, release, 'smoke'), ...sidecarLabel(mesh.jobs !== 'none') },
      ...(mesh.jobs === 'native-sidecar' ? { annotations: { 'sidecar.istio.io/nativeSidecar': 'true' } } : {}),
    },
    spec: {
      ...helperPlacement(helper),
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      ...(helper.tolerations.length > 0 ? { tolerations: helper.tolerations } : {}),
      containers: [container],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}

/** What runs: the helper image with Tidegate's own program, or the team's container with the candidate's address. */
function program(
  { test, deadlineSeconds }: SmokeStep,
  plan: Plan,
  { mesh, traffic }: ResolvedIntent,
  { project, code }: EngineContext,
): object {
  const quit = mesh.jobs === 'quit' ? { TIDEGATE_QUIT_SIDECAR: '1' } : {};
  if ('container' in test) {
    const { image, command, args, env } = test.container;
    const url = `http://${plan.candidate.service}.${plan.namespace}.svc.cluster.local:${traffic.port.service}`;
    const variables = { ...env, ...quit, CANDIDATE_URL: url, PREVIEW_URL: url };
    return { name: 'smoke', image, ...given({ command, args }), env: environment(variables, noConfig) };
  }
  const { url, checks } = test.http;
  const task = JSON.stringify({ url, deadlineSeconds: Math.max(1, deadlineSeconds - MARGIN), checks });
  return {
    name: 'smoke',
    image: project.helper.image,
    args: ['--input-type=module', '-e', verbatim(code.smoke)],
    env: environment({ ...quit, TIDEGATE_SMOKE: verbatim(task) }, noConfig),
  };
}

const noConfig = () => null;
