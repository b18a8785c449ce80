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

  it('a value that is given wins over a field of a Rollout', () => {
    const [gate] = gates({
      'a.yaml': template(`${ARGS}    valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } }\n${metric(CAREFUL)}`),
    });
    expect(gate?.provider).toMatchObject({ prometheus: { query: 'sum(rate(requests{service="web"}[5m]))' } });
  });

  it('each metric becomes a gate of its own valid name, whatever it is called and wherever it stands', () => {
    const plain = 'provider: { prometheus: { address: "http://prometheus:9090", query: up } }';
    const namesOf = (...names: readonly string[]) =>
      gates(
        { 'a.yaml': template(`metrics:\n${names.map((name) => `  - name: ${JSON.stringify(name)}\n    ${plain}`).join('\n')}`) },
        { args: {} },
      ).map(({ name }) => name);
    const long = 'x'.repeat(80);
    expect(namesOf('Error Rate %', 'error-rate', '错误率', long)).toEqual([
      expect.stringMatching(/^error-rate-[\da-f]{8}$/),
      'error-rate',
      expect.stringMatching(/^metric-[\da-f]{8}$/),
      expect.stringMatching(/^x{54}-[\da-f]{8}$/),
    ]);
    expect(namesOf('error-rate', 'Error Rate %')).toEqual(namesOf('Error Rate %', 'error-rate').reverse());
    expect(namesOf('Error Rate %')).toEqual(['error-rate']);
  });

  it('certificates that are checked may be said to be', () => {
    const [gate] = gates({ 'a.yaml': template(`${ARGS}${metric(CAREFUL)}\n        insecure: false`) });
    expect(gate?.name).toBe('success-rate');
  });

  it('rules name metrics as Go would', () => {
    const [gate] = gates({ 'a.yaml': template(`dryRun:\n  - metricName: (?i)^SUCCESS\n${ARGS}${metric(CAREFUL)}`) });
    expect(gate?.argo?.dryRun).toBe(true);
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
      "its rule matches nothing: '*' cannot be used as a regular expression here: '*' does not fit. Write .* for all metrics.",
    ],
    [
      'a dry run of another metric',
      `dryRun:\n  - metricName: (?i)eror\n${ARGS}${metric(CAREFUL)}`,
      {},
      "its rule '(?i)eror' matches no metric.",
    ],
    [
      'a condition that can never fit, with advice on what Prometheus answers',
      ARGS + metric('successCondition: result < 0.01'),
      {},
      "a.yaml:10:25: /spec/metrics/0/successCondition: AnalysisTemplate 'success-rate': 'result < 0.01' cannot be judged: < does not work on float[] and float (character 8). Prometheus answers with a list",
    ],
    [
      'what is left out of the language, with where it is said',
      ARGS + metric('successCondition: now().Hour() < 9 && timezone("UTC") == nil'),
      {},
      "there is no function 'timezone' here (character 21). What of the language is left out here is listed in docs/how-to/argo-verdicts.md.",
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

describe("templates as Argo Rollouts' documentation has them", () => {
  const DECLARED = 'args:\n  - name: service-name\n  - name: api-url\n    value: http://api.example.com/check\n';
  const TOKEN = '  - name: api-token\n    valueFrom:\n      secretKeyRef: { name: api, key: token }\n';
  const made = (spec: string) => gates({ 'a.yaml': template(spec) }, { args: { 'service-name': 'web' } }).map(({ provider }) => provider);
  const one = (provider: string) => `${DECLARED}${TOKEN}metrics:\n  - name: check\n    successCondition: result == true\n${provider}`;

  it.each<[what: string, documented: string, spec: string, provider: object]>([
    [
      'a web metric with spaces in its placeholders and a token',
      'docs/analysis/web.md',
      one(`    provider:
      web:
        url: "{{ args.api-url }}?service={{ args.service-name }}"
        timeoutSeconds: 20
        headers:
          - { key: Authorization, value: "Bearer {{ args.api-token }}" }
        jsonPath: "{$.data.ok}"
`),
      {
        web: {
          url: 'http://api.example.com/check?service=web',
          timeout: '20s',
          auth: { bearer: { tokenSecret: { name: 'api', key: 'token' } } },
          jsonPath: '{$.data.ok}',
          method: 'GET',
        },
      },
    ],
    [
      'a web metric with a body',
      'docs/analysis/web.md',
      one(`    provider:
      web:
        method: POST
        url: "{{args.api-url}}"
        headers:
          - { key: Authorization, value: "Bearer {{  args.api-token}}" }
          - { key: Content-Type, value: application/json }
        body: '{"service": "{{ args.service-name }}"}'
        jsonPath: "{$.data.ok}"
`),
      { web: { method: 'POST', body: '{"service": "web"}', headers: { 'Content-Type': 'application/json' } } },
    ],
    [
      'a web metric with a JSON body',
      'docs/analysis/web.md',
      one(`    provider:
      web:
        method: POST
        url: "{{ args.api-url }}"
        jsonBody: { services: ["{{ args.service-name }}"], deep: { of: "{{ args.service-name }}" } }
`),
      { web: { body: '{"services":["web"],"deep":{"of":"web"}}', headers: { 'content-type': 'application/json' } } },
    ],
    [
      'a rate from Prometheus, over lines',
      'docs/features/analysis.md',
      `${DECLARED}metrics:
  - name: success-rate
    interval: 5m
    successCondition: result[0] >= 0.95
    failureLimit: 3
    provider:
      prometheus:
        address: http://prometheus.example.com:9090
        query: |
          sum(rate(requests{service="{{ args.service-name }}",code!~"5.*"}[5m])) /
          sum(rate(requests{service="{{args.service-name}}"}[5m]))
`,
      {
        prometheus: {
          query: 'sum(rate(requests{service="web",code!~"5.*"}[5m])) /\nsum(rate(requests{service="web"}[5m]))\n',
        },
      },
    ],
    [
      'a range of Prometheus',
      'docs/analysis/prometheus.md',
      `${DECLARED}metrics:
  - name: success-rate
    successCondition: "all(result, # >= 0.95)"
    provider:
      prometheus:
        address: http://prometheus.example.com:9090
        timeout: 40
        query: rate(requests{service="{{ args.service-name }}"}[5m])
        rangeQuery: { start: 'now() - duration("1h")', end: now(), step: 1m }
`,
      { prometheus: { timeout: '40s', range: { window: '1h', step: '1m' } } },
    ],
    [
      'a Job',
      'docs/analysis/job.md',
      `${DECLARED}metrics:
  - name: test
    provider:
      job:
        spec:
          backoffLimit: 0
          template:
            spec:
              containers:
                - { name: test, image: "test:1", command: [run, "{{ args.service-name }}"] }
              restartPolicy: Never
`,
      { job: { image: 'test:1', command: ['run', 'web'] } },
    ],
  ])('%s (%s)', (_, __, spec, provider) => {
    expect(made(spec)).toMatchObject([provider]);
  });

  it('a placeholder of what every gate has may have spaces, too, in the template and where a value is given', () => {
    const texts = { 'a.yaml': template(`${ARGS}  - name: candidate\n${metric(CAREFUL)} + x{by="{{ args.candidate }}"}`) };
    const [gate] = gates(texts, { args: { service: '{{ args.candidate-service }}' } });
    expect(gate?.provider).toMatchObject({
      prometheus: { query: 'sum(rate(requests{service="{{args.candidate-service}}"}[5m])) + x{by="{{args.candidate}}"}' },
    });
  });

  it('a Secret with spaces around its name is kept out of the plan all the same', () => {
    const spec = `${ARGS}${TOKEN}${metric(CAREFUL).replace('[5m]', '{{ args.api-token }}')}`;
    expect(problems({ 'a.yaml': template(spec) })[0]).toContain("uses {{args.api-token}}, which is a Secret's");
    const given = gatesOfTemplates.bind(null, { files: ['a.yaml'], args: { service: '{{ args.api-token }}' } }, () =>
      template(`${ARGS}${TOKEN}${metric(CAREFUL)}`),
    );
    expect(given).toThrow(ProblemError);
  });
});
