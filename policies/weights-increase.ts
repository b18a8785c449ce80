import { courseOf, percent, WALKING } from '../lib/policy/exposure/index.ts';
import { CANARY } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, numberAt } from '../lib/policy/shape.ts';
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
  rolloutOf,
  STEPS,
  smoke,
  to,
  watch,
  weight,
} from './release-examples.ts';

const MOST_AT_FIRST = 10;
const LONGEST_STEP = 30;
const HALF = 50;

export const weightsIncrease: Rule = {
  id: 'weights-increase',
  holds: `weights rise from at most ${MOST_AT_FIRST} %, by at most ${LONGEST_STEP} points below ${HALF} %, and never fall or stay`,
  severity: 'warning',
  graver: true,
  kinds: WALKING,
  thresholds: {
    first: { default: MOST_AT_FIRST, meaning: 'percent of the first weight at most' },
    step: {
      default: LONGEST_STEP,
      meaning: 'points that a weight rises at most, below half of the users and in the promotion of a Canary',
    },
  },
  why: 'The first weight is how many users meet a fault that nothing saw before, and each step is how many more meet the next. A weight that falls or stays is mostly a slip, and takes users away from where they were.',
  fix: 'Begin with 5 or 10, then 20 or 25, then 50. A Canary goes from its last weight to 100 in stepWeightPromotion where that is set.',
  examples: [
    {
      title: 'a first weight of 20, and 60 from there',
      yaml: rollout(weight(20) + analysis + person + weight(60) + analysis),
      finds: [`${STEPS}/0/setWeight`, `${STEPS}/3/setWeight`],
    },
    {
      title: 'weights that fall and stay',
      yaml: rollout(weight(10) + analysis + weight(5) + analysis + weight(5) + analysis + weight(35) + analysis + weight(50) + person),
      finds: [`${STEPS}/2/setWeight`, `${STEPS}/4/setWeight`],
    },
    {
      title: 'all comes after 20 %',
      yaml: rollout(weight(10) + analysis + weight(20) + analysis + person),
      finds: [`${STEPS}/4`],
    },
    {
      title: 'a Canary that goes from 50 to 100 at once',
      yaml: canary(`stepWeights: [5, 20, 50]\n${METRICS}${hooks('confirm-promotion')}`),
      finds: ['/spec/analysis/stepWeightPromotion'],
    },
    {
      title: 'the analysis under its old name',
      yaml: canary('stepWeights: [5, 20, 50]\nstepWeightPromotion: 25').replace('  analysis:', '  canaryAnalysis:'),
      finds: ['/spec/canaryAnalysis'],
    },
    { title: 'a Canary that never begins', yaml: canary(METRICS), finds: ['/spec/analysis'] },
    { title: 'a plan that begins with 50', yaml: plan([smoke, to(50), watch(), ask, all]), finds: [`${PLAN}/steps/1/weight`] },
    { title: 'a Rollout', yaml: rollout(weight(5) + analysis + weight(20) + analysis + weight(50) + analysis + person), finds: [] },
    {
      title: 'a Canary',
      yaml: canary(`stepWeights: [5, 20, 50]\nstepWeightPromotion: 25\n${METRICS}${hooks('confirm-promotion')}`),
      finds: [],
    },
    {
      title: 'weights that few pods round up',
      yaml: rolloutOf('canary:\n  steps:\n    - setWeight: 10\n    - pause: {}\n    - setWeight: 20\n    - setWeight: 50'),
      finds: [],
    },
    { title: 'a plan', yaml: plan([smoke, to(5), watch(), to(25), watch(), to(50), watch(), ask, all]), finds: [] },
    { title: 'blue-green has no weights', yaml: rolloutOf('blueGreen:\n  activeService: web\n  autoPromotionEnabled: false'), finds: [] },
  ],
  *check(entry, context) {
    const mostAtFirst = context.threshold(weightsIncrease, 'first');
    const longest = context.threshold(weightsIncrease, 'step');
    const weights = courseOf(entry, context)?.weights ?? [];
    if (
      entry.kind === CANARY &&
      at(entry.value, 'spec', 'analysis') === undefined &&
      at(entry.value, 'spec', 'canaryAnalysis') !== undefined
    ) {
      yield {
        path: ['spec', 'canaryAnalysis'],
        key: true,
        message: "the field 'analysis' is missing; 'canaryAnalysis' is its name of before Flagger 1.0, which no API server takes today.",
      };
      return;
    }
    if (entry.kind === CANARY && weights.length === 0)
      yield {
        path: ['spec', 'analysis'],
        message: 'it has neither weights nor iterations, so Flagger never sends the candidate a request, nor promotes it.',
      };
    // As written: what pods make of a weight is for traffic-router to say.
    if (!weights.some(({ meant }) => meant > 0 && meant < 100)) return;
    let before = 0;
    for (const { meant: share, path, at: place } of weights) {
      const promotion = entry.kind === CANARY && place === 'the promotion';
      if (before === 0) {
        if (share > mostAtFirst) yield { path, message: `the first weight is ${percent(share)} (${place}), more than ${mostAtFirst} %.` };
      } else if (share <= before)
        yield {
          path,
          message: `the weight ${percent(share)} (${place}) ${share === before ? 'stays at' : 'falls from'} ${percent(before)}.`,
        };
      else if (promotion && share - before > longest) {
        if ((numberAt(entry.value, 'spec', 'analysis', 'stepWeightPromotion') ?? 0) <= 0)
          yield {
            path: ['spec', 'analysis', 'stepWeightPromotion'],
            message: `the promotion takes ${percent(share - before)} of requests at once, from ${percent(before)} to ${percent(share)}.`,
          };
      } else if (before < HALF && share - before > longest)
        yield {
          path,
          message: `the weight rises from ${percent(before)} to ${percent(share)} (${place}), by more than ${longest} points.`,
        };
      before = share;
    }
  },
};
