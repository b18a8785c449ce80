import { courseOf, percent, strategyOf, WALKING } from '../lib/policy/exposure/index.ts';
import { CANARY } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at } from '../lib/policy/shape.ts';
import {
  all,
  analysis,
  ask,
  canary,
  hooks,
  METRICS,
  person,
  plan,
  rollout,
  rolloutOf,
  smoke,
  to,
  watch,
  weight,
} from './release-examples.ts';

/** How far the pods may miss a weight, in points. */
const TOLERANCE = 5;
const withoutRouter = (steps: string): string => rolloutOf(`canary:\n  steps:\n${steps.replaceAll(/^(?=.)/gm, '    ')}`);

export const trafficRouter: Rule = {
  id: 'traffic-router',
  holds: `a weight is what users get: a router splits requests, or the pods are enough for it, within ${TOLERANCE} points`,
  severity: 'error',
  kinds: WALKING,
  thresholds: {
    points: { default: TOLERANCE, meaning: 'points that the pods may miss a weight by' },
  },
  why: 'Without a router each pod gets its part of all requests, so of 3 pods one is 33 %, whatever the step says. A plan that says 5 exposes six times as many users.',
  fix: 'Name a router under trafficRouting, run more pods, or write weights that these pods can make. A Canary of provider kubernetes has iterations, not weights.',
  examples: [
    {
      title: '5 % of four pods',
      yaml: withoutRouter(weight(5) + analysis + weight(50) + analysis + person),
      finds: ['/spec/strategy/canary/steps/0/setWeight'],
    },
    {
      title: 'several weights that four pods cannot make, for one reason',
      yaml: withoutRouter(weight(5) + analysis + weight(10) + analysis + weight(50) + analysis + person),
      finds: ['/spec/strategy/canary/steps/0/setWeight'],
    },
    {
      title: 'a Canary whose provider has no weights',
      yaml: canary(`stepWeight: 25\nmaxWeight: 50\n${METRICS}${hooks('confirm-promotion')}`, 'provider: kubernetes'),
      finds: ['/spec/analysis/stepWeight'],
    },
    { title: 'shares that four pods can make', yaml: withoutRouter(weight(25) + analysis + weight(50) + analysis + person), finds: [] },
    { title: 'a router', yaml: rollout(weight(5) + analysis + weight(50) + analysis + person), finds: [] },
    { title: 'a plan names its route', yaml: plan([smoke, to(5), watch(), to(50), watch(), ask, all]), finds: [] },
    {
      title: 'iterations',
      yaml: canary(`iterations: 10\n${METRICS}${hooks('confirm-promotion')}`, 'provider: kubernetes'),
      finds: [],
    },
  ],
  *check(entry, context) {
    const tolerance = context.threshold(trafficRouter, 'points');
    const missed = (courseOf(entry, context)?.weights ?? []).flatMap(({ pods, ...weight }) =>
      pods && pods.total > 0 && Math.abs(weight.share - weight.meant) > tolerance ? [{ ...weight, pods }] : [],
    );
    const [first] = missed;
    if (first) {
      const { meant, share, pods, path, at } = first;
      const more = missed.length > 1 ? `; ${missed.length - 1} more are missed` : '';
      yield {
        path,
        message: `no router splits requests, so ${percent(meant)} (${at}) is ${pods.candidate} of ${pods.total} pods, ${percent(share)} of requests${more}.`,
      };
    }
    if (entry.kind !== CANARY || strategyOf(entry.value) !== 'blueGreen' || at(entry.value, 'spec', 'provider') !== 'kubernetes') return;
    for (const field of ['stepWeight', 'stepWeights', 'maxWeight'])
      if (at(entry.value, 'spec', 'analysis', field) !== undefined && at(entry.value, 'spec', 'analysis', 'iterations') === undefined) {
        yield {
          path: ['spec', 'analysis', field],
          message: 'the provider kubernetes cannot split requests: Flagger looks 10 times and then sends all of them.',
        };
        return;
      }
  },
};
