import { conditionsOf, dividesByResult, outcomeOf } from '../lib/policy/metrics/conditions.ts';
import { called, type Metric } from '../lib/policy/metrics/metric.ts';
import { METRIC_KINDS, metricsOf } from '../lib/policy/metrics/metrics.ts';
import { promqlOf } from '../lib/policy/metrics/volume.ts';
import { CANARY } from '../lib/policy/pods.ts';
import { unguardedDivisions } from '../lib/policy/promql/nan.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { analysisTemplate, CAREFUL, METRIC, metricTemplate } from './example.ts';

const REQUESTS = 'sum(rate(http_requests_total{service="{{args.candidate}}"}[2m]))';
const FAILED = 'sum(rate(http_requests_total{service="{{args.candidate}}",code=~"5.."}[2m]))';
const PLAIN = 'interval: 30s\ncount: 5\nsuccessCondition: result[0] < 0.01';

export const divisionByZero: Rule = {
  id: 'division-by-zero',
  holds: 'a ratio does not fail a release because nobody asked',
  severity: 'warning',
  universal: true,
  kinds: METRIC_KINDS,
  why: 'Without requests a ratio is 0 / 0, which is NaN, and no comparison with NaN holds: a quiet minute fails the gate and takes back a release that is fine. People then raise the limits until the gate says nothing at all.',
  fix: 'Leave out a denominator of 0, `errors / (requests > 0)`, and let the conditions ask `len(result) > 0`, so that a quiet minute is inconclusive.',
  examples: [
    {
      title: 'requests may be 0',
      yaml: analysisTemplate({ metric: PLAIN, query: `${FAILED} / ${REQUESTS}` }),
      finds: [`${METRIC}/provider/prometheus/query`],
    },
    {
      title: 'a condition divides',
      yaml: analysisTemplate({ metric: 'successCondition: result[0] / result[1] < 0.01', query: `${FAILED} or ${REQUESTS}` }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'a MetricTemplate of Flagger, to which NaN is a failed check',
      yaml: metricTemplate('sum(rate(http_errors_total{app="{{ target }}"}[1m])) / sum(rate(http_requests_total{app="{{ target }}"}[1m]))'),
      finds: ['/spec/query'],
    },
    { title: 'a denominator above 0', yaml: analysisTemplate({ metric: PLAIN, query: `${FAILED} / (${REQUESTS} > 0)` }), finds: [] },
    {
      title: 'a denominator that is never below 1',
      yaml: analysisTemplate({ metric: PLAIN, query: `${FAILED} / clamp_min(${REQUESTS}, 1)` }),
      finds: [],
    },
    {
      title: 'NaN is inconclusive',
      yaml: analysisTemplate({ metric: CAREFUL, query: `${FAILED} / ${REQUESTS}` }),
      finds: [],
    },
  ],
  *check(entry, { set }) {
    for (const metric of metricsOf(entry, set)) {
      // The runner takes NaN for no data, and a Canary's query is found in its template.
      if (metric.engine === 'native' || (entry.kind === CANARY && metric.query?.path.at(-1) !== 'query')) continue;
      yield* inQuery(metric);
      yield* inCondition(metric);
    }
  },
};

function* inQuery(metric: Metric): Iterable<Complaint> {
  const expression = promqlOf(metric);
  const [division] = expression ? unguardedDivisions(expression) : [];
  if (!division || !metric.query) return;
  const conditions = metric.engine === 'argo' ? conditionsOf(metric) : null;
  if (metric.engine === 'argo') {
    if (!conditions || (!conditions.success && !conditions.failure)) return;
    if (outcomeOf(conditions, { kind: 'numbers', values: [Number.NaN] }) !== 'fail') return;
  }
  yield {
    path: metric.query.path,
    message: `${called(metric)}: the denominator at character ${division.at + 1} is 0 where there are no requests, and NaN ${metric.engine === 'argo' ? 'fails the metric' : 'is a failed check'}.`,
  };
}

function* inCondition(metric: Metric): Iterable<Complaint> {
  const conditions = conditionsOf(metric);
  const written = metric.successCondition ?? metric.failureCondition;
  if (conditions && written && dividesByResult(conditions))
    yield { path: written.path, message: `${called(metric)}: '${written.text}' divides by what was measured, which may be 0.` };
}
