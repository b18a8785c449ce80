import { courseOf, describe, firstExposure, WALKING } from '../lib/policy/exposure/index.ts';
import type { Rule } from '../lib/policy/rule.ts';
import {
  all,
  analysis,
  ask,
  canary,
  HIGH_RISK,
  hooks,
  METRICS,
  PLAN,
  person,
  plan,
  rollout,
  rolloutOf,
  STEPS,
  smoke,
  to,
  watch,
  weight,
} from './release-examples.ts';

export const smokeBeforeTraffic: Rule = {
  id: 'smoke-before-traffic',
  holds: 'the candidate is tested before the first user meets it',
  severity: 'error',
  graver: true,
  kinds: WALKING,
  why: 'A candidate that cannot reach its database fails for every request it gets. One request of ours finds that; without it the first users do, and an analysis needs minutes of them.',
  fix: 'Rollout: an analysis with a Job before the first weight (after a setCanaryScale), or a prePromotionAnalysis. Canary: a webhook of type pre-rollout. Plan: a smoke step first.',
  examples: [
    {
      title: 'a Rollout that begins with a weight',
      yaml: rollout(weight(5) + analysis + person, { labels: HIGH_RISK }),
      finds: [`${STEPS}/0/setWeight`],
    },
    {
      title: 'a Canary without a pre-rollout webhook',
      yaml: canary(`stepWeight: 5\nmaxWeight: 50\n${METRICS}`),
      finds: ['/spec/analysis/stepWeight'],
    },
    { title: 'a plan whose smoke test comes late', yaml: plan([to(5), smoke, watch(), ask, all]), finds: [`${PLAN}/steps/0/weight`] },
    {
      title: 'an analysis before the first weight',
      yaml: rollout(`- setCanaryScale:\n    replicas: 1\n${analysis}${weight(5)}${analysis}${person}`),
      finds: [],
    },
    {
      title: 'an analysis before the promotion',
      yaml: rolloutOf('blueGreen:\n  activeService: web\n  prePromotionAnalysis:\n    templates:\n      - templateName: errors'),
      finds: [],
    },
    { title: 'a Canary', yaml: canary(`stepWeight: 5\nmaxWeight: 50\n${METRICS}${hooks('pre-rollout')}`), finds: [] },
    { title: 'a plan', yaml: plan([smoke, to(5), watch(), ask, all]), finds: [] },
  ],
  *check(entry, context) {
    const course = courseOf(entry, context);
    const first = course && firstExposure(course);
    if (!first) return;
    const { before, level } = first;
    const planned = course.tool === 'plan';
    if (before.some((pass) => pass.kind === 'smoke' || (!planned && pass.kind === 'analysis' && !pass.background))) return;
    yield {
      path: level.path,
      message: `nothing tests the candidate before ${describe(level)} (${level.at}).`,
      ...(planned ? {} : { severity: 'warning' }),
    };
  },
};
