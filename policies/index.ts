// Every rule of the linter. Adding one is its file and a line here; its page in docs/reference/rules follows.
import type { Rule } from '../lib/policy/rule.ts';
import { abortIsAutomatic } from './abort-is-automatic.ts';
import { analysisAtEachWeight } from './analysis-at-each-weight.ts';
import { analysisEnds } from './analysis-ends.ts';
import { analysisWindow } from './analysis-window.ts';
import { approvalHighRisk } from './approval-high-risk.ts';
import { approvalPast50 } from './approval-past-50.ts';
import { argoValid } from './argo-valid.ts';
import { argumentsResolve } from './arguments-resolve.ts';
import { baselineComparison } from './baseline-comparison.ts';
import { conditionType } from './condition-type.ts';
import { configVersioned } from './config-versioned.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { divisionByZero } from './division-by-zero.ts';
import { errorBudget } from './error-budget.ts';
import { expandContract } from './expand-contract.ts';
import { flagCount } from './flag-count.ts';
import { flagLifetime } from './flag-lifetime.ts';
import { gateCanFail } from './gate-can-fail.ts';
import { gitopsAppliesAsWritten } from './gitops-applies-as-written.ts';
import { gitopsIgnoresWeights } from './gitops-ignores-weights.ts';
import { gitopsNeverWaits } from './gitops-never-waits.ts';
import { gracefulShutdown } from './graceful-shutdown.ts';
import { historyKept } from './history-kept.ts';
import { hpaOwnsReplicas } from './hpa-owns-replicas.ts';
import { imageDigest } from './image-digest.ts';
import { inconclusiveIsHandled } from './inconclusive-is-handled.ts';
import { livenessIsLocal } from './liveness-is-local.ts';
import { manifestsCurrent } from './manifests-current.ts';
import { metricLimits } from './metric-limits.ts';
import { minimumRequests } from './minimum-requests.ts';
import { networkIsolation } from './network-isolation.ts';
import { noDataIsNotSuccess } from './no-data-is-not-success.ts';
import { noUnavailable } from './no-unavailable.ts';
import { orderHolds } from './order-holds.ts';
import { planAgrees } from './plan-agrees.ts';
import { planSize } from './plan-size.ts';
import { podSecurity } from './pod-security.ts';
import { portsMatch } from './ports-match.ts';
import { probeTiming } from './probe-timing.ts';
import { probesDiffer } from './probes-differ.ts';
import { probesPresent } from './probes-present.ts';
import { progressDeadline } from './progress-deadline.ts';
import { progressiveStrategy } from './progressive-strategy.ts';
import { promotionHasRecord } from './promotion-has-record.ts';
import { provenOn } from './proven-on.ts';
import { providerCredentials } from './provider-credentials.ts';
import { queryScopesCandidate } from './query-scopes-candidate.ts';
import { resourcesSet } from './resources-set.ts';
import { routeHasOneOwner } from './route-has-one-owner.ts';
import { routeResolves } from './route-resolves.ts';
import { runnerLeastPrivilege } from './runner-least-privilege.ts';
import { runnerShape } from './runner-shape.ts';
import { scaleDownDelay } from './scale-down-delay.ts';
import { schema } from './schema.ts';
import { serviceAccountToken } from './service-account-token.ts';
import { serviceResolves } from './service-resolves.ts';
import { smokeBeforeTraffic } from './smoke-before-traffic.ts';
import { smokeBounded } from './smoke-bounded.ts';
import { smokeClientSafe } from './smoke-client-safe.ts';
import { smokeTargetsCandidate } from './smoke-targets-candidate.ts';
import { spread } from './spread.ts';
import { templateResolves } from './template-resolves.ts';
import { trafficRouter } from './traffic-router.ts';
import { uniqueObjects } from './unique-objects.ts';
import { waiverValid } from './waiver-valid.ts';
import { weightsAtRest } from './weights-at-rest.ts';
import { weightsIncrease } from './weights-increase.ts';
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
  // Gates and exposure
  analysisAtEachWeight,
  approvalPast50,
  approvalHighRisk,
  analysisWindow,
  analysisEnds,
  abortIsAutomatic,
  weightsIncrease,
  trafficRouter,
  scaleDownDelay,
  progressDeadline,
  progressiveStrategy,
  smokeBeforeTraffic,
  smokeTargetsCandidate,
  errorBudget,
  weightsAtRest,
  planSize,
  runnerShape,
  runnerLeastPrivilege,
  planAgrees,
  argoValid,
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
  gitopsAppliesAsWritten,
  gitopsIgnoresWeights,
  gitopsNeverWaits,
  // Flags, data and hygiene
  flagLifetime,
  flagCount,
  expandContract,
  waiverValid,
  manifestsCurrent,
  promotionHasRecord,
  provenOn,
  orderHolds,
];
