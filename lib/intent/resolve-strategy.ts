import { given } from '../schema/given.ts';
import { DEFAULTS, defaultByRisk } from './defaults.ts';
import { Duration } from './duration.ts';
import type { Gate, GateProvider, GateQuery } from './gate.ts';
import { shortened } from './hotfix.ts';
import { formatImage, parseImage } from './image.ts';
import type {
  ResolvedGateIntent,
  ResolvedPrometheus,
  ResolvedProvider,
  ResolvedSmoke,
  ResolvedStrategy,
  ResolvedStrategyStep,
} from './resolved.ts';
import type { Analysis, Approval, BlueGreen, Canary, CanaryStep, SmokeTest, Strategy } from './strategy.ts';

type Risk = 'normal' | 'high';

/**
 * The long form of a strategy: the short form gets its header route, its analysis after every weight, its approval before
 * the first weight above 50, and where risk is high an approval before anything else.
 */
export function resolveStrategy(strategy: Strategy, risk: Risk): ResolvedStrategy {
  return { kind: strategy.kind, steps: expand(strategy, risk).map((step) => resolveStep(step, risk)) };
}

function expand(strategy: Strategy, risk: Risk): readonly CanaryStep[] {
  switch (strategy.kind) {
    case 'canary':
      return strategy.steps ?? expandWeights(strategy.hotfix === undefined ? strategy : shortened(strategy, risk), risk);
    case 'blueGreen':
      return expandBlueGreen(strategy, risk);
  }
}

/** The one approval is before anybody sees the candidate, so high risk needs no other. */
function expandBlueGreen({ preview, approval = {}, after, keepOld }: BlueGreen, risk: Risk): CanaryStep[] {
  const watched = Duration.parse(after.watch ?? defaultByRisk('Analysis.watch', risk)).milliseconds;
  const kept = Duration.parse(keepOld ?? DEFAULTS['BlueGreen.keepOld']).milliseconds;
  return [
    { analysis: preview },
    { approval },
    { weight: 100 },
    { analysis: after },
    ...(kept > watched ? [{ pause: Duration.ofMilliseconds(kept - watched) }] : []),
  ];
}

/** Name of the approval that a release of high risk begins with. */
const START = 'start';
/** Name of the short form's header route. */
const HEADERS = 'headers';

function expandWeights({ weights = [], gates = [], approval = {}, headers }: Canary, risk: Risk): CanaryStep[] {
  const steps: CanaryStep[] = risk === 'high' ? [{ approval: { ...approval, name: START } }] : [];
  if (headers) steps.push({ headerRoute: { name: HEADERS, headers } }, { analysis: { gates: withoutVolume(gates) } });
  let approved = false;
  for (const entry of weights) {
    const { weight, watch } = typeof entry === 'number' ? { weight: entry, watch: undefined } : entry;
    if (weight > 50 && !approved) {
      steps.push({ approval });
      approved = true;
    }
    steps.push({ weight });
    if (weight < 100) steps.push({ analysis: { gates, ...(watch === undefined ? {} : { watch }) } });
  }
  return steps;
}

/** Nobody has said how many requests have the headers, so there may be too few for a gate that counts them. */
function withoutVolume(gates: readonly Gate[]): readonly Gate[] {
  const others = gates.filter(({ scope }) => scope !== 'volume');
  return others.length > 0 ? others : gates;
}

function resolveStep(step: CanaryStep, risk: Risk): ResolvedStrategyStep {
  if ('weight' in step) return { weight: step.weight };
  if ('pause' in step) return { pauseSeconds: Duration.parse(step.pause).seconds };
  if ('approval' in step) return { approval: resolveApproval(step.approval, risk) };
  if ('headerRoute' in step) return { headerRoute: { name: step.headerRoute.name, headers: lowerCase(step.headerRoute.headers) } };
  if ('mirror' in step) return { mirror: { name: step.mirror.name, percent: step.mirror.percent } };
  return { analysis: resolveAnalysis(step.analysis, risk) };
}

/** Names of headers mean the same however they are written. */
export const lowerCase = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function resolveApproval({ name, reason, deadline, count }: Approval, risk: Risk) {
  return {
    name: name ?? DEFAULTS['Approval.name'],
    reason: reason ?? '',
    deadlineSeconds: Duration.parse(deadline ?? DEFAULTS['Approval.deadline']).seconds,
    count: count ?? Number(defaultByRisk('Approval.count', risk)),
  };
}

