// Every rule of the linter. Adding one is its file and a line here; its page in docs/reference/rules follows.
import type { Rule } from '../lib/policy/rule.ts';
import { configVersioned } from './config-versioned.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { gracefulShutdown } from './graceful-shutdown.ts';
import { historyKept } from './history-kept.ts';
import { hpaOwnsReplicas } from './hpa-owns-replicas.ts';
import { imageDigest } from './image-digest.ts';
import { livenessIsLocal } from './liveness-is-local.ts';
import { manifestsCurrent } from './manifests-current.ts';
import { networkIsolation } from './network-isolation.ts';
import { noUnavailable } from './no-unavailable.ts';
import { podSecurity } from './pod-security.ts';
import { portsMatch } from './ports-match.ts';
import { probeTiming } from './probe-timing.ts';
import { probesDiffer } from './probes-differ.ts';
import { probesPresent } from './probes-present.ts';
import { resourcesSet } from './resources-set.ts';
import { schema } from './schema.ts';
import { serviceAccountToken } from './service-account-token.ts';
import { serviceResolves } from './service-resolves.ts';
import { smokeBounded } from './smoke-bounded.ts';
import { smokeClientSafe } from './smoke-client-safe.ts';
import { spread } from './spread.ts';
import { uniqueObjects } from './unique-objects.ts';
import { waiverValid } from './waiver-valid.ts';
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
  // Hygiene
  waiverValid,
  manifestsCurrent,
];
