import { analysesOf, resolveTemplates } from '../lib/policy/metrics/analyses.ts';
import { ANALYSIS_TEMPLATES, dryRunsOf } from '../lib/policy/metrics/analysis-template.ts';
import { called, type Limit, type Metric } from '../lib/policy/metrics/metric.ts';
import { metricsOf } from '../lib/policy/metrics/metrics.ts';
import { placeholdersIn } from '../lib/policy/metrics/placeholders.ts';
import { ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, listAt } from '../lib/policy/shape.ts';
import { ANALYSIS, analysisTemplate, CAREFUL, METRIC, rolloutWith } from './example.ts';

const PROMETHEUS = 'prometheus:\n  address: http://prometheus:9090\n  query: vector(1)';

export const metricLimits: Rule = {
  id: 'metric-limits',
  holds: 'Argo Rollouts accepts the metrics of every analysis',
  severity: 'error',
  universal: true,
  kinds: [...ANALYSIS_TEMPLATES, ROLLOUT],
  why: 'Argo Rollouts looks at metrics only once an analysis begins: a template that it does not accept is applied without a word, ends in Error in the middle of the release, and takes the release back.',
  fix: 'Mend the field; the rules are those of the controller.',
  examples: [
    {
      title: 'several measurements without an interval',
      yaml: analysisTemplate({ metric: 'count: 5\nsuccessCondition: result[0] < 0.01' }),
      finds: [`${METRIC}/interval`],
    },
    {
      title: 'more failures than measurements',
      yaml: analysisTemplate({ metric: CAREFUL.replace('failureLimit: 1', 'failureLimit: 9') }),
      finds: [`${METRIC}/count`],
    },
    {
      title: 'a negative limit',
      yaml: analysisTemplate({ metric: CAREFUL.replace('inconclusiveLimit: 3', 'inconclusiveLimit: -1') }),
      finds: [`${METRIC}/inconclusiveLimit`],
    },
    {
      title: 'an interval that is no duration',
      yaml: analysisTemplate({ metric: CAREFUL.replace('30s', '30 seconds') }),
      finds: [`${METRIC}/interval`],
    },
    {
      title: 'two providers',
      yaml: analysisTemplate({ metric: CAREFUL, provider: `${PROMETHEUS}\nweb:\n  url: http://web/health` }),
      finds: [`${METRIC}/provider`],
    },
    {
      title: 'one name for two metrics',
      yaml: analysisTemplate({
        metric: CAREFUL,
        more: `- name: errors\n  successCondition: result[0] == 1\n  provider:\n    prometheus:\n      query: vector(1)`,
      }),
      finds: ['/spec/metrics/1/name'],
    },
    {
      title: 'a dry run of "*", which is no regular expression',
      yaml: analysisTemplate({ metric: CAREFUL, spec: 'args:\n  - name: candidate\ndryRun:\n  - metricName: "*"' }),
      finds: ['/spec/dryRun/0/metricName'],
    },
    {
      title: 'two templates of one analysis have a metric of one name',
      yaml:
        analysisTemplate({ metric: CAREFUL }) +
        `---\n${analysisTemplate({ metric: CAREFUL }).replace('name: errors', 'name: more')}` +
        rolloutWith('args: []').replace('- templateName: errors', '- templateName: errors\n              - templateName: more'),
      finds: [`${ANALYSIS}/templates`],
    },
    { title: 'five measurements, one every 30 s', yaml: analysisTemplate({ metric: CAREFUL }), finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === ROLLOUT) {
      yield* sameNames(entry, context);
      return;
    }
    const metrics = metricsOf(entry, context.set);
    if (metrics.length === 0 && listAt(entry.value, 'spec', 'templates').length === 0)
      yield { path: ['spec', 'metrics'], message: 'has no metrics, which ends in Error.' };
    const names = new Set<string>();
    for (const metric of metrics) {
      if (names.has(metric.name)) yield { path: [...metric.path, 'name'], message: `there are two metrics '${metric.name}'.` };
      names.add(metric.name);
      yield* limits(metric);
      yield* durations(metric);
      // The schema says where there is none at all.
      if (at(entry.value, ...metric.path, 'provider') !== undefined) yield* providers(metric);
    }
    for (const field of ['dryRun', 'measurementRetention'] as const) yield* patterns(entry, ['spec'], field);
  },
};

