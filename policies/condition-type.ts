import { answersOf } from '../lib/policy/metrics/answers.ts';
import { misreadConditions } from '../lib/policy/metrics/conditions.ts';
import { METRIC_TEMPLATE } from '../lib/policy/metrics/flagger.ts';
import { called, type Metric } from '../lib/policy/metrics/metric.ts';
import { METRIC_KINDS, metricsOf } from '../lib/policy/metrics/metrics.ts';
import { CANARY } from '../lib/policy/pods.ts';
import { rawCounters } from '../lib/policy/promql/counters.ts';
import { isParsed, parsePromql } from '../lib/policy/promql/parse.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { analysisTemplate, CAREFUL, METRIC } from './example.ts';

export const conditionType: Rule = {
  id: 'condition-type',
  holds: 'every condition is true or false for what its provider answers with',
  severity: 'error',
  universal: true,
  kinds: METRIC_KINDS,
  why: "Argo Rollouts reads a condition when it has an answer: what does not fit the answer's type is an Error in the middle of a release, and five of them abort it. A counter as it stands holds everything since its process began, so a limit on it says nothing about now.",
  fix: 'Prometheus answers with a list: write `len(result) > 0 && result[0] < 0.01`. Datadog answers with one number: `result < 0.01`.',
  examples: [
    {
      title: 'a list that is compared with a number',
      yaml: analysisTemplate({ metric: 'successCondition: result < 0.01' }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'a number that is used as a list',
      yaml: analysisTemplate({ metric: 'successCondition: result[0] < 0.01', provider: 'datadog:\n  query: avg:errors{*}' }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'CloudWatch answers with results that have values',
      yaml: analysisTemplate({
        metric: 'successCondition: result[0] < 0.01',
        provider: 'cloudWatch:\n  metricDataQueries:\n    - id: errors\n      expression: errors / requests',
      }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'a number is no condition',
      yaml: analysisTemplate({ metric: 'successCondition: len(result)' }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'a parenthesis is missing',
      yaml: analysisTemplate({ metric: 'failureCondition: (result[0] > 0.01' }),
      finds: [`${METRIC}/failureCondition`],
    },
    {
      title: 'a counter as it stands',
      yaml: analysisTemplate({ metric: CAREFUL, query: 'sum(http_requests_total{service="{{args.candidate}}",code=~"5.."})' }),
      finds: [`${METRIC}/provider/prometheus/query`],
    },
    { title: 'the first of a list, where there is one', yaml: analysisTemplate({ metric: CAREFUL }), finds: [] },
    {
      title: 'one number',
      yaml: analysisTemplate({ metric: 'successCondition: result < 0.01', provider: 'datadog:\n  query: avg:errors{*}' }),
      finds: [],
    },
  ],
  *check(entry, { set }) {
    for (const metric of metricsOf(entry, set)) {
      yield* conditions(metric);
      // Of a Canary's metric the query is its template's, or Flagger's own.
      if (entry.kind !== CANARY || metric.query?.path.at(-1) === 'query') yield* counters(metric);
    }
  },
};

function* conditions(metric: Metric): Iterable<Complaint> {
  if (metric.entry.kind === METRIC_TEMPLATE) return;
  const words = answersOf(metric)?.words;
  for (const { written, message, at, isBeyondUs } of misreadConditions(metric)) {
    const reason = `${message.replace(/\.$/, '')} (character ${at + 1})`;
    if (isBeyondUs)
      yield { path: written.path, message: `${called(metric)}: '${written.text}' is unverified: ${reason}.`, severity: 'info' };
    else
      yield {
        path: written.path,
        message: `${called(metric)}: '${written.text}' can only end in Error: ${reason}${words ? `; ${words}` : ''}.`,
      };
  }
}

function* counters(metric: Metric): Iterable<Complaint> {
  const { query, providers } = metric;
  const read = query && providers[0] === 'prometheus' ? parsePromql(query.text) : null;
  if (!query || !read || !isParsed(read)) return;
  const names = [...new Set(rawCounters(read).map((selector) => selector.metric))];
  if (names.length > 0)
    yield {
      path: query.path,
      message: `${called(metric)} looks at ${names.join(', ')} as ${names.length === 1 ? 'it stands: a counter, which holds' : 'they stand: counters, which hold'} everything since the process began.`,
      severity: 'warning',
      help: 'Ask how fast it grows: `rate(x[2m])`, or by how much: `increase(x[2m])`.',
    };
}
