import { Duration } from '../intent/duration.ts';
import type { ResolvedGateIntent, ResolvedProvider } from '../intent/resolved.ts';
import { given } from '../schema/given.ts';
import type { KubeObject } from '../schema/kube.ts';
import { checkArguments, usedArguments } from './arguments.ts';

/**
 * The gate as an AnalysisTemplate of Argo Rollouts, which people and tools can read. The arguments carry their
 * values, so that an AnalysisRun can be started from it by hand as it stands; what lets the runner in is left out, and
 * the template says so. The runner reads the plan, not this.
 * @throws ProblemError where the gate's arguments do not add up, as `substitute`
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
 */
export function analysisTemplate(
  gate: ResolvedGateIntent,
  context: {
    readonly release: string;
    readonly namespace: string;
    /** What `gateArguments` gives. */
    readonly arguments: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
    /** Labels of the pods of a Job gate, such as what asks for no sidecar. None by default. */
    readonly jobLabels?: Readonly<Record<string, string>>;
  },
): KubeObject {
  checkArguments(gate, context.arguments);
  const used = usedArguments(gate);
  const args = [...Object.entries(context.arguments).filter(([name]) => used.has(name)), ...byName(gate.args)];
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: {
      name: `${context.release}-${gate.name}`,
      namespace: context.namespace,
      labels: context.labels,
      annotations: { 'tidegate.dev/description': gate.description, ...leftOut(gate.provider) },
    },
    spec: {
      ...(args.length > 0 ? { args: args.map(([name, value]) => ({ name, value })) } : {}),
      metrics: [metric(gate, context.jobLabels ?? {})],
      ...(gate.argo?.dryRun ? { dryRun: [{ metricName: gate.name }] } : {}),
      ...(gate.argo && gate.argo.retention !== KEPT
        ? { measurementRetention: [{ metricName: gate.name, limit: gate.argo.retention }] }
        : {}),
    },
  };
}

function metric(gate: ResolvedGateIntent, jobLabels: Readonly<Record<string, string>>) {
  const { argo } = gate;
  return {
    name: gate.name,
    interval: spell(gate.intervalSeconds),
    ...(argo?.count === null ? {} : { count: gate.count }),
    initialDelay: spell(gate.initialDelaySeconds),
    ...(gate.successCondition === null ? {} : { successCondition: gate.successCondition }),
    ...(gate.failureCondition === null ? {} : { failureCondition: gate.failureCondition }),
    failureLimit: argo?.failureLimit ?? gate.failureLimit,
    inconclusiveLimit: gate.inconclusiveLimit,
    consecutiveErrorLimit: argo?.consecutiveErrorLimit ?? CONSECUTIVE_ERROR_LIMIT,
    ...(argo && argo.consecutiveSuccessLimit > 0 ? { consecutiveSuccessLimit: argo.consecutiveSuccessLimit } : {}),
    provider: provider(gate.provider, jobLabels),
  };
}

/** Argo Rollouts mounts nothing for a template, and sends no password or CA of the kind that gates name. */
function leftOut(provider: ResolvedProvider): Readonly<Record<string, string>> {
  if ('job' in provider) return {};
  const { auth, tls } = 'prometheus' in provider ? provider.prometheus : provider.web;
  const names = Object.keys(given({ auth, tls }));
  return names.length > 0 ? { 'tidegate.dev/left-out': names.join(', ') } : {};
}

/** What Argo Rollouts keeps unasked. */
const KEPT = 10;

/** Argo's own default, spelled out. Tidegate's runner holds the weight through an outage instead. */
const CONSECUTIVE_ERROR_LIMIT = 4;

function provider(provider: ResolvedProvider, jobLabels: Readonly<Record<string, string>>) {
  if ('prometheus' in provider) {
    const { address, query, timeoutSeconds, range, headers } = provider.prometheus;
    const rangeQuery = range && {
      start: `now() - duration("${spell(range.seconds)}")`,
      end: 'now()',
      step: spell(range.stepSeconds),
    };
    return { prometheus: { address, query, timeout: timeoutSeconds, ...given({ rangeQuery }), ...headerList(headers) } };
  }
  if ('web' in provider) {
    const { url, method, headers, body, jsonPath, timeoutSeconds } = provider.web;
    return { web: { url, method, ...headerList(headers), ...(body === null ? {} : { body }), jsonPath, timeoutSeconds } };
  }
  return { job: { spec: jobSpec(provider.job, jobLabels) } };
}

function headerList(headers: Readonly<Record<string, string>> = {}): object {
  const list = byName(headers).map(([key, value]) => ({ key, value }));
  return list.length > 0 ? { headers: list } : {};
}

/** A Job that the restricted Pod Security profile admits and that cannot outstay its welcome. */
function jobSpec(
  { image, command, args, env, timeoutSeconds }: Extract<ResolvedProvider, { job: unknown }>['job'],
  labels: Readonly<Record<string, string>>,
) {
  const variables = byName(env).map(([name, value]) => ({ name, value }));
  return {
    // One try: a measurement that is repeated until it succeeds measures nothing.
    backoffLimit: 0,
    activeDeadlineSeconds: timeoutSeconds,
    ttlSecondsAfterFinished: KEEP_FINISHED_SECONDS,
    template: {
      ...(Object.keys(labels).length > 0 ? { metadata: { labels } } : {}),
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'check',
            image,
            ...(command === null ? {} : { command }),
            ...(args === null ? {} : { args }),
            ...(variables.length > 0 ? { env: variables } : {}),
            resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    },
  };
}

/** Long enough for a person to read the log, short enough that Jobs do not pile up. */
const KEEP_FINISHED_SECONDS = 3600;

/** A lock that is read back may have its keys in another order than the intent had. */
const byName = (record: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

const spell = (seconds: number): string => Duration.ofMilliseconds(seconds * 1_000).toString();
