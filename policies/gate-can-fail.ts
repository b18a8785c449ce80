import { analysesOf, resolveTemplates } from '../lib/policy/metrics/analyses.ts';
import { dryRunsOf } from '../lib/policy/metrics/analysis-template.ts';
import { answersOf, WITHOUT_CONDITIONS } from '../lib/policy/metrics/answers.ts';
import { conditionsOf, outcomeOf, samples } from '../lib/policy/metrics/conditions.ts';
import { BUILT_IN_METRICS, METRIC_TEMPLATE } from '../lib/policy/metrics/flagger.ts';
import { called, fieldOf, type Metric } from '../lib/policy/metrics/metric.ts';
import { METRIC_KINDS, metricsOf } from '../lib/policy/metrics/metrics.ts';
import { ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { analysisTemplate, CAREFUL, canary, METRIC, rolloutWith } from './example.ts';

export const gateCanFail: Rule = {
  id: 'gate-can-fail',
  holds: 'every metric of an analysis can fail, and a failure counts',
  severity: 'error',
  universal: true,
  kinds: [...METRIC_KINDS, ROLLOUT],
  why: 'An analysis that cannot fail is worse than none: it shows green while users see errors. A metric whose failureLimit reaches its count is Successful when every measurement failed; a dry run is measured and ignored; a condition that every answer meets says nothing.',
  fix: 'Keep failureLimit and inconclusiveLimit below count, and write conditions that a bad answer does not meet.',
  examples: [
    {
      title: 'as many failures are allowed as there are measurements',
      yaml: analysisTemplate({ metric: CAREFUL.replace('failureLimit: 1', 'failureLimit: 5') }),
      finds: [`${METRIC}/failureLimit`],
    },
    {
      title: 'one measurement, and one failure is allowed',
      yaml: analysisTemplate({ metric: 'failureLimit: 1\nsuccessCondition: result[0] < 0.01' }),
      finds: [`${METRIC}/failureLimit`],
    },
    { title: 'no condition', yaml: analysisTemplate({ metric: 'count: 1' }), finds: [METRIC] },
    {
      title: 'a condition that every answer meets',
      yaml: analysisTemplate({ metric: 'successCondition: len(result) >= 0' }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'a dry run of all that is measured',
      yaml: analysisTemplate({ metric: CAREFUL, spec: 'args:\n  - name: candidate\ndryRun:\n  - metricName: .*' }),
      finds: ['/spec/dryRun/0'],
    },
    {
      title: 'a Canary whose success rate may be anything',
      yaml: canary('- name: request-success-rate\n  interval: 1m'),
      finds: ['/spec/analysis/metrics/0'],
    },
    { title: 'five measurements, one of which may fail', yaml: analysisTemplate({ metric: CAREFUL }), finds: [] },
    {
      title: 'a success rate of at least 99 %',
      yaml: canary('- name: request-success-rate\n  interval: 1m\n  thresholdRange:\n    min: 99'),
      finds: [],
    },
    {
      title: 'a Rollout that ignores what it measures',
      yaml: analysisTemplate({ metric: CAREFUL }) + rolloutWith('dryRun:\n  - metricName: errors'),
      finds: ['/spec/strategy/canary/steps/1/analysis/dryRun/0'],
    },
  ],
  *check(entry, context) {
    if (entry.kind === ROLLOUT) yield* dryAnalyses(entry, context);
    else if (entry.kind !== METRIC_TEMPLATE) {
      const metrics = metricsOf(entry, context.set);
      yield* dry(metrics);
      for (const metric of metrics) yield* metric.bounds ? unbounded(metric) : [...limits(metric), ...vacuous(metric)];
    }
  },
};

/** Measurements that a metric makes, where it is known. */
function measurements({ count, interval }: Metric): number | null {
  if (typeof count === 'number' && count > 0) return count;
  // With an interval alone it measures until the analysis ends.
  return count === 'unknown' || interval !== null ? null : 1;
}

function* limits(metric: Metric): Iterable<Complaint> {
  const most = measurements(metric);
  if (most === null) return;
  const { failureLimit, inconclusiveLimit, consecutiveSuccessLimit, successCondition, failureCondition, providers } = metric;
  const counted = metric.count === null ? `its one measurement` : `count ${most}`;
  // Enough successes in a row are wanted then, and failures are not.
  if (typeof failureLimit === 'number' && failureLimit >= most && !consecutiveSuccessLimit)
    yield {
      path: fieldOf(metric, 'failureLimit'),
      message: `${called(metric)}: failureLimit ${failureLimit} is not below ${counted}, so it passes when every measurement fails.`,
      help: `Set failureLimit to ${most - 1} or less.`,
    };
  const mayBeInconclusive = (successCondition && failureCondition) || providers.some((provider) => WITHOUT_CONDITIONS.includes(provider));
  if (typeof inconclusiveLimit === 'number' && inconclusiveLimit >= most && mayBeInconclusive)
    yield {
      path: fieldOf(metric, 'inconclusiveLimit'),
      message: `${called(metric)}: inconclusiveLimit ${inconclusiveLimit} is not below ${counted}, so it passes when no measurement says anything.`,
      help: `Set inconclusiveLimit to ${most - 1} or less.`,
    };
}

function* vacuous(metric: Metric): Iterable<Complaint> {
  const { successCondition, failureCondition, providers, path } = metric;
  if (providers.some((provider) => WITHOUT_CONDITIONS.includes(provider)) || providers.length !== 1) return;
  if (!successCondition && !failureCondition) {
    yield { path, message: `${called(metric)} has neither a successCondition nor a failureCondition, so every answer passes.` };
    return;
  }
  const conditions = conditionsOf(metric);
  const asked = conditions?.success ?? conditions?.failure;
  if (!conditions || !asked) return;
  const type = answersOf(metric)?.type ?? 'any';
  const both = [conditions.success, conditions.failure].flatMap((condition) => (condition ? samples(condition, type) : []));
  const outcomes = both.map((result) => outcomeOf(conditions, result)).filter((outcome) => outcome !== 'error');
  const written = successCondition ?? failureCondition;
  if (written && outcomes.length > 1 && outcomes.every((outcome) => outcome === 'pass'))
    yield {
      path: written.path,
      message: `${called(metric)}: every answer passes '${written.text}'.`,
    };
}

/** Flagger halts outside of the range; without bounds there is no outside. */
function* unbounded(metric: Metric): Iterable<Complaint> {
  const { bounds, name, providers, path } = metric;
  if (!bounds) return;
  if (bounds.min === null && bounds.max === null)
    yield { path: bounds.path, message: `${called(metric)} has a thresholdRange without min and max, so every answer passes.` };
  else if (name === BUILT_IN_METRICS[0] && (bounds.min ?? 0) <= 0 && (bounds.max ?? 100) >= 100)
    yield {
      path: bounds.path,
      message: `${called(metric)} may be anything from ${bounds.min ?? 0} to ${bounds.max ?? 100} %, so every answer passes.`,
      help: 'Write the least share of requests that must succeed, such as `thresholdRange: {min: 99}`.',
    };
  else if (providers.length === 0)
    yield {
      path: [...path, 'name'],
      message: `${called(metric)} is none of Flagger's own (${BUILT_IN_METRICS.join(', ')}) and names no templateRef, so it is never measured.`,
      help: 'Name one of these, or a MetricTemplate.',
    };
}

function* dry(metrics: readonly Metric[]): Iterable<Complaint> {
  const ignored = metrics.filter(({ dryRun }) => dryRun !== null);
  for (const { dryRun, ...metric } of ignored)
    yield* dryRun ? [ignoredMetrics(dryRun, [called(metric)], ignored.length === metrics.length)] : [];
}

/** Metrics of templates that a Rollout runs without heed; what a template says of its own is found there. */
function* dryAnalyses(rollout: Entry, { set }: Context): Iterable<Complaint> {
  for (const { path, references } of analysesOf(rollout)) {
    const rules = dryRunsOf(rollout.value, path);
    if (rules.length === 0) continue;
    const { templates } = resolveTemplates(rollout, references, set);
    const metrics = templates.flatMap((template) => metricsOf(template, set));
    const isIgnored = ({ name }: Metric) => rules.some(({ matches }) => matches(name));
    for (const rule of rules) {
      const ignored = metrics.filter(({ name }) => rule.matches(name));
      if (ignored.length > 0) yield ignoredMetrics(rule.path, ignored.map(called), metrics.every(isIgnored));
    }
  }
}

/** Beside metrics that count, a dry run is how a new one is tried; alone it is no gate. */
const ignoredMetrics = (path: readonly string[], names: readonly string[], areAll: boolean): Complaint => ({
  path,
  message: `${names.join(', ')}: a dry run, whose outcome counts for nothing${areAll ? ', and no other metric is left' : ''}.`,
  help: 'Remove the dry run once the metric is trusted.',
  ...(areAll ? {} : { severity: 'warning' as const }),
});
