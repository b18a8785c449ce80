import { describe, expect, it } from 'vitest';
import { substitute } from '../../lib/gates/arguments.ts';
import type { Gate } from '../../lib/intent/gate.ts';
import { resolveGate } from '../../lib/intent/resolve-strategy.ts';
import {
  burnRate,
  errorRatio,
  errorsAgainstStable,
  httpRequests,
  istio,
  jobCheck,
  latency,
  latencyAgainstStable,
  minimumRequests,
  readiness,
  restarts,
  successRatio,
  webCheck,
} from '../../templates/index.ts';
import { WEB } from '../gates/fixture.ts';
import { verdict } from './verdict.ts';

const address = 'http://prometheus:9090';
const mesh = { address, source: istio() };
const app = { address, source: httpRequests() };
const IMAGE = `registry.example.com/check@sha256:${'ab'.repeat(32)}`;

const CANDIDATE = 'reporter="destination",destination_workload_namespace="shop",destination_workload="web-1a2b3c4d"';
const STABLE = 'reporter="destination",destination_workload_namespace="shop",destination_workload="web-0f0f0f0f"';
const REVISIONS = 'reporter="destination",destination_workload_namespace="shop",destination_workload=~"web-[0-9a-f]{8}"';

describe('what a gate asks, of the release web', () => {
  it.each<[string, Gate, string]>([
    [
      'the 5xx ratio, zero where there is no 5xx series, nothing where there are no requests',
      errorRatio(mesh),
      `(sum(rate(istio_requests_total{${CANDIDATE},response_code=~"5.."}[2m])) or vector(0))
/
(sum(rate(istio_requests_total{${CANDIDATE}}[2m])) > 0)`,
    ],
    [
      'the 5xx ratio by metrics of the application',
      errorRatio({ ...app, window: '90s' }),
      `(sum(rate(http_requests_total{namespace="shop",service="web-1a2b3c4d",status=~"5.."}[1m30s])) or vector(0))
/
(sum(rate(http_requests_total{namespace="shop",service="web-1a2b3c4d"}[1m30s])) > 0)`,
    ],
    [
      'the success ratio',
      successRatio(app),
      `1 -
(
  (sum(rate(http_requests_total{namespace="shop",service="web-1a2b3c4d",status=~"5.."}[2m])) or vector(0))
  /
  (sum(rate(http_requests_total{namespace="shop",service="web-1a2b3c4d"}[2m])) > 0)
)`,
    ],
    [
      "by how much the candidate's errors exceed what stable's allow",
      errorsAgainstStable({ ...mesh, factor: 1.2, difference: 0.01 }),
      `(
  (sum(rate(istio_requests_total{${CANDIDATE},response_code=~"5.."}[2m])) or vector(0))
  /
  (sum(rate(istio_requests_total{${CANDIDATE}}[2m])) > 0)
)
-
(
  (sum(rate(istio_requests_total{${STABLE},response_code=~"5.."}[2m])) or vector(0))
  /
  (sum(rate(istio_requests_total{${STABLE}}[2m])) > 0)
)
-
clamp_min(0.2 * (
  (sum(rate(istio_requests_total{${STABLE},response_code=~"5.."}[2m])) or vector(0))
  /
  (sum(rate(istio_requests_total{${STABLE}}[2m])) > 0)
), 0.01)`,
    ],
    [
      'a latency, unless it lies beyond the last bound',
      latency({ ...app, quantile: 0.99, maxMs: 500 }),
      `histogram_quantile(0.99, sum by (le) (rate(http_request_duration_ms_bucket{namespace="shop",service="web-1a2b3c4d"}[2m]))) > 0
unless
max(sum by (le) (rate(http_request_duration_ms_bucket{namespace="shop",service="web-1a2b3c4d",le!="+Inf"}[2m]))) < 0.99 * sum(rate(http_request_duration_ms_bucket{namespace="shop",service="web-1a2b3c4d",le="+Inf"}[2m]))`,
    ],
    [
      'a latency measured in seconds, as milliseconds',
      latency({
        address,
        source: httpRequests({ duration: 'http_request_duration_seconds_bucket', holds: 'deployment', label: 'app' }),
        maxMs: 500,
      }),
      `1000 * (
  histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{namespace="shop",app="web-1a2b3c4d"}[2m]))) > 0
  unless
  max(sum by (le) (rate(http_request_duration_seconds_bucket{namespace="shop",app="web-1a2b3c4d",le!="+Inf"}[2m]))) < 0.95 * sum(rate(http_request_duration_seconds_bucket{namespace="shop",app="web-1a2b3c4d",le="+Inf"}[2m]))
)`,
    ],
    [
      "the candidate's latency by stable's",
      latencyAgainstStable(mesh),
      `(
  histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${CANDIDATE}}[2m]))) > 0
  unless
  max(sum by (le) (rate(istio_request_duration_milliseconds_bucket{${CANDIDATE},le!="+Inf"}[2m]))) < 0.95 * sum(rate(istio_request_duration_milliseconds_bucket{${CANDIDATE},le="+Inf"}[2m]))
)
/
(
  histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${STABLE}}[2m]))) > 0
  unless
  max(sum by (le) (rate(istio_request_duration_milliseconds_bucket{${STABLE},le!="+Inf"}[2m]))) < 0.95 * sum(rate(istio_request_duration_milliseconds_bucket{${STABLE},le="+Inf"}[2m]))
)`,
    ],
    [
      "restarts of the candidate's pods",
      restarts({ address, container: 'web' }),
      'sum(max_over_time(kube_pod_container_status_restarts_total{namespace="shop",pod=~"web-1a2b3c4d-[a-z0-9]+(-[a-z0-9]+)?",container="web"}[5m]) - min_over_time(kube_pod_container_status_restarts_total{namespace="shop",pod=~"web-1a2b3c4d-[a-z0-9]+(-[a-z0-9]+)?",container="web"}[5m]))',
    ],
    [
      'available replicas by wanted ones',
      readiness({ address }),
      `max_over_time((
  sum(kube_deployment_status_replicas_available{namespace="shop",deployment="web-1a2b3c4d"})
  /
  (sum(kube_deployment_spec_replicas{namespace="shop",deployment="web-1a2b3c4d"}) > 0)
)[2m:30s])`,
    ],
    ['requests seen', minimumRequests(mesh), `sum(increase(istio_requests_total{${CANDIDATE}}[2m]))`],
    [
      'how fast the error budget of all revisions burns, in the calmer window',
      burnRate({ ...mesh, objective: 0.999 }),
      `min(
  label_replace((
    (sum(rate(istio_requests_total{${REVISIONS},response_code=~"5.."}[5m]) or rate(istio_requests_total{${STABLE},response_code=~"5.."}[5m])) or vector(0))
    /
    (sum(rate(istio_requests_total{${REVISIONS}}[5m]) or rate(istio_requests_total{${STABLE}}[5m])) > 0)
  ), "window", "5m", "", "")
  or
  label_replace((
    (sum(rate(istio_requests_total{${REVISIONS},response_code=~"5.."}[1h]) or rate(istio_requests_total{${STABLE},response_code=~"5.."}[1h])) or vector(0))
    /
    (sum(rate(istio_requests_total{${REVISIONS}}[1h]) or rate(istio_requests_total{${STABLE}}[1h])) > 0)
  ), "window", "1h", "", "")
)
/
0.001`,
    ],
  ])('%s', (_, gate, query) => {
    expect(substitute(resolveGate(gate), WEB).provider).toEqual({ prometheus: { address, query, timeoutSeconds: 10 } });
  });

  it.each<[string, Parameters<typeof httpRequests>[0], string]>([
    [
      'names of its own',
      { requests: 'hits', statusLabel: 'code', failed: '5..|0' },
      'hits{namespace="shop",service="web-1a2b3c4d",code=~"5..|0"}',
    ],
    ['no namespace', { namespaceLabel: null }, 'http_requests_total{service="web-1a2b3c4d",status=~"5.."}'],
    [
      'further labels, quoted',
      { match: { job: 'a"b\\c' } },
      'http_requests_total{namespace="shop",job="a\\"b\\\\c",service="web-1a2b3c4d",status=~"5.."}',
    ],
  ])('a source of plain metrics has %s', (_, options, selected) => {
    const { provider } = substitute(resolveGate(errorRatio({ address, source: httpRequests(options) })), WEB);
    expect(provider).toMatchObject({ prometheus: { query: expect.stringContaining(`sum(rate(${selected}[2m]))`) } });
  });

  it("Istio's reporter can be the caller's proxy", () => {
    const { provider } = errorRatio({ address, source: istio({ reporter: 'source' }) });
    expect(provider).toMatchObject({ prometheus: { query: expect.stringContaining('istio_requests_total{reporter="source",') } });
  });
});

