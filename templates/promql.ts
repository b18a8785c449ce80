import type { Gate } from '../lib/intent/gate.ts';
import type { Conditions } from './conditions.ts';
import type { GateOptions, PrometheusOptions } from './options.ts';
import type { MetricSource, Subject } from './sources/source.ts';

/** A gate that asks Prometheus one question. */
export function prometheusGate(
  options: PrometheusOptions,
  gate: Pick<Gate, 'description' | 'scope'> & { readonly name: string; readonly query: string; readonly conditions: Conditions },
): Gate {
  const { address, headers, auth, tls, timeout } = options;
  return {
    name: options.name ?? gate.name,
    description: gate.description,
    scope: gate.scope,
    provider: {
      prometheus: {
        address,
        query: gate.query,
        ...(timeout === undefined ? {} : { timeout }),
        ...(headers === undefined ? {} : { headers }),
        ...(auth === undefined ? {} : { auth }),
        ...(tls === undefined ? {} : { tls }),
      },
    },
    ...gate.conditions,
    ...timing(options),
  };
}

/** What of a gate's timing and limits was written. */
export function timing({ interval, count, initialDelay, failureLimit, inconclusiveLimit, onFailure }: GateOptions) {
  return {
    ...(interval === undefined ? {} : { interval }),
    ...(count === undefined ? {} : { count }),
    ...(initialDelay === undefined ? {} : { initialDelay }),
    ...(failureLimit === undefined ? {} : { failureLimit }),
    ...(inconclusiveLimit === undefined ? {} : { inconclusiveLimit }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}

/**
 * Failed requests per request. A series for 5xx exists only once there was a 5xx, hence the zero; without requests
 * there is no ratio, hence no answer instead of NaN. As with every `rate`, what a new series counted before its first
 * scrape is not seen.
 */
export function failedShare(source: MetricSource, of: Subject, window: string): string {
  return lines(
    `(sum(rate(${source.requests(of, 'failed')}[${window}])) or vector(0))`,
    '/',
    `(sum(rate(${source.requests(of, 'all')}[${window}])) > 0)`,
  );
}

/**
 * A latency quantile in the source's unit, or no answer: without requests (`histogram_quantile` says NaN), and where
 * the quantile lies beyond the last bucket with a bound (it says that bound, which is too good).
 */
export function latencyQuantile(source: MetricSource, of: Subject, quantile: number, window: string): string {
  const { buckets } = source.latency;
  const bounded = `max(sum by (le) (rate(${buckets(of, [['le', '!=', '+Inf']])}[${window}])))`;
  const all = `sum(rate(${buckets(of, [['le', '=', '+Inf']])}[${window}]))`;
  return lines(
    `histogram_quantile(${quantile}, sum by (le) (rate(${buckets(of)}[${window}]))) > 0`,
    'unless',
    `${bounded} < ${quantile} * ${all}`,
  );
}

/** Sub-expressions and operators, one to a line, as a reader of the manifest sees them. */
export const lines = (...parts: readonly string[]): string => parts.join('\n');

/** An expression in parentheses, indented. */
export const group = (expression: string): string => `(\n${expression.replace(/^/gm, '  ')}\n)`;

/** 1.2 - 1 is 0.19999999999999996; this is 0.2. */
export const tidy = (value: number): number => Number(value.toPrecision(12));

/** `0.005` -> `0.5 %`. */
export const percent = (share: number): string => `${tidy(100 * share)} %`;

/** `0.95` -> `p95`, `0.999` -> `p999`. */
export const quantileName = (quantile: number): string => `p${String(quantile).slice(2).padEnd(2, '0')}`;
