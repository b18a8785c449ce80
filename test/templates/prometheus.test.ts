import { describe, expect, it } from 'vitest';
import { gateArguments, substitute } from '../../lib/gates/arguments.ts';
import type { Gate } from '../../lib/intent/gate.ts';
import { resolveGate } from '../../lib/intent/resolve-strategy.ts';
import {
  burnRate,
  errorRatio,
  errorsAgainstStable,
  httpRequests,
  istio,
  latency,
  latencyAgainstStable,
  minimumRequests,
  readiness,
  restarts,
  successRatio,
} from '../../templates/index.ts';
import { WEB } from '../gates/fixture.ts';
import { evaluate, hasPromtool, type Series } from './promtool.ts';
import { verdict } from './verdict.ts';

const CANDIDATE = 'web-1a2b3c4d';
const STABLE = 'web-0f0f0f0f';
const address = 'http://prometheus:9090';
const mesh = { address, source: istio() };

/** What the gate answers when it has series, and what that means. Without an answer there is no verdict. */
type Situation = readonly [name: string, series: Series, value: number | null, means: 'pass' | 'fail' | 'inconclusive'];

const NO_ANSWER = [null, 'inconclusive'] as const;

const tables: [string, Gate, Situation[]][] = [
  [
    'errorRatio',
    errorRatio(mesh),
    [
      ['a healthy candidate', requests(CANDIDATE, { 200: 996, 503: 4 }), 0.004, 'pass'],
      ['a failing one', requests(CANDIDATE, { 200: 950, 500: 20, 503: 30 }), 0.05, 'fail'],
      ['exactly the limit', requests(CANDIDATE, { 200: 99, 500: 1 }), 0.01, 'fail'],
      ['no 5xx series yet', requests(CANDIDATE, { 200: 100, 404: 10 }), 0, 'pass'],
      ['nothing but failures', requests(CANDIDATE, { 500: 10 }), 1, 'fail'],
      ['zero requests', requests(CANDIDATE, { 200: 0, 500: 0 }), ...NO_ANSWER],
      ['requests that have stopped', { [requestsOf(CANDIDATE, '200')]: '0+100x10 1000+0x60' }, ...NO_ANSWER],
      ['no series at all', {}, ...NO_ANSWER],
      [
        'one bad pod of two',
        { ...requests(CANDIDATE, { 200: 100 }, 'pod="a"'), ...requests(CANDIDATE, { 200: 80, 503: 20 }, 'pod="b"') },
        0.1,
        'fail',
      ],
      ['a pod that started again', { [requestsOf(CANDIDATE, '200')]: '0+100x36 0+100x30' }, 0, 'pass'],
      [
        "others' failures",
        {
          ...requests(CANDIDATE, { 200: 100 }),
          ...requests(STABLE, { 200: 10, 500: 90 }),
          ...requests(`${CANDIDATE}-batch`, { 500: 100 }),
          [requestsOf(CANDIDATE, '500').replace('"shop"', '"other"')]: '0+100x60',
          [requestsOf(CANDIDATE, '500').replace('"destination"', '"source"')]: '0+100x60',
        },
        0,
        'pass',
      ],
    ],
  ],
  [
    'successRatio',
    successRatio({ address, source: httpRequests() }),
    [
      ['a healthy candidate', { [httpOf(CANDIDATE, '200')]: '0+999x60', [httpOf(CANDIDATE, '500')]: '0+1x60' }, 0.999, 'pass'],
      ['exactly the limit', { [httpOf(CANDIDATE, '200')]: '0+99x60', [httpOf(CANDIDATE, '500')]: '0+1x60' }, 0.99, 'pass'],
      ['a failing one', { [httpOf(CANDIDATE, '200')]: '0+9x60', [httpOf(CANDIDATE, '502')]: '0+1x60' }, 0.9, 'fail'],
      ['no 5xx series yet', { [httpOf(CANDIDATE, '200')]: '0+99x60' }, 1, 'pass'],
      ['nothing but failures', { [httpOf(CANDIDATE, '500')]: '0+99x60' }, 0, 'fail'],
      ['zero requests', { [httpOf(CANDIDATE, '200')]: '0+0x60' }, ...NO_ANSWER],
      ['requests of stable only', { [httpOf(STABLE, '200')]: '0+99x60' }, ...NO_ANSWER],
    ],
  ],
  [
    'errorsAgainstStable, twice or half a percent above',
    errorsAgainstStable(mesh),
    [
      ['both healthy', both({ 200: 996, 500: 4 }, { 200: 996, 500: 4 }), -0.005, 'pass'],
      ['neither with a 5xx series', both({ 200: 100 }, { 200: 1000 }), -0.005, 'pass'],
      ['both failing alike', both({ 200: 7, 500: 3 }, { 200: 700, 500: 300 }), -0.3, 'pass'],
      ['a candidate that is worse', both({ 200: 98, 500: 2 }, { 200: 996, 500: 4 }), 0.011, 'fail'],
      ['a worse one where stable has no 5xx series', both({ 200: 99, 500: 1 }, { 200: 1000 }), 0.005, 'fail'],
      ['worse in difference, not in factor', both({ 200: 85, 500: 15 }, { 200: 90, 500: 10 }), -0.05, 'pass'],
      ['worse in factor, not in difference', both({ 200: 996, 500: 4 }, { 200: 999, 500: 1 }), -0.002, 'pass'],
      ['worse in both during an incident', both({ 200: 70, 500: 30 }, { 200: 90, 500: 10 }), 0.1, 'fail'],
      ['no stable', requests(CANDIDATE, { 200: 50, 500: 50 }), ...NO_ANSWER],
      ['stable without requests', both({ 200: 50, 500: 50 }, { 200: 0 }), ...NO_ANSWER],
      ['a candidate without requests', both({ 200: 0 }, { 200: 100 }), ...NO_ANSWER],
    ],
  ],
  [
    'latency, p99 below 500 ms',
    latency({ address, source: httpRequests(), quantile: 0.99, maxMs: 500 }),
    latencySituations('http_request_duration_ms_bucket', ['100', '250', '500', '1000', '+Inf']),
  ],
  [
    'latency, by buckets in seconds',
    latency({ address, source: httpRequests({ duration: 'http_request_duration_seconds_bucket' }), quantile: 0.99, maxMs: 500 }),
    latencySituations('http_request_duration_seconds_bucket', ['0.1', '0.25', '0.5', '1', '+Inf']),
  ],
  [
    'latencyAgainstStable, p95 at most 20 % above',
    latencyAgainstStable(mesh),
    [
      ['both alike', { ...buckets(CANDIDATE, [90, 98, 100, 100]), ...buckets(STABLE, [900, 980, 1000, 1000]) }, 1, 'pass'],
      ['both slow alike', { ...buckets(CANDIDATE, [0, 0, 100, 100]), ...buckets(STABLE, [0, 0, 1000, 1000]) }, 1, 'pass'],
      ['a candidate 12.5 % slower', { ...buckets(CANDIDATE, [90, 96, 100, 100]), ...buckets(STABLE, [90, 97.5, 100, 100]) }, 1.125, 'pass'],
      [
        'a candidate three times as slow',
        { ...buckets(CANDIDATE, [0, 90, 100, 100]), ...buckets(STABLE, [95, 100, 100, 100]) },
        3.75,
        'fail',
      ],
      ['no stable', buckets(CANDIDATE, [90, 98, 100, 100]), ...NO_ANSWER],
      ['stable without requests', { ...buckets(CANDIDATE, [90, 98, 100, 100]), ...buckets(STABLE, [0, 0, 0, 0]) }, ...NO_ANSWER],
      ['a candidate without requests', { ...buckets(CANDIDATE, [0, 0, 0, 0]), ...buckets(STABLE, [90, 98, 100, 100]) }, ...NO_ANSWER],
      ['both beyond the last bound', { ...buckets(CANDIDATE, [1, 2, 3, 100]), ...buckets(STABLE, [50, 60, 70, 100]) }, ...NO_ANSWER],
    ],
  ],
  [
    'restarts',
    restarts({ address }),
    [
      [
        'none',
        { [restartsOf('web-1a2b3c4d-5f6d7c8b9-abcde')]: '0+0x60', [restartsOf('web-1a2b3c4d-5f6d7c8b9-fghij')]: '0+0x60' },
        0,
        'pass',
      ],
      ['one', { [restartsOf('web-1a2b3c4d-5f6d7c8b9-abcde')]: '0+0x30 1+0x30' }, 1, 'fail'],
      [
        'a crash loop of two pods',
        {
          [restartsOf('web-1a2b3c4d-5f6d7c8b9-abcde')]: '0+0x22 1+0x4 2+0x6 3+0x30',
          [restartsOf('web-1a2b3c4d-5f6d7c8b9-fghij')]: '0+0x30 1+0x30',
        },
        4,
        'fail',
      ],
      ['restarts of long ago', { [restartsOf('web-1a2b3c4d-5f6d7c8b9-abcde')]: '0+0x5 4+0x60' }, 0, 'pass'],
      ['a pod whose long name was cut', { [restartsOf('web-1a2b3c4d-5f6d7c8abcde')]: '0+0x30 1+0x30' }, 1, 'fail'],
      [
        "others' restarts",
        {
          [restartsOf('web-1a2b3c4d-5f6d7c8b9-abcde')]: '0+0x60',
          [restartsOf('web-0f0f0f0f-5f6d7c8b9-abcde')]: '0+1x60',
          [restartsOf('web-1a2b3c4d-5f6d7c8b9-abcde').replace('"shop"', '"other"')]: '0+1x60',
          [restartsOf('my-web-1a2b3c4d-5f6d7c8b9-abcde')]: '0+1x60',
        },
        0,
        'pass',
      ],
      ['no pods known', {}, ...NO_ANSWER],
    ],
  ],
  [
    'readiness',
    readiness({ address }),
    [
      ['all available', replicas('6+0x60', '6+0x60'), 1, 'pass'],
      ['one of six missing', replicas('5+0x60', '6+0x60'), 0.833333, 'fail'],
      ['scaling up just now', replicas('3+0x60', '3+0x36 6+0x30'), 1, 'pass'],
      ['short for longer than the window', replicas('3+0x60', '3+0x20 6+0x40'), 0.5, 'fail'],
      ['none available', replicas('0+0x60', '6+0x60'), 0, 'fail'],
      ['scaled to zero', replicas('0+0x60', '0+0x60'), ...NO_ANSWER],
      ['a Deployment that is not known', {}, ...NO_ANSWER],
    ],
  ],
  [
    'minimumRequests',
    minimumRequests(mesh),
    [
      ['enough', requests(CANDIDATE, { 200: 40, 503: 10 }), 400, 'pass'],
      ['too few', requests(CANDIDATE, { 200: 10 }), 80, 'inconclusive'],
      ['zero requests', requests(CANDIDATE, { 200: 0 }), 0, 'inconclusive'],
      ["stable's requests only", requests(STABLE, { 200: 1000 }), ...NO_ANSWER],
    ],
  ],
  [
    'burnRate of 99.9 %',
    burnRate({ ...mesh, objective: 0.999 }),
    [
      ['a budget spent evenly', both({ 200: 999, 500: 1 }, { 200: 999, 500: 1 }), 1, 'pass'],
      ['no 5xx series', both({ 200: 10 }, { 200: 10 }), 0, 'pass'],
      ['an incident', both({ 200: 99, 500: 1 }, { 200: 99, 500: 1 }), 10, 'fail'],
      ['stable counted once though both selectors find it', both({ 200: 99, 500: 1 }, { 200: 100 }), 5, 'fail'],
      ['an incident that is over', { ...requests(STABLE, { 200: 100 }), [requestsOf(STABLE, '500')]: '0+10x10 100+0x60' }, 0, 'pass'],
      ['an older revision failing', { ...requests(STABLE, { 200: 100 }), ...requests('web-99999999', { 500: 100 }) }, 500, 'fail'],
      ['no requests', both({ 200: 0 }, { 200: 0 }), ...NO_ANSWER],
    ],
  ],
];