function resolveAnalysis({ gates, watch }: Analysis, risk: Risk) {
  return {
    gates: gates.map(resolveGate),
    watchSeconds: Duration.parse(watch ?? defaultByRisk('Analysis.watch', risk)).seconds,
  };
}

/** A gate with its defaults. */
export function resolveGate(gate: Gate): ResolvedGateIntent {
  return {
    name: gate.name,
    description: gate.description,
    scope: gate.scope,
    args: gate.args ?? {},
    provider: resolveProvider(gate.provider),
    successCondition: gate.successCondition ?? null,
    failureCondition: gate.failureCondition ?? null,
    intervalSeconds: Duration.parse(gate.interval ?? DEFAULTS['Gate.interval']).seconds,
    count: gate.count ?? Number(DEFAULTS['Gate.count']),
    initialDelaySeconds: Duration.parse(gate.initialDelay ?? DEFAULTS['Gate.initialDelay']).seconds,
    failureLimit: gate.failureLimit ?? Number(DEFAULTS['Gate.failureLimit']),
    inconclusiveLimit: gate.inconclusiveLimit ?? Number(DEFAULTS['Gate.inconclusiveLimit']),
    onFailure: gate.onFailure ?? DEFAULTS['Gate.onFailure'],
    ...given({ argo: gate.argo }),
  };
}

function resolveProvider(provider: GateProvider): ResolvedProvider {
  if ('prometheus' in provider) return { prometheus: resolvePrometheus(provider.prometheus) };
  if ('web' in provider) {
    const { url, method, headers, body, jsonPath, timeout, auth, tls } = provider.web;
    return {
      web: {
        url,
        method: method ?? DEFAULTS['WebCheck.method'],
        headers: headers ?? {},
        body: body ?? null,
        jsonPath: jsonPath ?? DEFAULTS['WebCheck.jsonPath'],
        timeoutSeconds: Duration.parse(timeout ?? DEFAULTS['WebCheck.timeout']).seconds,
        ...given({ auth, tls }),
      },
    };
  }
  const { image, command, args, env, timeout } = provider.job;
  return {
    job: {
      image: formatImage(parseImage(image)),
      command: command ?? null,
      args: args ?? null,
      env: env ?? {},
      timeoutSeconds: Duration.parse(timeout ?? DEFAULTS['JobCheck.timeout']).seconds,
    },
  };
}

export function resolvePrometheus({ address, query, timeout, range, headers, auth, tls }: GateQuery): ResolvedPrometheus {
  return {
    address,
    query,
    timeoutSeconds: Duration.parse(timeout ?? DEFAULTS['PrometheusQuery.timeout']).seconds,
    ...(range ? { range: { seconds: Duration.parse(range.window).seconds, stepSeconds: Duration.parse(range.step).seconds } } : {}),
    ...given({ headers, auth, tls }),
  };
}

export function resolveSmoke(smoke: SmokeTest): ResolvedSmoke {
  if ('container' in smoke) {
    const { image, command, args, env } = smoke.container;
    return {
      name: smoke.name,
      deadlineSeconds: Duration.parse(smoke.deadline ?? DEFAULTS['ContainerSmoke.deadline']).seconds,
      test: { container: { image: formatImage(parseImage(image)), command: command ?? null, args: args ?? null, env: env ?? {} } },
    };
  }
  return {
    name: smoke.name,
    deadlineSeconds: Duration.parse(smoke.deadline ?? DEFAULTS['HttpSmoke.deadline']).seconds,
    test: {
      http: smoke.http.map((check) => ({
        path: check.path,
        method: check.method ?? DEFAULTS['HttpCheck.method'],
        headers: check.headers ?? {},
        body: check.body ?? null,
        status: check.status ?? Number(DEFAULTS['HttpCheck.status']),
        json: check.json ?? {},
        contains: check.contains ?? null,
        timeoutSeconds: Duration.parse(check.timeout ?? DEFAULTS['HttpCheck.timeout']).seconds,
      })),
    },
  };
}
