import { describe, expect, it } from 'vitest';
import { gatesOfTemplates } from '../../../lib/gates/argo/read.ts';
import type { AnalysisTemplateOptions } from '../../../lib/intent/analysis-template.ts';
import { formatProblem, ProblemError } from '../../../lib/schema/index.ts';

const template = (spec: string, name = 'success-rate', kind = 'AnalysisTemplate') =>
  `apiVersion: argoproj.io/v1alpha1\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec:\n${spec.replace(/^/gm, '  ')}\n`;

/** A metric on lines 7 and after, where it is the first of its template. */
const metric = (more: string, name = 'success-rate') =>
  `metrics:\n  - name: ${name}\n${more.replace(/^/gm, '    ')}\n    provider:\n      prometheus:\n        address: http://prometheus:9090\n        query: sum(rate(requests{service="{{args.service}}"}[5m]))`;
const ARGS = 'args:\n  - name: service\n';
const CAREFUL = 'interval: 1m\ncount: 5\nfailureLimit: 2\nsuccessCondition: result | filter(# < 0.95) | len() == 0';

const gates = (texts: Readonly<Record<string, string>>, options: Partial<AnalysisTemplateOptions> = {}) =>
  gatesOfTemplates({ files: Object.keys(texts), args: { service: 'web' }, ...options }, (file) => texts[file] ?? null);

