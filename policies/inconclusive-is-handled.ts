import { stepPath } from '../lib/policy/exposure/plan.ts';
import { answersOf } from '../lib/policy/metrics/answers.ts';
import { conditionsOf, outcomeOf, samples } from '../lib/policy/metrics/conditions.ts';
import { called, fieldOf, type Metric } from '../lib/policy/metrics/metric.ts';
import { METRIC_KINDS, metricsOf } from '../lib/policy/metrics/metrics.ts';
import { planOf } from '../lib/policy/metrics/plan.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { listAt, numberAt } from '../lib/policy/shape.ts';
import { analysisTemplate, CAREFUL, METRIC } from './example.ts';

const GAP = 'interval: 30s\ncount: 5\nsuccessCondition: result[0] < 0.01\nfailureCondition: result[0] > 0.05';

export const inconclusiveIsHandled: Rule = {
  id: 'inconclusive-is-handled',
  holds: 'what happens between pass and fail is stated, and ends',
  severity: 'warning',
  universal: true,
  kinds: METRIC_KINDS,
  why: 'An answer that is neither success nor failure is inconclusive. Argo Rollouts then pauses at once and without an end: users stay with a candidate that nobody has judged, until somebody looks.',
  fix: 'Let the two conditions meet, or say with `inconclusiveLimit` how many such answers are tolerated, and with `count` when it ends.',
  examples: [
    { title: 'between 1 % and 5 % nothing is said', yaml: analysisTemplate({ metric: GAP }), finds: [`${METRIC}/inconclusiveLimit`] },
    {
      title: 'inconclusive for ever',
      yaml: analysisTemplate({ metric: GAP.replace('count: 5', 'inconclusiveLimit: 100') }),
      finds: [`${METRIC}/count`],
    },
    { title: 'three such answers are tolerated', yaml: analysisTemplate({ metric: `${GAP}\ninconclusiveLimit: 3` }), finds: [] },
    { title: 'the conditions meet, and only NaN lies between them', yaml: analysisTemplate({ metric: CAREFUL }), finds: [] },
  ],
  *check(entry, { set }) {
    yield* endlessSteps(entry);
    for (const metric of metricsOf(entry, set)) yield* between(metric);
  },
};

function* between(metric: Metric): Iterable<Complaint> {
  const { inconclusiveLimit, count, providers, successCondition, failureCondition } = metric;
  if (metric.engine === 'flagger' || !isOpen(metric)) return;
  const neither = providers.includes('kayenta')
    ? 'a score between pass and marginal'
    : `what is neither '${successCondition?.text}' nor '${failureCondition?.text}'`;
  if (inconclusiveLimit === null)
    yield {
      path: fieldOf(metric, 'inconclusiveLimit'),
      message: `${called(metric)}: ${neither} pauses the release at once, until somebody looks.`,
    };
  else if (count === null && metric.interval !== null && inconclusiveLimit !== 0)
    yield { path: fieldOf(metric, 'count'), message: `${called(metric)}: ${neither} is measured without an end.` };
}

/** Whether there is a value, not only NaN or none, that is neither. */
function isOpen(metric: Metric): boolean {
  if (metric.providers.includes('kayenta')) return true;
  const conditions = conditionsOf(metric);
  if (!conditions?.success || !conditions.failure) return false;
  const type = answersOf(metric)?.type ?? 'any';
  const all = [conditions.success, conditions.failure].flatMap((condition) => samples(condition, type));
  const said = all.filter((result) => result.kind !== 'numbers' || (result.values.length > 0 && result.values.every(Number.isFinite)));
  return said.some((result) => outcomeOf(conditions, result) === 'inconclusive');
}

/** The runner holds the weight while a gate says nothing, so the step's deadline is what ends it. */
function* endlessSteps(entry: Entry): Iterable<Complaint> {
  const plan = planOf(entry);
  for (const [index, step] of listAt(plan, 'steps').entries())
    if (listAt(step, 'gates').length > 0 && numberAt(step, 'deadlineSeconds') === null)
      yield {
        path: stepPath(index, 'deadlineSeconds'),
        message: `step ${index} has gates and no deadline, so what is inconclusive never ends.`,
      };
}