if (!hasPromtool)
  console.warn('skipped: what Prometheus itself answers to the gates of templates/ needs promtool (Debian: apt-get install prometheus)');

describe.skipIf(!hasPromtool)('Prometheus itself answers', () => {
  it.each(tables)('%s', (_, gate, situations) => {
    const asked = substitute(resolveGate(gate), WEB);
    expect(evaluate(situations.map(([name, series, value]) => ({ name, series, value, query: queryOf(asked) })))).toBeNull();
    const verdicts = situations.map(([name, , value]) => [name, verdict(asked, value === null ? [] : [value])]);
    expect(verdicts).toEqual(situations.map(([name, , , means]) => [name, means]));
  });

  it('finds an adopted stable by its own name, dots and all, and nothing that only looks like it', () => {
    const names = { deployment: CANDIDATE, service: CANDIDATE };
    const args = gateArguments({ release: 'web', namespace: 'shop', candidate: names, stable: { deployment: 'old.web', service: 'old' } });
    const query = queryOf(substitute(resolveGate(burnRate({ ...mesh, objective: 0.9 })), args));
    const series = {
      ...requests('old.web', { 200: 90, 500: 10 }),
      ...requests('oldxweb', { 500: 1000 }),
      ...requests(CANDIDATE, { 200: 100 }),
    };
    expect(evaluate([{ name: 'adopted', series, query, value: 0.5 }])).toBeNull();
  });

  it('says so when an answer is another', () => {
    const query = queryOf(substitute(resolveGate(errorRatio(mesh)), WEB));
    const series = requests(CANDIDATE, { 200: 1, 500: 1 });
    expect(evaluate([{ name: 'wrong', series, query, value: 0.4 }])).toContain('got: {} 5E-01');
    expect(evaluate([{ name: 'wrong', series, query, value: null }])).toContain('got: {} 5E-01');
    expect(evaluate([{ name: 'wrong', series: {}, query, value: 0.5 }])).toContain('got: nil');
  });
});

