import { describe, expect, it } from 'vitest';
import { lint } from '../../lib/policy/lint.ts';
import { RULES } from '../../policies/index.ts';

type Verdict = 'cannot fail' | 'passes without data' | 'does not fit' | 'divides by zero' | 'unverified';

const VERDICTS: Readonly<Record<string, Verdict>> = {
  'gate-can-fail': 'cannot fail',
  'no-data-is-not-success': 'passes without data',
  'condition-type': 'does not fit',
  'division-by-zero': 'divides by zero',
};

const PROVIDERS = {
  /** 0 / 0 without requests, and nothing where the series are missing. */
  ratio: {
    prometheus: { query: 'sum(rate(errors_total{service="web-canary"}[2m])) / sum(rate(requests_total{service="web-canary"}[2m]))' },
  },
  /** Nothing without requests, and never NaN. */
  guarded: {
    prometheus: { query: 'sum(rate(errors_total{service="web-canary"}[2m])) / (sum(rate(requests_total{service="web-canary"}[2m])) > 0)' },
  },
  /** Nothing before the first one, and never NaN. */
  count: { prometheus: { query: 'sum(increase(errors_total{service="web-canary"}[2m]))' } },
  scalar: { prometheus: { query: 'scalar(sum(rate(errors_total{service="web-canary"}[2m])))' } },
  datadog: { datadog: { query: 'avg:errors{service:web-canary}' } },
  web: { web: { url: 'http://web-canary/health', jsonPath: '{$.status}' } },
  cloudWatch: { cloudWatch: { metricDataQueries: [{ id: 'errors', expression: 'errors / requests' }] } },
  newRelic: { newRelic: { query: 'SELECT percentage(count(*), WHERE error IS true) AS errors FROM Transaction' } },
  influxdb: { influxdb: { query: 'from(bucket: "errors") |> range(start: -2m)' } },
  graphite: { graphite: { query: 'errors.canary' } },
  wavefront: { wavefront: { query: 'ts(errors, canary)' } },
  job: { job: { spec: { template: { spec: { containers: [] } } } } },
} as const;

/**
 * Conditions of metrics and what the rules say of them. By what Argo Rollouts v1.10 does with each: what is
 * a type error for the provider's result, which of an empty list, NaN and nil counts as success.
 */