function problems(texts: Readonly<Record<string, string>>, options: Partial<AnalysisTemplateOptions> = {}): readonly string[] {
  try {
    gates(texts, options);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

describe('the metrics of AnalysisTemplates become gates', () => {
  it('with what the template says, and Argo defaults for the rest', () => {
    expect(gates({ 'a.yaml': template(ARGS + metric(CAREFUL)) })).toEqual([
      {
        name: 'success-rate',
        description: 'Metric success-rate of a.yaml.',
        scope: 'candidate',
        provider: { prometheus: { address: 'http://prometheus:9090', query: 'sum(rate(requests{service="web"}[5m]))', timeout: '30s' } },
        successCondition: 'result | filter(# < 0.95) | len() == 0',
        interval: '1m',
        count: 5,
        initialDelay: '0s',
        failureLimit: 2,
        inconclusiveLimit: 0,
        argo: {
          verdicts: 'native',
          dryRun: false,
          retention: 10,
          file: 'a.yaml',
          count: 5,
          failureLimit: 2,
          inconclusiveLimit: 0,
          consecutiveErrorLimit: 4,
          consecutiveSuccessLimit: 0,
        },
      },
    ]);
  });

  it.each([
    ['neither count nor interval: measured once', 'successCondition: result[0] < 1', { count: 1 }],
    ['an interval alone: as long as it is watched', 'interval: 30s', { count: null }],
    ['count 0 is as none', 'interval: 30s\ncount: 0', { count: null }],
    ['a count from an argument', 'interval: 30s\ncount: "{{args.count}}"', { count: 7 }],
    ['successes in a row', 'interval: 30s\nfailureLimit: -1\nconsecutiveSuccessLimit: 3', { failureLimit: -1, consecutiveSuccessLimit: 3 }],
  ])('%s', (_, more, argo) => {
    const [gate] = gates({ 'a.yaml': template(`${ARGS}  - name: count\n    value: "7"\n${metric(more)}`) });
    expect(gate?.argo).toMatchObject(argo);
  });

  it('several templates are merged, namespaced ones first, with the arguments of all', () => {
    const merged = gates({
      'cluster.yaml': template(ARGS + metric(CAREFUL, 'errors'), 'errors', 'ClusterAnalysisTemplate'),
      'a.yaml': template(
        `${ARGS}    value: api\ndryRun:\n  - metricName: err\nmeasurementRetention:\n  - metricName: .*\n    limit: 200\n${metric(CAREFUL)}`,
      ),
    });
    expect(merged.map(({ name }) => name)).toEqual(['success-rate', 'errors']);
    expect(merged.map(({ argo }) => [argo?.dryRun, argo?.retention])).toEqual([
      [false, 50],
      [true, 50],
    ]);
  });

  it('a Secret becomes what lets the runner in, and nothing else', () => {
    const secret = `${ARGS}  - name: token\n    valueFrom:\n      secretKeyRef: { name: prom, key: token }\n`;
    const header = (value: string) => `${metric(CAREFUL)}\n        headers:\n          - { key: Authorization, value: "${value}" }`;
    const [gate] = gates({ 'a.yaml': template(secret + header('Bearer {{args.token}}')) });
    expect(gate?.provider).toMatchObject({ prometheus: { auth: { bearer: { tokenSecret: { name: 'prom', key: 'token' } } } } });
    expect(problems({ 'a.yaml': template(secret + header('Basic abc')) })[0]).toContain(
      'everybody who reads the plan would see these credentials',
    );
    expect(problems({ 'a.yaml': template(secret + metric(CAREFUL).replace('[5m]', '{{args.token}}')) })[0]).toContain(
      "metric 'success-rate' uses {{args.token}}, which is a Secret's",
    );
  });

  it('what every gate has may be given, and is filled in with the plan', () => {
    const [gate] = gates({ 'a.yaml': template(ARGS + metric(CAREFUL)) }, { args: { service: '{{args.candidate-service}}' } });
    expect(gate?.provider).toMatchObject({ prometheus: { query: expect.stringContaining('{{args.candidate-service}}') } });
  });
});

describe('what is wrong is told with its line', () => {
  it.each<[what: string, spec: string, options: Partial<AnalysisTemplateOptions>, problem: string]>([
    [
      'an argument that nobody gives',
      ARGS + metric(CAREFUL),
      { args: {} },
      "a.yaml:7:7: /spec/args/0: AnalysisTemplate 'success-rate': args.service was not resolved.",
    ],
    [
      'one that nobody declares',
      ARGS + metric(CAREFUL),
      { args: { service: 'a', servce: 'b' } },
      "no template declares the argument 'servce'",
    ],
    ['a placeholder without a declaration', metric(CAREFUL), { args: {} }, 'failed to resolve {{args.service}}. Declare it in spec.args.'],
    [
      'a field of a Rollout',
      `${ARGS}    valueFrom: { fieldRef: { fieldPath: "metadata.labels['x']" } }\n${metric(CAREFUL)}`,
      { args: {} },
      'there is no Rollout whose field it could be',
    ],
    [
      'a condition that is none',
      ARGS + metric('successCondition: result[0] <'),
      {},
      "a.yaml:10:25: /spec/metrics/0/successCondition: AnalysisTemplate 'success-rate': 'result[0] <' cannot be judged: it ends too early (character 12).",
    ],
    ['a count without an interval', ARGS + metric('count: 3'), {}, 'interval must be specified when count > 1'],
    [
      'more failures than measurements',
      ARGS + metric('interval: 1m\ncount: 2\nfailureLimit: 3'),
      {},
      'count (2) must be >= failureLimit + consecutiveSuccessLimit (3)',
    ],
    ['no limit of failures', ARGS + metric('interval: 1m\nfailureLimit: -1'), {}, 'failureLimit -1 needs a consecutiveSuccessLimit'],
    [
      'a count that is no number',
      ARGS + metric('interval: 1m\ncount: many'),
      {},
      'count must be a whole number, not "many", of which Argo Rollouts makes 0',
    ],
    ['a provider that nobody asks', ARGS + metric(CAREFUL).replace('prometheus:\n', 'datadog:\n'), {}, 'nobody here asks datadog'],
    ['certificates that nobody checks', `${ARGS}${metric(CAREFUL)}\n        insecure: true`, {}, 'prometheus.insecure cannot be done here'],
    [
      'a dry run of nothing',
      `dryRun:\n  - metricName: "*"\n${ARGS}${metric(CAREFUL)}`,
      {},
      "its rule '*' matches no metric. Write .* for all of them.",
    ],
    [
      'a template that is not there',
      `templates:\n  - templateName: errors\n${ARGS}${metric(CAREFUL)}`,
      {},
      "it refers to AnalysisTemplate 'errors', which no named file holds.",
    ],
  ])('%s', (_, spec, options, problem) => {
    expect(problems({ 'a.yaml': template(spec) }, options).join('\n')).toContain(problem);
  });

  it('files that are not there or hold nothing, arguments that contradict, metrics of one name', () => {
    expect(problems({}, { files: ['b.yaml'] })).toEqual([
      'there is no file b.yaml. Name AnalysisTemplates by their path in the repository.',
    ]);
    expect(problems({ 'a.yaml': 'kind: ConfigMap\n' })).toEqual(['a.yaml:1:1: a.yaml holds no AnalysisTemplate of Argo Rollouts.']);
    const twice = problems({
      'a.yaml': template(`${ARGS}    value: api\n${metric(CAREFUL)}`),
      'b.yaml': template(`${ARGS}    value: web\n${metric(CAREFUL)}`, 'other'),
    }).join('\n');
    expect(twice).toContain("Argument `service` specified multiple times with different values: 'api', 'web'.");
    expect(twice).toContain("two metrics have the same name 'success-rate'.");
  });
});