function queryOf({ provider }: ReturnType<typeof substitute>): string {
  if (!('prometheus' in provider)) throw new Error('not a gate that asks Prometheus');
  return provider.prometheus.query;
}

function requestsOf(workload: string, code: string, more = 'pod="a"'): string {
  return `istio_requests_total{reporter="destination",destination_workload_namespace="shop",destination_workload="${workload}",response_code="${code}",${more}}`;
}

/** Requests per scrape, by status. */
function requests(workload: string, perScrape: Readonly<Record<number, number>>, more?: string): Series {
  return Object.fromEntries(Object.entries(perScrape).map(([code, count]) => [requestsOf(workload, code, more), `0+${count}x60`]));
}

function both(candidate: Readonly<Record<number, number>>, stable: Readonly<Record<number, number>>): Series {
  return { ...requests(CANDIDATE, candidate), ...requests(STABLE, stable) };
}

function httpOf(service: string, status: string): string {
  return `http_requests_total{namespace="shop",service="${service}",status="${status}"}`;
}

/** Requests per scrape up to 100, 250, 500 ms and in all. */
function buckets(workload: string, [fast, medium, slow, all]: readonly [number, number, number, number]): Series {
  const of = (le: string) =>
    `istio_request_duration_milliseconds_bucket{reporter="destination",destination_workload_namespace="shop",destination_workload="${workload}",le="${le}"}`;
  return { [of('100')]: `0+${fast}x60`, [of('250')]: `0+${medium}x60`, [of('500')]: `0+${slow}x60`, [of('+Inf')]: `0+${all}x60` };
}

