import { besides } from '../lib/policy/metrics/analyses.ts';
import { answersOf, type Blank } from '../lib/policy/metrics/answers.ts';
import { conditionsOf, outcomeOf } from '../lib/policy/metrics/conditions.ts';
import { called, type Metric } from '../lib/policy/metrics/metric.ts';
import { METRIC_KINDS, metricsOf } from '../lib/policy/metrics/metrics.ts';
import { guards } from '../lib/policy/metrics/volume.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import type { ObjectSet } from '../lib/policy/set.ts';
import { analysisTemplate, CAREFUL, METRIC } from './example.ts';

const COUNT = 'sum(increase(http_requests_total{service="{{args.candidate}}",code=~"5.."}[2m]))';
const VOLUME = `- name: requests
  interval: 30s
  count: 5
  inconclusiveLimit: 3
  successCondition: len(result) > 0 && result[0] >= 100
  failureCondition: len(result) > 0 && result[0] < 0
  provider:
    prometheus:
      address: http://prometheus:9090
      query: sum(increase(http_requests_total{service="{{args.candidate}}"}[2m]))`;
const EMPTY_IS_FINE = 'interval: 30s\ncount: 5\nsuccessCondition: len(result) == 0 || result[0] < 5';

export const noDataIsNotSuccess: Rule = {
  id: 'no-data-is-not-success',
  holds: 'an answer without data passes no gate',
  severity: 'error',
  universal: true,
  kinds: METRIC_KINDS,
  why: 'A candidate that nobody asks, a label that was renamed and a Prometheus that lost its target all answer with nothing, or with NaN. Where that counts as success, the release goes to 100 % blind: `all()` of nothing is true, nothing is above any limit, and no comparison with NaN holds, so a failure condition alone never fails.',
  fix: 'Ask for data in both conditions: `successCondition: len(result) > 0 && result[0] < 0.01` and `failureCondition: len(result) > 0 && result[0] >= 0.01`; what is neither is inconclusive.',
  examples: [
    { title: 'nothing is fine', yaml: analysisTemplate({ metric: EMPTY_IS_FINE }), finds: [`${METRIC}/successCondition`] },
    {
      title: 'all of nothing',
      yaml: analysisTemplate({ metric: 'successCondition: "all(result, # < 0.01)"' }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'a failure condition alone, which NaN never meets',
      yaml: analysisTemplate({
        metric: 'failureCondition: result[0] > 0.01',
        query: 'histogram_quantile(0.9, rate(x_bucket{a="{{args.candidate}}"}[2m]))',
      }),
      finds: [`${METRIC}/failureCondition`],
    },
    {
      title: 'a negation, which holds for NaN',
      yaml: analysisTemplate({ metric: 'successCondition: "!(result[0] > 0.01)"', query: 'errors{a="{{args.candidate}}"} / requests' }),
      finds: [`${METRIC}/successCondition`],
    },
    {
      title: 'Datadog says nil, and nil becomes 0',
      yaml: analysisTemplate({ metric: 'successCondition: default(result, 0) < 0.01', provider: 'datadog:\n  query: avg:errors{*}' }),
      finds: [`${METRIC}/successCondition`],
    },
    { title: 'both conditions ask for data', yaml: analysisTemplate({ metric: CAREFUL }), finds: [] },
    {
      title: 'errors are counted, and another metric makes sure that there were requests',
      yaml: analysisTemplate({ metric: EMPTY_IS_FINE, query: COUNT, more: VOLUME }),
      finds: [],
    },
  ],
  *check(entry, { set }) {
    for (const metric of metricsOf(entry, set)) yield* blind(metric, set);
  },
};

function* blind(metric: Metric, set: ObjectSet): Iterable<Complaint> {
  const answers = answersOf(metric);
  const conditions = conditionsOf(metric);
  const written = metric.successCondition ?? metric.failureCondition;
  if (!answers || !conditions || !written) return;
  const passing = answers.blanks.filter(({ result }) => outcomeOf(conditions, result) === 'pass');
  if (passing.length === 0 || isGuarded(metric, passing, set)) return;
  const what = passing.map((blank) => blank.what).join(' and ');
  const only = metric.successCondition ? '' : ', since no failureCondition holds for it and there is no successCondition';
  yield { path: written.path, message: `${called(metric)}: ${what} passes '${written.text}'${only}.` };
}

/** What is counted is not there until it happens; something else then has to know that there was traffic. */
function isGuarded(metric: Metric, passing: readonly Blank[], set: ObjectSet): boolean {
  return (
    passing.every(({ what }) => what === 'an empty answer') &&
    besides(metric, set).some((other) => other !== metric && guards(other, metric))
  );
}
