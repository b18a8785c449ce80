import { type Container, podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import { PROBES, patience, probeOf, questionOf } from '../lib/policy/probes.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { CONTAINER, deployment } from './example.ts';

/** Seconds between two readiness probes at most. */
const SLOWEST_READINESS = 5;
const FEWEST_FAILURES = 3;

const probes = ({ period = 5, timeout = 1, failures = 3 }) => `readinessProbe:
  httpGet:
    path: /ready
    port: 8080
  periodSeconds: ${period}
  timeoutSeconds: ${timeout}
livenessProbe:
  httpGet:
    path: /healthz
    port: 8080
  failureThreshold: ${failures}
`;

export const probeTiming: Rule = {
  id: 'probe-timing',
  holds: 'probes end before the next one begins, readiness acts within seconds and before liveness kills',
  severity: 'warning',
  kinds: SERVING,
  thresholds: {
    readinessPeriod: { default: SLOWEST_READINESS, meaning: 'seconds between two readiness probes at most' },
    livenessFailures: { default: FEWEST_FAILURES, meaning: 'failures of liveness that kill, at least' },
  },
  why: 'A readiness probe every 10 seconds, the default, leaves a broken pod in traffic for half a minute: in a canary of 5 % that is most of a window. Liveness that kills on the first failures, or before readiness has acted, turns load into restarts.',
  fix: `Set readiness periodSeconds to ${SLOWEST_READINESS} or less, liveness failureThreshold to ${FEWEST_FAILURES} or more, and every timeoutSeconds below its periodSeconds.`,
  examples: [
    {
      title: 'readiness every 10 seconds',
      yaml: deployment({ container: probes({ period: 10 }) }),
      finds: [`${CONTAINER}/readinessProbe/periodSeconds`, `${CONTAINER}/livenessProbe`],
    },
    {
      title: 'a timeout as long as the period',
      yaml: deployment({ container: probes({ timeout: 5 }) }),
      finds: [`${CONTAINER}/readinessProbe/timeoutSeconds`],
    },
    {
      title: 'liveness kills on the first failure',
      yaml: deployment({ container: probes({ failures: 1 }) }),
      finds: [`${CONTAINER}/livenessProbe/failureThreshold`, `${CONTAINER}/livenessProbe`],
    },
    { title: 'probes in time', yaml: deployment({ container: probes({}) }), finds: [] },
  ],
  *check(entry, { threshold }) {
    const slowest = threshold(probeTiming, 'readinessPeriod');
    const fewest = threshold(probeTiming, 'livenessFailures');
    for (const container of podTemplateOf(entry)?.containers ?? []) yield* timing(container, slowest, fewest);
  },
};

function* timing(container: Container, slowest: number, fewest: number): Iterable<Complaint> {
  const named = `of container '${container.name}'`;
  for (const name of PROBES) {
    const probe = probeOf(container, name);
    if (probe && probe.timeout >= probe.period)
      yield {
        path: [...probe.path, 'timeoutSeconds'],
        message: `${name} ${named} may take ${probe.timeout} s and runs every ${probe.period} s.`,
      };
  }
  const readiness = probeOf(container, 'readinessProbe');
  const liveness = probeOf(container, 'livenessProbe');
  if (readiness && readiness.period > slowest)
    yield {
      path: [...readiness.path, 'periodSeconds'],
      message: `readiness ${named} is asked every ${readiness.period} s, so a broken pod gets requests for up to ${patience(readiness)} s.`,
    };
  if (liveness && liveness.failureThreshold < fewest)
    yield {
      path: [...liveness.path, 'failureThreshold'],
      message: `liveness ${named} kills after ${liveness.failureThreshold} failures.`,
    };
  // Where both ask the same, probes-differ says so.
  if (
    readiness &&
    liveness &&
    patience(liveness) <= patience(readiness) &&
    questionOf(liveness, container) !== questionOf(readiness, container)
  )
    yield {
      path: liveness.path,
      message: `liveness ${named} kills after ${patience(liveness)} s, no later than readiness acts, which takes ${patience(readiness)} s.`,
    };
}
