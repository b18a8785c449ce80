import { courseOf, describe, isHighRisk, stretches, WALKING } from '../lib/policy/exposure/index.ts';
import type { Rule } from '../lib/policy/rule.ts';
import {
  all,
  analysis,
  ask,
  canary,
  hooks,
  METRICS,
  PLAN,
  pause,
  person,
  plan,
  rollout,
  rolloutOf,
  SHEDS,
  STEPS,
  shed,
  smoke,
  to,
  watch,
  weight,
} from './release-examples.ts';

const steps = 'stepWeight: 25\nmaxWeight: 50\n';
const blueGreen = (more: string): string => rolloutOf(`blueGreen:\n  activeService: web\n  previewService: web-preview\n${more}`);

export const approvalPast50: Rule = {
  id: 'approval-past-50',
  holds: 'a person agrees between the last exposure of at most 50 % and the first above it',
  severity: 'error',
  kinds: WALKING,
  why: "Metrics see what they were made to see. Past the half a mistake is everybody's, so somebody looks first. 100 % comes by itself after the last step of a Rollout and after the last weight of a Canary, and a blue-green release has no other weight.",
  fix: 'Rollout: `pause: {}` as the last step at the last weight of at most 50, or autoPromotionEnabled: false without autoPromotionSeconds. Canary: a webhook of type confirm-promotion; confirm-traffic-increase where weights above 50 are stepped through.',
  examples: [
    {
      title: '100 % comes by itself after the last step',
      yaml: rollout(weight(20) + analysis + weight(50) + analysis),
      finds: [`${STEPS}/3`],
    },
    {
      title: 'the pause stands before the wrong step',
      yaml: rollout(weight(20) + analysis + person + weight(50) + analysis),
      finds: [`${STEPS}/4`],
    },
    {
      title: 'the pause stands after the half is passed',
      yaml: rollout(weight(20) + analysis + weight(60) + analysis + person),
      finds: [`${STEPS}/2/setWeight`],
    },
    { title: 'a pause that ends by itself asks nobody', yaml: rollout(weight(50) + analysis + pause('1h')), finds: [`${STEPS}/2`] },
    {
      title: 'a pause before the first pod of the candidate shows nothing',
      yaml: rolloutOf('canary:\n  steps:\n    - pause: {}'),
      finds: [`${STEPS}/0`],
    },
    {
      title: 'blue-green that promotes itself',
      yaml: blueGreen('  autoPromotionEnabled: true'),
      finds: ['/spec/strategy/blueGreen/autoPromotionEnabled'],
    },
    {
      title: 'blue-green that waits for a person, but not for long',
      yaml: blueGreen('  autoPromotionEnabled: false\n  autoPromotionSeconds: 600'),
      finds: ['/spec/strategy/blueGreen/autoPromotionSeconds'],
    },
    { title: 'a Canary promotes after its last weight', yaml: canary(steps + METRICS), finds: ['/spec/analysis/maxWeight'] },
    {
      title: 'confirm-rollout is asked before any traffic',
      yaml: canary(`iterations: 10\n${METRICS}${hooks('confirm-rollout')}`),
      finds: ['/spec/analysis/iterations'],
    },
    {
      title: 'confirm-promotion comes after 75 %',
      yaml: canary(`stepWeight: 25\nmaxWeight: 75\n${METRICS}${hooks('confirm-promotion')}`),
      finds: ['/spec/analysis/stepWeight'],
    },
    {
      title: 'a step goes beyond maxWeight',
      yaml: canary(`stepWeight: 30\nmaxWeight: 50\n${METRICS}${hooks('confirm-promotion')}`),
      finds: ['/spec/analysis/stepWeight'],
    },
    {
      title: 'a plan that asks at 20 %',
      yaml: plan([smoke, to(5), watch(), to(20), watch(), ask, to(50), watch(), all]),
      finds: [`${PLAN}/steps/8/kind`],
    },
    { title: 'a Rollout', yaml: rollout(weight(20) + analysis + weight(50) + analysis + person), finds: [] },
    { title: 'blue-green', yaml: blueGreen('  autoPromotionEnabled: false'), finds: [] },
    { title: 'a Canary', yaml: canary(steps + METRICS + hooks('confirm-promotion')), finds: [] },
    {
      title: 'a Canary that asks before each weight',
      yaml: canary(`stepWeight: 25\nmaxWeight: 75\n${METRICS}${hooks('confirm-traffic-increase')}`),
      finds: [],
    },
    {
      title: 'a plan that gives the candidate all that may be given up, without a person before',
      yaml: plan([smoke, to(5), watch(), to(50), watch(), shed, watch(), all], SHEDS),
      finds: [`${PLAN}/steps/7/kind`],
    },
    {
      title: 'a plan that does so after the person',
      yaml: plan([smoke, to(5), watch(), to(50), watch(), ask, shed, watch(), all], SHEDS),
      finds: [],
    },
    { title: 'a plan', yaml: plan([smoke, to(5), watch(), to(50), watch(), ask, all]), finds: [] },
    {
      title: 'a target that waives approvals',
      yaml: plan([smoke, to(5), watch(), to(50), watch(), all], { approvals: { required: [], waived: 'target staging' } }),
      finds: [],
    },
  ],
  *check(entry, context) {
    const course = courseOf(entry, context);
    if (!course || (course.waivedBy !== null && !isHighRisk(entry, context))) return;
    const crossing = stretches(course).find(({ level, next }) => level.share <= 50 && next !== null && next.share > 50);
    if (!crossing?.next) return;
    const { level, next, passes } = crossing;
    if (passes.some((pass) => pass.kind === 'approval' && !pass.blind)) return;
    const blind = passes.some(({ kind }) => kind === 'approval') ? '; the approval before it is asked before the candidate runs' : '';
    yield {
      path: next.path,
      message: `exposure rises from ${describe(level)} (${level.at}) to ${describe(next)} (${next.at}) without a person who agrees${blind}.`,
    };
  },
};