const TABLE: readonly (readonly [provider: keyof typeof PROVIDERS, success: string, failure: string, said: readonly Verdict[]])[] = [
  // A list of numbers, as Prometheus gives it.
  ['ratio', 'result[0] < 0.01', '', ['divides by zero']],
  ['ratio', 'result[0] >= 0.95', '', ['divides by zero']],
  ['ratio', 'result[0] >= 0.95', 'result[0] < 0.95', []],
  ['ratio', '', 'result[0] < 0.95', ['passes without data']],
  ['ratio', '', 'result[0] > 0.05', ['passes without data']],
  ['ratio', '!(result[0] < 0.95)', '', ['passes without data']],
  ['ratio', 'not (result[0] > 0.05)', '', ['passes without data']],
  ['ratio', 'isNaN(result[0]) || result[0] < 0.01', '', ['passes without data']],
  ['ratio', '!isNaN(result[0]) && result[0] < 0.01', 'result[0] >= 0.01', []],
  ['ratio', 'result[0] != 1', '', ['passes without data']],
  ['ratio', 'len(result) == 0 || result[0] < 0.01', '', ['divides by zero', 'passes without data']],
  ['ratio', 'len(result) > 0 && result[0] < 0.01', '', ['divides by zero']],
  ['ratio', 'len(result) > 0 && result[0] < 0.01', 'len(result) > 0 && result[0] >= 0.01', []],
  ['ratio', '', 'len(result) > 0 && result[0] > 0.05', ['passes without data']],
  ['ratio', 'all(result, # < 0.01)', '', ['divides by zero', 'passes without data']],
  ['ratio', 'len(result) > 0 && all(result, # < 0.01)', '', ['divides by zero']],
  ['ratio', 'none(result, # > 0.05)', '', ['passes without data']],
  ['ratio', '', 'any(result, # > 0.05)', ['passes without data']],
  ['ratio', 'any(result, # < 0.01)', '', ['divides by zero']],
  ['ratio', 'default(result, 0) < 0.05', '', ['does not fit']],
  ['ratio', 'result[0] < 0.01 || true', '', ['cannot fail', 'passes without data']],
  ['guarded', 'result[0] < 0.01', '', []],
  ['guarded', '', 'result[0] > 0.05', []],
  ['guarded', 'sum(result) < 1', '', ['passes without data']],
  ['guarded', 'mean(result) < 1', '', ['passes without data']],
  ['guarded', 'max(result) < 1', '', []],
  ['guarded', 'len(filter(result, # > 0.05)) == 0', '', ['passes without data']],
  ['guarded', 'count(result, # > 0.05) == 0', '', ['passes without data']],
  ['guarded', 'result[0] < 0.01', 'len(result) == 0', []],
  ['guarded', 'len(result) == 0 || result[0] < 0.01', 'len(result) == 0', []],
  ['count', 'len(result) == 0 || result[0] < 5', '', ['passes without data']],
  ['count', 'len(result) > 0', '', []],
  ['count', 'len(result) >= 0', '', ['cannot fail', 'passes without data']],
  ['count', 'true', '', ['cannot fail', 'passes without data']],
  ['count', '', 'false', ['cannot fail', 'passes without data']],
  ['count', '', 'true', []],
  ['count', '1 == 1', '', ['cannot fail', 'passes without data']],
  ['count', 'result[0] < 5 || result[0] >= 5', '', ['cannot fail']],
  ['count', '', 'result[0] < 5 && result[0] > 10', ['cannot fail']],
  ['count', '', '', ['cannot fail']],
  ['count', 'result[0] < {{args.limit}}', '', []],
  ['count', 'len(result) == 0 || result[0] < {{args.limit}}', '', ['passes without data']],
  // What does not fit a list.
  ['guarded', 'result < 0.01', '', ['does not fit']],
  ['guarded', 'result >= .95', '', ['does not fit']],
  ['guarded', '', 'result > 0.05', ['does not fit']],
  ['guarded', 'isNaN(result)', '', ['does not fit']],
  ['guarded', 'result == 1', '', ['does not fit']],
  ['guarded', 'result[0]', '', ['does not fit']],
  ['guarded', 'len(result)', '', ['does not fit']],
  ['guarded', 'result[0] == "ok"', '', ['does not fit']],
  ['guarded', 'result[0].value < 1', '', ['does not fit']],
  ['guarded', 'result[0] < 0.01 and', '', ['does not fit']],
  ['guarded', 'result[0] = 0', '', ['does not fit']],
  ['guarded', ' ', '', ['does not fit']],
  ['guarded', 'value[0] < 0.01', '', ['does not fit']],
  ['guarded', 'result[0] % 2 == 0', '', ['does not fit']],
  ['guarded', 'result[0] < 0.01', 'result >= 0.01', ['does not fit']],
  ['guarded', 'result < {{args.limit}}', '', ['does not fit']],
  ['guarded', 'float(trim(string(result[0]))) < 1', '', []],
  ['guarded', 'let x = result[0]; x < 1', '', []],
  ['guarded', 'result | len() > 0', '', []],
  ['guarded', 'result[0] {{args.operator}} 5', '', ['unverified']],
  // One number.
  ['scalar', 'result < 0.01', '', []],
  ['scalar', 'result[0] < 0.01', '', ['does not fit']],
  ['scalar', '', 'result > 0.05', ['passes without data']],
  ['scalar', 'isNaN(result) || result < 0.05', '', ['passes without data']],
  ['datadog', 'result < 0.01', '', []],
  ['datadog', 'result[0] < 0.01', '', ['does not fit']],
  ['datadog', 'default(result, 0) < 0.05', '', ['passes without data']],
  ['datadog', '(result ?? 0) < 0.05', '', ['passes without data']],
  ['datadog', 'isNil(result) || result < 0.05', '', []],
  ['datadog', 'default(result, 1) < 0.05', '', []],
  ['datadog', '', 'result > 0.05', []],
  ['datadog', 'len(result) > 0', '', ['does not fit']],
  // JSON, records and what nobody knows.
  ['web', 'result == "ok"', '', []],
  ['web', 'result', '', []],
  ['web', 'result != "failed"', '', ['passes without data']],
  ['web', '', 'result == "failed"', ['passes without data']],
  ['web', 'result.errors == nil', '', []],
  ['web', 'asFloat(result) < 0.05', '', []],
  ['web', 'result == "ok" || result != "ok"', '', ['cannot fail', 'passes without data']],
  ['web', 'upper(result) == "OK"', '', []],
  ['cloudWatch', 'result[0].Values[0] < 0.01', '', []],
  ['cloudWatch', 'result[0] < 0.01', '', ['does not fit']],
  ['cloudWatch', 'result < 0.01', '', ['does not fit']],
  ['cloudWatch', 'all(result[0].Values, # < 0.01)', '', ['passes without data']],
  ['cloudWatch', 'len(result[0].Values) > 0 && all(result[0].Values, # < 0.01)', '', []],
  ['newRelic', 'result.errors < 0.01', '', []],
  ['influxdb', 'result[0] < 0.01', '', []],
  ['influxdb', 'result < 0.01', '', ['does not fit']],
  ['graphite', 'result[0] < 0.01', '', []],
  ['graphite', 'result < 0.01', '', ['does not fit']],
  ['wavefront', 'result < 0.01', '', []],
  ['job', '', '', []],
  // Denominators of their own.
  ['count', 'result[0] / result[1] < 0.01', '', ['divides by zero']],
  ['count', 'result[1] > 0 && result[0] / result[1] < 0.01', '', []],
  ['count', 'result[0] / 100 < 0.01', '', []],
];

