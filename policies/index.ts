// Every rule of the linter. Adding one is its file and a line here; its page in docs/reference/rules follows.
import type { Rule } from '../lib/policy/rule.ts';
import { argumentsResolve } from './arguments-resolve.ts';
import { baselineComparison } from './baseline-comparison.ts';
import { conditionType } from './condition-type.ts';
import { configVersioned } from './config-versioned.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { divisionByZero } from './division-by-zero.ts';
import { gateCanFail } from './gate-can-fail.ts';
import { gitopsIgnoresWeights } from './gitops-ignores-weights.ts';
import { gracefulShutdown } from './graceful-shutdown.ts';
import { historyKept } from './history-kept.ts';
import { hpaOwnsReplicas } from './hpa-owns-replicas.ts';
import { imageDigest } from './image-digest.ts';
import { inconclusiveIsHandled } from './inconclusive-is-handled.ts';
import { livenessIsLocal } from './liveness-is-local.ts';
import { metricLimits } from './metric-limits.ts';
import { minimumRequests } from './minimum-requests.ts';
import { networkIsolation } from './network-isolation.ts';
import { noDataIsNotSuccess } from './no-data-is-not-success.ts';
import { noUnavailable } from './no-unavailable.ts';
import { podSecurity } from './pod-security.ts';
import { portsMatch } from './ports-match.ts';
import { probeTiming } from './probe-timing.ts';
import { probesDiffer } from './probes-differ.ts';
import { probesPresent } from './probes-present.ts';
import { providerCredentials } from './provider-credentials.ts';
import { queryScopesCandidate } from './query-scopes-candidate.ts';
import { resourcesSet } from './resources-set.ts';
import { routeHasOneOwner } from './route-has-one-owner.ts';
import { routeResolves } from './route-resolves.ts';
import { schema } from './schema.ts';
import { serviceAccountToken } from './service-account-token.ts';
import { serviceResolves } from './service-resolves.ts';
import { smokeBounded } from './smoke-bounded.ts';
import { smokeClientSafe } from './smoke-client-safe.ts';
import { spread } from './spread.ts';
import { templateResolves } from './template-resolves.ts';
import { uniqueObjects } from './unique-objects.ts';
import { weightsSum } from './weights-sum.ts';
import { yaml } from './yaml.ts';

export const RULES: readonly Rule[] = [
  yaml,
  schema,
  uniqueObjects,
  serviceResolves,
  portsMatch,
  weightsSum,
  imageDigest,
  probesPresent,
  probesDiffer,
  livenessIsLocal,
  probeTiming,
  gracefulShutdown,
  resourcesSet,
  noUnavailable,
  spread,
  hpaOwnsReplicas,
  disruptionBudget,
  podSecurity,
  configVersioned,
  historyKept,
  networkIsolation,
  serviceAccountToken,
  smokeBounded,
  smokeClientSafe,
  // Analysis and references
  gateCanFail,
  noDataIsNotSuccess,
  conditionType,
  divisionByZero,
  metricLimits,
  queryScopesCandidate,
  baselineComparison,
  minimumRequests,
  inconclusiveIsHandled,
  providerCredentials,
  templateResolves,
  argumentsResolve,
  routeResolves,
  routeHasOneOwner,
  gitopsIgnoresWeights,
];
