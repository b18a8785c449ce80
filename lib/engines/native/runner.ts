import type { HelperImage } from '../../intent/project.ts';
import type { ResolvedIntent } from '../../intent/resolved.ts';
import type { InFlight } from '../../lock/lock.ts';
import { shortHash } from '../../plan/hash.ts';
import type { Plan } from '../../plan/plan.ts';
import { EVERYWHERE, PARTS, usesOf } from '../../plan/uses.ts';
import type { KubeObject } from '../../schema/index.ts';
import type { EngineContext, RunnerCode } from '../engine.ts';
import { alertRules } from './alerts.ts';
import { helperLabels, helperPlacement, helperResources, sidecarLabel } from './helper-pod.ts';
import { componentMeta, componentSelector, type Owner } from './metadata.ts';
import { names } from './names.ts';
import { METRICS_PORT, runnerPolicy } from './network.ts';
import { notifierOf } from './notify.ts';
import { mountedKeys } from './questions.ts';
import { runnerRole, runnerRoleBinding } from './role.ts';
import { containerSecurity } from './security.ts';

const DIRECTORY = '/tidegate';
const FILE = 'runner.mjs';

/** The program, present at rest as well, so that the pull request of a release stays small. */
export function runnerCode(intent: ResolvedIntent, plan: Plan | null, context: EngineContext, owner: Owner): KubeObject {
  const files = filesOf(intent, plan, context);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: componentMeta(owner, 'runner', names.runnerCode(owner.release, files.hash)),
    immutable: true,
    data: files.data,
  };
}

interface Files {
  readonly hash: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Most releases of a run have the same files. */
const FILES = new WeakMap<RunnerCode, Map<string, Files>>();

/** What the plan in flight was locked to use, and what the next one will. */
function filesOf(intent: ResolvedIntent, plan: Plan | null, { code, project }: EngineContext): Files {
  const used = new Set<string>([...EVERYWHERE, ...usesOf(intent, { signed: project.signing !== null }), ...(plan?.uses ?? [])]);
  const parts = PARTS.filter((name) => used.has(name));
  const known = FILES.get(code) ?? new Map<string, Files>();
  FILES.set(code, known);
  const data = { [FILE]: code.runner, ...Object.fromEntries(parts.map((name) => [`${name}.mjs`, code.parts[name]])) };
  const files = known.get(parts.join()) ?? { data, hash: shortHash(data) };
  known.set(parts.join(), files);
  return files;
}

/** Everything that exists only so that a plan is walked. */
export function runnerObjects(intent: ResolvedIntent, inFlight: InFlight, context: EngineContext, owner: Owner): readonly KubeObject[] {
  return [
    serviceAccount(owner),
    runnerRole(inFlight, owner),
    runnerRoleBinding(owner),
    runnerPolicy(intent, inFlight.plan, owner),
    deployment(intent, inFlight, context, owner),
    ...alertRules(context.project.alerts, owner),
  ];
}

function serviceAccount(owner: Owner): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: componentMeta(owner, 'runner', names.runner(owner.release)),
    automountServiceAccountToken: false,
  };
}

/** One at a time: the old runner ends before the next begins. What makes two of them harmless is in every write. */
function deployment(intent: ResolvedIntent, { plan, hash }: InFlight, context: EngineContext, owner: Owner): KubeObject {
  const { release, namespace } = owner;
  const { mesh } = intent;
  const { helper } = context.project;
  const bundle = filesOf(intent, plan, context).hash;
  const keys = mountedKeys(plan);
  const notifier = notifierOf(intent, hash, context, owner);
  const hashes = { 'tidegate.dev/plan': hash, 'tidegate.dev/bundle': bundle };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: componentMeta(owner, 'runner', names.runner(release)),
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 2,
      selector: { matchLabels: componentSelector(release, 'runner') },
      template: {
        metadata: { labels: { ...helperLabels(helper, release, 'runner'), ...sidecarLabel(mesh.runner) }, annotations: hashes },
        spec: {
          ...helperPlacement(helper),
          serviceAccountName: names.runner(release),
          automountServiceAccountToken: true,
          terminationGracePeriodSeconds: 30,
          tolerations: [lostNode('not-ready'), lostNode('unreachable'), ...helper.tolerations],
          containers: [
            container(helper, { namespace, plan: names.plan(release, hash), bundle }, notifier.env, [...keys.mounts, ...notifier.mounts]),
          ],
          volumes: [{ name: 'code', configMap: { name: names.runnerCode(release, bundle) } }, ...keys.volumes, ...notifier.volumes],
        },
      },
    },
  };
}

/** Sooner than Kubernetes' own five minutes: nobody guards the route until the runner is back. */
const lostNode = (state: string): object => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 30,
});

function container(
  helper: HelperImage,
  { namespace, plan, bundle }: Readonly<Record<'namespace' | 'plan' | 'bundle', string>>,
  env: readonly object[],
  mounts: readonly object[],
): object {
  return {
    name: 'runner',
    image: helper.image,
    imagePullPolicy: 'IfNotPresent',
    args: [`${DIRECTORY}/${FILE}`],
    env: [
      { name: 'TIDEGATE_NAMESPACE', value: namespace },
      { name: 'TIDEGATE_PLAN', value: plan },
      { name: 'TIDEGATE_BUNDLE', value: bundle },
      { name: 'TIDEGATE_METRICS_PORT', value: String(METRICS_PORT) },
      ...env,
    ],
    ports: [{ name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
    livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
    resources: helperResources(helper),
    securityContext: containerSecurity(),
    volumeMounts: [{ name: 'code', mountPath: DIRECTORY, readOnly: true }, ...mounts],
  };
}