function* limits(metric: Metric): Iterable<Complaint> {
  const { path, interval, failureLimit, consecutiveSuccessLimit, inconclusiveLimit, consecutiveErrorLimit } = metric;
  const wrong = (field: string, text: string): Complaint => ({ path: [...path, field], message: `${called(metric)}: ${text}.` });
  const below = (limit: Limit, least: number) => typeof limit === 'number' && limit < least;
  if (below(consecutiveSuccessLimit, 0))
    yield wrong('consecutiveSuccessLimit', `consecutiveSuccessLimit is ${consecutiveSuccessLimit}, below 0`);
  if (below(failureLimit, -1)) yield wrong('failureLimit', `failureLimit is ${failureLimit}; it is 0 or more, or -1 for no limit`);
  if (below(inconclusiveLimit, 0)) yield wrong('inconclusiveLimit', `inconclusiveLimit is ${inconclusiveLimit}, below 0`);
  if (below(consecutiveErrorLimit, 0)) yield wrong('consecutiveErrorLimit', `consecutiveErrorLimit is ${consecutiveErrorLimit}, below 0`);
  const count = metric.count === null ? 0 : metric.count;
  if (count === 'unknown') return;
  const successes = consecutiveSuccessLimit ?? 0;
  if (failureLimit === -1 && successes === 0)
    yield wrong('failureLimit', 'failureLimit -1 without a consecutiveSuccessLimit leaves nothing that ends it');
  if (count > 1 && interval === null) yield wrong('interval', `count is ${count}, and there is no interval between measurements`);
  if (count <= 0) return;
  const failures = failureLimit ?? 0;
  if (typeof failures === 'number' && typeof successes === 'number' && failures >= 0 && count < failures + successes)
    yield wrong('count', `count ${count} is less than failureLimit ${failures} + consecutiveSuccessLimit ${successes}`);
  else if (typeof successes === 'number' && count < successes)
    yield wrong('count', `count ${count} is less than consecutiveSuccessLimit ${successes}`);
  if (typeof inconclusiveLimit === 'number' && count < inconclusiveLimit)
    yield wrong('count', `count ${count} is less than inconclusiveLimit ${inconclusiveLimit}`);
}

function* durations(metric: Metric): Iterable<Complaint> {
  for (const field of ['interval', 'initialDelay'] as const) {
    const text = metric[field];
    if (text !== null && placeholdersIn(text).length === 0 && !DURATION.test(text))
      yield { path: [...metric.path, field], message: `${called(metric)}: ${field} '${text}' is no duration; write 30s, 5m or 1h30m.` };
  }
}

/** Of Go. */
const DURATION = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

function* providers({ providers, path, ...metric }: Metric): Iterable<Complaint> {
  const provider = [...path, 'provider'];
  if (providers.length === 0) yield { path: provider, message: `${called(metric)} has no provider.` };
  if (providers.length > 1)
    yield { path: provider, message: `${called(metric)} has ${providers.length} providers: ${providers.join(', ')}.` };
}

function* patterns(entry: Entry, place: readonly string[], field: 'dryRun' | 'measurementRetention'): Iterable<Complaint> {
  for (const { pattern, path, isValid } of dryRunsOf(entry.value, place, field))
    if (!isValid && placeholdersIn(pattern).length === 0)
      yield {
        path: [...path, 'metricName'],
        message: `'${pattern}' is no regular expression, so it matches no metric, which ends in Error.`,
        help: 'Write `.*` for all metrics.',
      };
}

function* sameNames(rollout: Entry, { set }: Context): Iterable<Complaint> {
  for (const { path, references } of analysesOf(rollout)) {
    yield* patterns(rollout, path, 'dryRun');
    const owners = new Map<string, Entry>();
    for (const template of resolveTemplates(rollout, references, set).templates)
      for (const { name } of metricsOf(template, set)) {
        const owner = owners.get(name);
        if (owner && owner !== template)
          yield {
            path: [...path, 'templates'],
            message: `'${owner.id.name}' and '${template.id.name}' both have a metric '${name}', which ends in Error.`,
            help: 'Rename one of the two.',
          };
        owners.set(name, template);
      }
  }
}