describe('what a gate makes of the answer', () => {
  const gates: [string, Gate, Gate['scope'], string, string][] = [
    ['error-ratio', errorRatio(mesh), 'candidate', '< 0.01', '>= 0.01'],
    ['success-ratio', successRatio(mesh), 'candidate', '>= 0.99', '< 0.99'],
    ['errors-against-stable', errorsAgainstStable(mesh), 'comparison', '<= 0', '> 0'],
    ['latency-p999', latency({ ...mesh, quantile: 0.999, maxMs: 500 }), 'candidate', '< 500', '>= 500'],
    ['latency-p50-against-stable', latencyAgainstStable({ ...mesh, quantile: 0.5 }), 'comparison', '<= 1.2', '> 1.2'],
    ['restarts', restarts({ address }), 'candidate', '<= 0', '> 0'],
    ['readiness', readiness({ address }), 'candidate', '>= 0.9', '< 0.9'],
    ['minimum-requests', minimumRequests(mesh), 'volume', '>= 100', '< 0'],
    ['error-budget', burnRate({ ...mesh, objective: 0.999 }), 'service', '< 2', '>= 2'],
  ];

  it.each(gates)('%s', (name, gate, scope, success, failure) => {
    expect([gate.name, gate.scope]).toEqual([name, scope]);
    expect(gate.successCondition).toBe(`len(result) > 0 && !isInf(result[0]) && result[0] ${success}`);
    expect(gate.failureCondition).toBe(`len(result) > 0 && result[0] ${failure}`);
  });

  it.each(gates)('%s: no answer and NaN are no verdict, infinity is no success', (_, gate) => {
    const resolved = resolveGate(gate);
    expect([verdict(resolved, []), verdict(resolved, [Number.NaN])]).toEqual(['inconclusive', 'inconclusive']);
    expect([verdict(resolved, [Number.POSITIVE_INFINITY]), verdict(resolved, [Number.NEGATIVE_INFINITY])]).not.toContain('pass');
  });

  it('are asked with the headers, credentials and CA that are given', () => {
    const access = {
      auth: { basic: { username: 'me', passwordSecret: { name: 'reader', key: 'password' } } },
      tls: { caConfigMap: { name: 'ca', key: 'ca.crt' } },
    };
    expect(errorRatio({ ...mesh, ...access, headers: { 'X-Scope-OrgID': 'shop' } }).provider).toMatchObject({
      prometheus: { ...access, headers: { 'X-Scope-OrgID': 'shop' } },
    });
    expect(webCheck({ path: '/check', ...access }).provider).toMatchObject({ web: access });
  });

  it('too few requests are no verdict and never a failure', () => {
    const gate = resolveGate(minimumRequests({ ...mesh, min: 100 }));
    expect([0, 1, 99.9, 100, 5000].map((seen) => verdict(gate, [seen]))).toEqual([
      'inconclusive',
      'inconclusive',
      'inconclusive',
      'pass',
      'pass',
    ]);
  });
});

