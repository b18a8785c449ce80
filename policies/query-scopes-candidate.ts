import { type Use, usesOf } from '../lib/policy/metrics/analyses.ts';
import { METRIC_TEMPLATE } from '../lib/policy/metrics/flagger.ts';
import { called, type Metric } from '../lib/policy/metrics/metric.ts';
import { METRIC_KINDS, metricsOf } from '../lib/policy/metrics/metrics.ts';
import { placeholdersIn } from '../lib/policy/metrics/placeholders.ts';
import { type Names, namesOf, namesOfUse, namesSomething, type Track, tracksOf } from '../lib/policy/metrics/tracks.ts';
import { isVolume, promqlOf } from '../lib/policy/metrics/volume.ts';
import { CANARY } from '../lib/policy/pods.ts';
import { selectorsOf } from '../lib/policy/promql/expression.ts';
import { isParsed, parsePromql } from '../lib/policy/promql/parse.ts';
import { nameOf } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { ANALYSIS, analysisTemplate, CAREFUL, METRIC, metricTemplate, rolloutWith } from './example.ts';

const QUERY = `${METRIC}/provider/prometheus/query`;
const BY_SERVICE = 'sum(rate(http_requests_total{service="{{args.service}}",code=~"5.."}[2m]))';
const template = analysisTemplate({ metric: CAREFUL, query: BY_SERVICE, spec: 'args:\n  - name: service' });

export const queryScopesCandidate: Rule = {
  id: 'query-scopes-candidate',
  holds: 'what is measured is the candidate, not the whole service',
  severity: 'error',
  universal: true,
  kinds: METRIC_KINDS,
  why: 'At 5 % of the traffic a candidate that fails every request moves the error ratio of the whole service to 5 %, and one that fails one in ten moves it to half a percent: below most limits. A gate that measures both revisions together, or stable alone, promotes what it should have stopped.',
  fix: 'Select the candidate by its Service, its workload or its pods\' hash: `rollouts_pod_template_hash="{{args.hash}}"` with `valueFrom: {podTemplateHashValue: Latest}`, or `destination_workload="{{ target }}"` with Flagger.',
  examples: [
    {
      title: 'everything that the service answers',
      yaml: analysisTemplate({ metric: CAREFUL, query: 'sum(rate(http_requests_total{app="web",code=~"5.."}[2m]))', spec: 'args: []' }),
      finds: [QUERY],
    },
    {
      title: 'a Rollout names the root Service',
      yaml: template + rolloutWith('args:\n  - name: service\n    value: web'),
      finds: [`${ANALYSIS}/args/0`],
    },
    {
      title: 'a pattern that fits the pods of the primary as well',
      yaml: metricTemplate('sum(rate(http_errors_total{namespace="{{ namespace }}",pod=~"{{ target }}-.*"}[{{ interval }}]))'),
      finds: ['/spec/query'],
    },
    {
      title: 'a query that is no PromQL is unverified',
      yaml: analysisTemplate({ metric: CAREFUL, query: 'sum(rate(http_requests_total{service="{{args.candidate}}"}[2m])' }),
      finds: [QUERY],
    },
    {
      title: 'a Rollout names the Service of the candidate',
      yaml: template + rolloutWith('args:\n  - name: service\n    value: web-canary'),
      finds: [],
    },
    {
      title: "a Rollout gives the hash of the candidate's pods",
      yaml: template + rolloutWith('args:\n  - name: service\n    valueFrom:\n      podTemplateHashValue: Latest'),
      finds: [],
    },
    {
      title: 'the workload that Flagger releases',
      yaml: metricTemplate('sum(rate(istio_requests_total{destination_workload="{{ target }}",response_code=~"5.."}[{{ interval }}]))'),
      finds: [],
    },
    {
      title: 'the error budget is of the whole service',
      yaml: analysisTemplate({ metric: CAREFUL, query: 'slo:burn_rate:5m{service="web"}', spec: 'args: []' }).replaceAll(
        'name: errors',
        'name: error-budget',
      ),
      finds: [],
    },
  ],
  *check(entry, context) {
    for (const metric of metricsOf(entry, context.set)) {
      const { query, providers } = metric;
      // A Canary's query is looked at in its template.
      if (!query || providers[0] !== 'prometheus' || (entry.kind === CANARY && query.path.at(-1) !== 'query')) continue;
      const read = parsePromql(query.raw);
      if (!isParsed(read))
        yield {
          path: query.path,
          message: `${called(metric)}: the query cannot be read from character ${read.at + 1} on, so what it selects is unverified.`,
          severity: 'info',
          help: 'Write it as PromQL, with values of arguments inside of quotes.',
        };
      else if (!isExempt(metric)) yield* unscoped(metric, context);
    }
  },
};

/** Gates about something else than the candidate: how much traffic there is, and how the service as a whole is. */
function isExempt(metric: Metric): boolean {
  if (metric.scope !== null) return metric.scope === 'service' || metric.scope === 'volume';
  return isVolume(metric) || [metric.name, metric.entry.id.name].some((name) => /budget|burn|slo\b|slo-|-slo/i.test(name));
}

function* unscoped(metric: Metric, { set }: Context): Iterable<Complaint> {
  const uses = usesOf(metric.entry, set);
  if (uses.length === 0) yield* complaint(metric, namesOf(metric), null);
  for (const use of uses) yield* complaint(metric, namesOfUse(use), use);
}

function* complaint(metric: Metric, names: Names, use: Use | null): Iterable<Complaint> {
  const { query } = metric;
  const found = tracksOf(metric, names) ?? [];
  const of = (...tracks: readonly Track[]) => found.filter(({ track }) => tracks.includes(track));
  if (!query || of('candidate', 'open').length > 0) return;
  const wide = of('both')[0]?.matcher;
  if (wide) {
    yield {
      path: query.path,
      message: `${called(metric)}: ${wide.label}=~"${wide.value}" fits the pods of the primary as well as the candidate's.`,
      help: 'Write what follows the name as narrow as it is: `{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)`.',
    };
    return;
  }
  // What measures stable alone is what another gate is held against.
  if (of('stable').length > 0 || !asksForSeries(metric)) return;
  // A name that is written out is of one service, and Flagger calls its canary as the service was called.
  if (metric.entry.kind === METRIC_TEMPLATE && found.some(({ matcher }) => namesSomething(matcher))) return;
  const argument =
    use &&
    argumentBehind(
      found.map(({ matcher }) => matcher.value),
      use,
    );
  if (argument && use)
    yield {
      entry: use.rollout,
      path: argument.path,
      message: `${called(metric)} of ${nameOf(metric.entry.id)} selects by '${argument.name}', which is '${argument.value}' here: the candidate is ${names.candidate.join(' or ') || 'known by its hash only'}.`,
    };
  else
    yield {
      path: query.path,
      message: `${called(metric)} selects ${spelled(found.map(({ matcher }) => matcher))}, which both revisions have in common.`,
    };
}

function asksForSeries(metric: Metric): boolean {
  const expression = promqlOf(metric);
  return expression !== null && selectorsOf(expression).length > 0;
}

/** The value that would have to be another one. */
function argumentBehind(values: readonly string[], { args }: Use) {
  const used = new Set(values.flatMap((value) => placeholdersIn(value).map(({ name }) => name)));
  return args.find(({ name, value }) => value !== null && used.has(`args.${name}`) && !/namespace|^ns$/.test(name)) ?? null;
}

const spelled = (matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[]): string =>
  [...new Set(matchers.map(({ label, operator, value }) => `${label}${operator}"${value}"`))].slice(0, 4).join(', ') || 'everything';
