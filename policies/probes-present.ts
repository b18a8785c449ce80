import { podTemplateOf, SERVING, servingContainers } from '../lib/policy/pods.ts';
import { probeOf } from '../lib/policy/probes.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { listAt } from '../lib/policy/shape.ts';
import { CONTAINER, deployment } from './example.ts';

/** Seconds that a liveness probe may wait before it is a start that a startup probe should watch. */
const SLOW_START = 30;
const READINESS = 'readinessProbe:\n  httpGet:\n    path: /ready\n    port: 8080\n';
const LIVENESS = 'livenessProbe:\n  httpGet:\n    path: /healthz\n    port: 8080\n';
const PORTS = 'ports:\n  - containerPort: 8080\n';

export const probesPresent: Rule = {
  id: 'probes-present',
  holds: 'containers that serve have a readiness and a liveness probe, and a startup probe where they start slowly',
  severity: 'error',
  kinds: SERVING,
  why: 'Without readiness a pod gets requests from its first second, and an analysis counts its errors against the release. Without liveness a hanging pod stays. A liveness delay that covers a slow start also delays the first restart of a pod that hangs later.',
  fix: 'Add a readinessProbe that says whether requests may come, a livenessProbe that says whether a restart would help, and a startupProbe instead of a long initialDelaySeconds.',
  examples: [
    { title: 'no readiness probe', yaml: deployment({ container: PORTS + LIVENESS }), finds: [`${CONTAINER}/readinessProbe`] },
    { title: 'no liveness probe', yaml: deployment({ container: PORTS + READINESS }), finds: [`${CONTAINER}/livenessProbe`] },
    {
      title: 'a slow start behind a liveness delay',
      yaml: deployment({ container: `${PORTS}${READINESS}${LIVENESS}  initialDelaySeconds: 90\n` }),
      finds: [`${CONTAINER}/livenessProbe/initialDelaySeconds`],
    },
    { title: 'both', yaml: deployment({ container: PORTS + READINESS + LIVENESS }), finds: [] },
    { title: 'a worker that serves nobody', yaml: deployment({}), finds: [] },
  ],
  *check(entry, { set }) {
    const template = podTemplateOf(entry);
    if (!template) return;
    const called = set.selecting('Service', entry).length > 0;
    for (const container of servingContainers(template)) {
      if (!called && listAt(container.value, 'ports').length === 0) continue;
      const { name, path } = container;
      const liveness = probeOf(container, 'livenessProbe');
      if (!probeOf(container, 'readinessProbe'))
        yield {
          path: [...path, 'readinessProbe'],
          message: `container '${name}' has no readiness probe, so it gets requests before it can answer.`,
        };
      if (!liveness)
        yield {
          path: [...path, 'livenessProbe'],
          message: `container '${name}' has no liveness probe, so it stays when it hangs.`,
          severity: 'warning',
        };
      else if (liveness.initialDelay >= SLOW_START && !probeOf(container, 'startupProbe'))
        yield {
          path: [...path, 'livenessProbe', 'initialDelaySeconds'],
          message: `container '${name}' gives its start ${liveness.initialDelay} s by delaying liveness, and has no startup probe.`,
          severity: 'warning',
        };
    }
  },
};