describe('checks without metrics', () => {
  it("webCheck asks the candidate's own Service and compares one field", () => {
    expect(
      webCheck({
        path: '/checkout',
        port: 8080,
        method: 'POST',
        body: '{}',
        headers: { a: 'b' },
        jsonPath: '{$.total}',
        equals: 42,
        timeout: '3s',
      }),
    ).toEqual({
      name: 'web-check',
      description: 'The candidate answers POST /checkout with 42 at {$.total}.',
      scope: 'candidate',
      provider: {
        web: {
          url: 'http://{{args.candidate-service}}.{{args.namespace}}.svc.cluster.local:8080/checkout',
          method: 'POST',
          headers: { a: 'b' },
          body: '{}',
          jsonPath: '{$.total}',
          timeout: '3s',
        },
      },
      successCondition: 'result == 42',
      failureCondition: 'result != 42',
    });
  });

  it('webCheck quotes the value it looks for', () => {
    expect(webCheck({ path: '/', equals: 'say "ok"' }).successCondition).toBe('result == "say \\"ok\\""');
  });

  it("jobCheck runs once, and gets the candidate's URL beside its own variables", () => {
    expect(jobCheck({ image: IMAGE, env: { MODE: 'sandbox' }, port: 8080 })).toMatchObject({
      name: 'job-check',
      description: 'A Job of registry.example.com/check finds the candidate well.',
      provider: {
        job: {
          image: IMAGE,
          env: { CANDIDATE_URL: 'http://{{args.candidate-service}}.{{args.namespace}}.svc.cluster.local:8080', MODE: 'sandbox' },
        },
      },
      count: 1,
      failureLimit: 0,
      inconclusiveLimit: 0,
    });
  });
});