function said(provider: keyof typeof PROVIDERS, success: string, failure: string): readonly string[] {
  const metric = {
    name: 'errors',
    ...(success === '' ? {} : { successCondition: success }),
    ...(failure === '' ? {} : { failureCondition: failure }),
    provider: PROVIDERS[provider],
  };
  const template = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'errors' },
    spec: { args: [{ name: 'limit' }, { name: 'operator' }], metrics: [metric] },
  };
  const { findings } = lint({ texts: [{ name: 'errors.json', text: JSON.stringify(template) }], unreadable: [] }, { rules: RULES });
  const verdicts = findings.flatMap(({ rule, severity, path }) => {
    const verdict = VERDICTS[rule];
    return verdict && !path.endsWith('/limit') ? [severity === 'info' ? 'unverified' : verdict] : [];
  });
  return [...new Set(verdicts)].sort();
}

describe('of a condition the rules say what it does in Argo Rollouts', () => {
  it.each(TABLE)('%s: S %s F %s', (provider, success, failure, expected) => {
    expect(said(provider, success, failure)).toEqual(expected);
  });
});

it('a condition that takes long is not asked often', { timeout: 20_000 }, () => {
  const metrics = Array.from({ length: 8 }, (_, index) => ({
    name: `m${index}`,
    successCondition: 'all(1..150000, # > 0) && result[0] < 1',
    provider: PROVIDERS.count,
  }));
  const text = JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'slow' },
    spec: { metrics },
  });
  const begin = performance.now();
  lint({ texts: [{ name: 'slow.json', text }], unreadable: [] }, { rules: RULES });
  expect(performance.now() - begin).toBeLessThan(10_000);
});