/** The same requests whatever the unit of the bounds. */
function latencySituations(metric: string, bounds: readonly string[]): Situation[] {
  const series = (perScrape: readonly number[], pod = 'a'): Series =>
    Object.fromEntries(
      bounds.map((le, at) => [`${metric}{namespace="shop",service="${CANDIDATE}",pod="${pod}",le="${le}"}`, `0+${perScrape[at]}x60`]),
    );
  return [
    ['a fast candidate', series([900, 980, 995, 1000, 1000]), 416.666667, 'pass'],
    ['a slow one', series([500, 700, 900, 1000, 1000]), 950, 'fail'],
    ['one slow pod of two', { ...series([1000, 1000, 1000, 1000, 1000]), ...series([500, 700, 900, 1000, 1000], 'b') }, 900, 'fail'],
    ['slower than the histogram can tell', series([500, 600, 700, 800, 1000]), ...NO_ANSWER],
    ['zero requests', series([0, 0, 0, 0, 0]), ...NO_ANSWER],
    ['no series at all', {}, ...NO_ANSWER],
  ];
}

function restartsOf(pod: string): string {
  return `kube_pod_container_status_restarts_total{namespace="shop",pod="${pod}",container="web"}`;
}

function replicas(available: string, wanted: string): Series {
  const of = 'namespace="shop",deployment="web-1a2b3c4d"';
  return { [`kube_deployment_status_replicas_available{${of}}`]: available, [`kube_deployment_spec_replicas{${of}}`]: wanted };
}
