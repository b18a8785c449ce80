import { courseOf, describe, firstExposure, hasObjective, WALKING } from '../lib/policy/exposure/index.ts';
import type { Rule } from '../lib/policy/rule.ts';
import {
  all,
  analysis,
  ask,
  canary,
  hooks,
  METRICS,
  PLAN,
  person,
  plan,
  rollout,
  STEPS,
  smoke,
  template,
  to,
  watch,
  weight,
} from './release-examples.ts';

const objective = `---
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata:
  name: web
  namespace: shop
spec:
  service: web
`;
const budget = `---
${template('initialDelay: 0s').replace('---\n', '').replace('name: errors', 'name: error-budget')}`;
const asked = analysis.replace('errors', 'error-budget');
const burn = (durationSeconds: number) => watch(durationSeconds, { name: 'error-budget', scope: 'service' });

export const errorBudget: Rule = {
  id: 'error-budget',
  holds: 'a release of a service with an objective asks for its error budget before the first user',
  severity: 'warning',
  graver: true,
  kinds: WALKING,
  why: 'An incident is no time to release into: the budget is being spent already, and whoever looks for its cause needs one thing less that changes.',
  fix: 'Let an analysis of the burn rate of the whole service (both revisions) stand before the first weight, named error-budget or burn-rate.',
  examples: [
    {
      title: 'a Rollout of a service with an objective',
      yaml: rollout(weight(5) + analysis + person) + objective,
      finds: [`${STEPS}/0/setWeight`],
    },
    {
      title: 'a Canary of a service with an objective',
      yaml: canary(`stepWeight: 5\nmaxWeight: 50\n${METRICS}${hooks('pre-rollout')}`) + objective,
      finds: ['/spec/analysis/stepWeight'],
    },
    {
      title: 'a plan that asks for it after the first weight',
      yaml: plan([smoke, to(5), burn(300), ask, all]),
      finds: [`${PLAN}/steps/1/weight`],
    },
    {
      title: 'a Rollout',
      yaml: rollout(`- setCanaryScale:\n    replicas: 1\n${asked}${weight(5)}${analysis}${person}`) + objective + budget,
      finds: [],
    },
    {
      title: 'a Canary',
      yaml:
        canary(`stepWeight: 5\nmaxWeight: 50\n${METRICS}${hooks('pre-rollout').replace('name: pre-rollout', 'name: error-budget')}`) +
        objective,
      finds: [],
    },
    { title: 'a plan', yaml: plan([smoke, burn(1), to(5), watch(), ask, all]), finds: [] },
    { title: 'no objective', yaml: rollout(weight(5) + analysis + person), finds: [] },
  ],
  *check(entry, context) {
    if (!hasObjective(entry, context)) return;
    const course = courseOf(entry, context);
    const first = course && firstExposure(course);
    if (!first || first.before.some((pass) => (pass.kind === 'analysis' || pass.kind === 'smoke') && pass.budget)) return;
    const { level } = first;
    yield {
      path: level.path,
      message: `the service has an objective, and nothing asks for its error budget before ${describe(level)} (${level.at}).`,
    };
  },
};