describe('timing and limits', () => {
  const written = {
    name: 'mine',
    interval: '10s',
    count: 7,
    initialDelay: '1m',
    failureLimit: 2,
    inconclusiveLimit: 4,
    onFailure: 'hold',
  } as const;
  it.each<[string, Gate, Gate]>([
    ['errorRatio', errorRatio({ ...mesh, ...written }), errorRatio(mesh)],
    ['restarts', restarts({ address, ...written }), restarts({ address })],
    ['webCheck', webCheck({ path: '/', ...written }), webCheck({ path: '/' })],
    ['jobCheck', jobCheck({ image: IMAGE, ...written }), jobCheck({ image: IMAGE })],
  ])('of %s are what was written, and else the defaults of every gate', (_, changed, plain) => {
    expect(changed).toEqual({ ...plain, ...written });
  });

  it('of an answer can be limited', () => {
    expect(errorRatio({ ...mesh, timeout: '3s' }).provider).toMatchObject({ prometheus: { timeout: '3s' } });
  });
});

describe('parameters that cannot be meant', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'a percentage for a share',
      () => errorRatio({ ...mesh, max: 5 }),
      /errorRatio: max is a share above 0 and up to 1 \(1 % is 0\.01\), not 5/,
    ],
    ['an error ratio of zero, which nothing is below', () => errorRatio({ ...mesh, max: 0 }), /max is a share above 0/],
    ['NaN', () => successRatio({ ...mesh, min: Number.NaN }), /successRatio: min .*not NaN/],
    [
      'a percentile for a quantile',
      () => latency({ ...mesh, quantile: 95, maxMs: 1 }),
      /quantile lies between 0 and 1 \(p95 is 0\.95\), not 95/,
    ],
    ['a latency bound of zero', () => latency({ ...mesh, maxMs: 0 }), /maxMs is a number above 0, not 0/],
    [
      'an infinite bound, which nothing fails',
      () => latency({ ...mesh, maxMs: Number.POSITIVE_INFINITY }),
      /maxMs is a number above 0, not Infinity/,
    ],
    ['no tolerance', () => latencyAgainstStable({ ...mesh, tolerance: 0 }), /tolerance is a number above 0/],
    ['a factor below 1', () => errorsAgainstStable({ ...mesh, factor: 0.5 }), /factor is a number of at least 1, not 0\.5/],
    [
      'a difference of 100 %, which nothing exceeds',
      () => errorsAgainstStable({ ...mesh, difference: 1 }),
      /difference lies between 0 and 1/,
    ],
    [
      'a window of three scrapes',
      () => errorRatio({ ...mesh, window: '45s' }),
      /errorRatio: window must span 4 scrapes of 15s: at least 1m, not 45s/,
    ],
    [
      'a window too short for a slow source',
      () => minimumRequests({ address, source: istio({ scrapeInterval: '1m' }) }),
      /at least 4m, not 2m/,
    ],
    ['a window that is no duration', () => errorRatio({ ...mesh, window: 'soon' }), /a duration is written/],
    ['half a restart', () => restarts({ address, max: 0.5 }), /max is a whole number of at least 0, not 0\.5/],
    ['a volume of zero', () => minimumRequests({ ...mesh, min: 0 }), /min is a whole number of at least 1, not 0/],
    ['an objective of 100 %, which leaves no budget', () => burnRate({ ...mesh, objective: 1 }), /objective lies between 0 and 1/],
    [
      'windows in the wrong order',
      () => burnRate({ ...mesh, objective: 0.999, longWindow: '5m' }),
      /shortWindow \(5m\) must be shorter than longWindow \(5m\)/,
    ],
    ['a whole URL for a path', () => webCheck({ path: 'http://elsewhere/' }), /path begins with '\/'/],
    ['a port that is none', () => webCheck({ path: '/', port: 70_000 }), /at most 65535, not 70000/],
    ['a body with GET', () => webCheck({ path: '/', body: '{}' }), /a body needs method POST or PUT/],
    ['a value that nothing equals', () => webCheck({ path: '/', equals: Number.NaN }), /equals is a finite number/],
    ['an image without digest', () => jobCheck({ image: 'registry.example.com/check:1' }), /has no digest/],
    [
      'a label with a hyphen',
      () => httpRequests({ label: 'app-name' }),
      /label must be a label of letters, digits and '_', not 'app-name'/,
    ],
    ['a metric with a selector', () => httpRequests({ requests: 'hits{a="b"}' }), /requests must be a metric name/],
    [
      'a unit that the name contradicts',
      () => httpRequests({ duration: 'latency_seconds_bucket', unit: 'ms' }),
      /unit is 'ms', but the name of latency_seconds_bucket says 's'/,
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(RangeError);
    expect(build).toThrow(message);
  });
});
