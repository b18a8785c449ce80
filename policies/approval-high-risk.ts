import { ROLLBACK_ANNOTATION } from '../lib/lock/labels.ts';
import { courseOf, describe, firstExposure, isHighRisk, percent, stretches, WALKING } from '../lib/policy/exposure/index.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { textAt } from '../lib/policy/shape.ts';
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

const MOST = 5;
const risky = { labels: HIGH_RISK };
const blueGreen = (more: string): string =>
  rolloutOf(`blueGreen:\n  activeService: web\n  previewService: web-preview\n  autoPromotionEnabled: false${more}`, risky);

export const approvalHighRisk: Rule = {
  id: 'approval-high-risk',
  holds: `a release of high risk asks a person before its first user, and begins with at most ${MOST} % of them, or with all once a preview was analysed; whoever approves it is not its author`,
  severity: 'error',
  kinds: WALKING,
  thresholds: {
    first: { default: MOST, meaning: 'percent of users that the first weight reaches at most, where risk is high' },
  },
  why: "Where the first wrong answer costs money or lets somebody in, one person decides when it may begin, and few users are in it when it does. That person is another one than who wrote it: where `tidegate lint` reads the project's own output, it compares approvals.yaml with the author of the commit that brought the plan.",
  fix: `Rollout: \`pause: {}\` before the first weight. Canary: a webhook of type confirm-rollout. Plan: an approval before the first weight. Then a first weight of at most ${MOST}.`,
  examples: [
    {
      title: 'a Rollout that starts by itself, with 10 %',
      yaml: rollout(weight(10) + analysis + weight(50) + analysis + person, risky),
      finds: [`${STEPS}/0/setWeight`, `${STEPS}/0/setWeight`],
    },
    {
      title: 'a Canary that starts by itself',
      yaml: canary(`stepWeight: 5\nmaxWeight: 50\n${METRICS}${hooks('confirm-promotion')}`, '', HIGH_RISK),
      finds: ['/spec/analysis/stepWeight'],
    },
    {
      title: 'a plan of high risk whose approvals are waived',
      yaml: plan([smoke, to(5), watch(), to(50), watch(), all], { risk: 'high', approvals: { required: [], waived: 'target staging' } }),
      finds: [`${PLAN}/steps/1/weight`],
    },
    {
      title: 'a rollback of high risk, which asks a person and then goes to 100 %',
      yaml: plan([smoke, ask, all], { risk: 'high' }).replace(
        '  labels:',
        `  annotations:\n    ${ROLLBACK_ANNOTATION}: web-33cde69c\n  labels:`,
      ),
      finds: [],
    },
    {
      title: 'the same of a revision that nothing has proven',
      yaml: plan([smoke, ask, all], { risk: 'high' }),
      finds: [`${PLAN}/steps/2/kind`],
    },
    {
      title: 'blue-green whose preview nothing analyses',
      yaml: blueGreen(''),
      finds: ['/spec/strategy/blueGreen/autoPromotionEnabled'],
    },
    {
      title: 'blue-green whose preview is analysed',
      yaml: blueGreen('\n  prePromotionAnalysis:\n    templates:\n      - templateName: errors'),
      finds: [],
    },
    { title: 'a Rollout', yaml: rollout(person + weight(5) + analysis + weight(50) + analysis + person, risky), finds: [] },
    {
      title: 'a Canary',
      yaml: canary(`stepWeight: 5\nmaxWeight: 50\n${METRICS}${hooks('confirm-rollout', 'confirm-promotion')}`, '', HIGH_RISK),
      finds: [],
    },
    { title: 'a plan', yaml: plan([smoke, ask, to(5), watch(), to(50), watch(), ask, all], { risk: 'high' }), finds: [] },
    { title: 'a release of normal risk', yaml: rollout(weight(10) + analysis + weight(50) + analysis + person), finds: [] },
  ],
  *check(entry, context) {
    if (!isHighRisk(entry, context)) return;
    const course = courseOf(entry, context);
    const first = course && firstExposure(course);
    if (!first) return;
    const { before, level } = first;
    if (!before.some(({ kind }) => kind === 'approval'))
      yield { path: level.path, message: `it is of high risk, and ${describe(level)} (${level.at}) comes without a person who agrees.` };
    // What was proven needs no few users first; who merges it and who approves it still agree.
    if (textAt(entry.value, 'metadata', 'annotations', ROLLBACK_ANNOTATION) !== null) return;
    const most = context.threshold(approvalHighRisk, 'first');
    const weight = course.weights.find(({ share }) => share > 0);
    if (!weight || weight.share <= most) return;
    const stretch = stretches(course);
    const analysed = stretch
      .slice(
        0,
        stretch.findIndex((one) => one.level.share > 0),
      )
      .some(({ passes }) => passes.some(({ kind }) => kind === 'analysis'));
    if (weight.share === 100 && analysed) return;
    yield {
      path: weight.path,
      message: `it is of high risk, and its first weight is ${percent(weight.share)} (${weight.at}), more than ${most} %.`,
    };
  },
};
