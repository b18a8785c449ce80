import { spell } from '../lib/policy/exposure/duration.ts';
import { planOf, stepPath } from '../lib/policy/exposure/plan.ts';
import { type PodTemplate, podTemplateOf, ROLLOUT, servingContainers } from '../lib/policy/pods.ts';
import { patience, probeOf } from '../lib/policy/probes.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt, numberAt, textAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';
import { all, ask, PLAN, plan, rollout, smoke, to, watch, weight } from './release-examples.ts';

const scale = (deadlineSeconds: number) => ['scale', { replicas: 3, deadlineSeconds }] as const;
const slow = deployment({
  container: 'startupProbe:\n  httpGet:\n    path: /up\n    port: 8080\n  periodSeconds: 10\n  failureThreshold: 60',
});
const planned = (deadlineSeconds: number): string =>
  `${plan([scale(deadlineSeconds), smoke, to(5), watch(), ask, all], { candidate: { deployment: 'web' } })}---\n${slow}`;

export const progressDeadline: Rule = {
  id: 'progress-deadline',
  holds: 'a candidate that does not become ready in time ends the release, and the time is longer than its slowest start',
  severity: 'warning',
  kinds: [ROLLOUT, 'ConfigMap'],
  why: 'Argo Rollouts only calls a Rollout degraded when its deadline is over; whatever weight the candidate has, it keeps, with fewer pods than that weight needs. A deadline shorter than a slow start ends releases that are well.',
  fix: 'Set progressDeadlineAbort: true, and a deadline above the failureThreshold times periodSeconds of the startup probe.',
  examples: [
    { title: 'a deadline that ends nothing', yaml: rollout(weight(5)), finds: ['/spec/progressDeadlineAbort'] },
    {
      title: 'a deadline below minReadySeconds',
      yaml: rollout(weight(5), { spec: 'progressDeadlineAbort: true\nprogressDeadlineSeconds: 60\nminReadySeconds: 90' }),
      finds: ['/spec/progressDeadlineSeconds'],
    },
    { title: 'a plan that waits 5 min for a start of up to 10', yaml: planned(300), finds: [`${PLAN}/steps/0/deadlineSeconds`] },
    { title: 'a deadline', yaml: rollout(weight(5), { spec: 'progressDeadlineAbort: true' }), finds: [] },
    { title: 'a plan', yaml: planned(900), finds: [] },
  ],
  *check(entry, { set }) {
    const { value, id } = entry;
    if (entry.kind === ROLLOUT) {
      if (at(value, 'spec', 'progressDeadlineAbort') !== true)
        yield {
          path: ['spec', 'progressDeadlineAbort'],
          message: 'a candidate that never becomes ready keeps its weight until a person aborts.',
        };
      const referred = textAt(value, 'spec', 'workloadRef', 'name');
      const workload = referred === null ? entry : set.find({ kind: 'apps/Deployment', namespace: id.namespace, name: referred }, entry);
      const start = slowestStart(workload && podTemplateOf(workload)) + (numberAt(value, 'spec', 'minReadySeconds') ?? 0);
      const deadline = numberAt(value, 'spec', 'progressDeadlineSeconds') ?? 600;
      if (deadline <= start) yield { path: ['spec', 'progressDeadlineSeconds'], message: tooShort(deadline, start) };
      return;
    }
    const plan = planOf(entry);
    const name = textAt(plan, 'candidate', 'deployment');
    const candidate = name === null ? null : set.find({ kind: 'apps/Deployment', namespace: id.namespace, name }, entry);
    const start = slowestStart(candidate && podTemplateOf(candidate));
    for (const [index, step] of indexed(listAt(plan, 'steps'))) {
      const deadline = at(step, 'kind') === 'scale' ? numberAt(step, 'deadlineSeconds') : null;
      if (deadline !== null && deadline <= start)
        yield { path: stepPath(index, 'deadlineSeconds'), message: `step ${index}: ${tooShort(deadline, start)}` };
    }
  },
};

const tooShort = (deadline: number, start: number): string =>
  `the deadline of ${spell(deadline)} is not longer than the slowest start of the candidate, ${spell(start)}.`;

/** What the startup probes of a pod allow, in seconds. */
function slowestStart(template: PodTemplate | null): number {
  if (!template) return 0;
  const starts = servingContainers(template).map((container) => {
    const startup = probeOf(container, 'startupProbe');
    return startup ? startup.initialDelay + patience(startup) : (probeOf(container, 'readinessProbe')?.initialDelay ?? 0);
  });
  return Math.max(0, ...starts);
}
