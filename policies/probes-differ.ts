import { podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import { patience, probeOf, questionOf } from '../lib/policy/probes.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { CONTAINER, deployment } from './example.ts';

/** How much longer liveness must wait where both ask the same. */
const LONGER = 3;

const probes = (liveness: string) => `readinessProbe:
  httpGet:
    path: /healthz
    port: 8080
  periodSeconds: 5
livenessProbe:
  httpGet:
    path: ${liveness}
    port: 8080
  periodSeconds: 10
`;

export const probesDiffer: Rule = {
  id: 'probes-differ',
  holds: 'readiness and liveness do not ask the same with the same patience',
  severity: 'error',
  kinds: SERVING,
  thresholds: {
    times: { default: LONGER, meaning: 'times that liveness waits longer than readiness at least, where both ask the same' },
  },
  why: 'Readiness takes a pod out of traffic, liveness kills it. Where both ask the same, a pod that is only busy is restarted, its load goes to the others, and they follow.',
  fix: `Let liveness ask something that only a restart mends, or let it wait at least ${LONGER} times as long as readiness (periodSeconds × failureThreshold).`,
  examples: [
    {
      title: 'one endpoint, and liveness waits twice as long',
      yaml: deployment({ container: probes('/healthz') }),
      finds: [`${CONTAINER}/livenessProbe`],
    },
    {
      title: 'one endpoint, and liveness waits four times as long',
      yaml: deployment({ container: `${probes('/healthz')}  failureThreshold: 6\n` }),
      finds: [],
    },
    { title: 'two endpoints', yaml: deployment({ container: probes('/alive') }), finds: [] },
  ],
  *check(entry, { threshold }) {
    const times = threshold(probesDiffer, 'times');
    for (const container of podTemplateOf(entry)?.containers ?? []) {
      const readiness = probeOf(container, 'readinessProbe');
      const liveness = probeOf(container, 'livenessProbe');
      if (!readiness || !liveness) continue;
      const question = questionOf(liveness, container);
      if (question !== questionOf(readiness, container) || patience(liveness) >= times * patience(readiness)) continue;
      yield {
        path: liveness.path,
        message: `container '${container.name}' asks ${question} for readiness and for liveness; liveness kills after ${patience(liveness)} s, readiness acts after ${patience(readiness)} s.`,
      };
    }
  },
};
