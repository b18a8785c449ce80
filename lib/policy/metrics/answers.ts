import type { MetricResult } from '../../gates/condition/result.ts';
import { isScalar } from '../promql/counters.ts';
import { mayBeNaN } from '../promql/nan.ts';
import { isParsed, parsePromql } from '../promql/parse.ts';
import type { Metric } from './metric.ts';

/** What a provider answers with: of which type, what it says where there is nothing, and how a value is dressed. */
export interface Answers {
  /** `list` is a list of anything, `series` one of records with `Values`, `any` may be whatever it likes. */
  readonly type: 'number' | 'numbers' | 'list' | 'series' | 'any';
  /** For a message: `Prometheus answers with a list of numbers`. */
  readonly words: string;
  /** Answers that hold no data. An empty answer that the provider makes an Error of is none. */
  readonly blanks: readonly Blank[];
}

export interface Blank {
  /** For a message: `an empty answer`. */
  readonly what: string;
  readonly result: MetricResult;
}

const EMPTY: Blank = { what: 'an empty answer', result: { kind: 'numbers', values: [] } };
const NAN: Blank = { what: 'NaN', result: { kind: 'numbers', values: [Number.NaN] } };
const NIL: Blank = { what: 'nil', result: { kind: 'json', value: null } };

/** One result of CloudWatch. */
export const series = (values: readonly number[]) => ({ Id: 'm', Label: 'm', StatusCode: 'Complete', Values: values });

/** Providers of Argo Rollouts whose answer conditions look at, but for Prometheus. */
const PROVIDERS: Readonly<Record<string, Answers>> = {
  datadog: { type: 'number', words: 'Datadog answers with one number', blanks: [{ what: 'nil', result: { kind: 'number', value: null } }] },
  graphite: { type: 'numbers', words: 'Graphite answers with a list of numbers', blanks: [] },
  influxdb: { type: 'list', words: 'InfluxDB answers with a list', blanks: [] },
  cloudWatch: {
    type: 'series',
    words: 'CloudWatch answers with a list of results, each with a list `Values`',
    blanks: [
      { what: 'an empty answer', result: { kind: 'json', value: [] } },
      { what: 'a result without values', result: { kind: 'json', value: [series([])] } },
    ],
  },
  newRelic: { type: 'any', words: 'New Relic answers with a map of columns', blanks: [] },
  wavefront: { type: 'any', words: 'Wavefront answers with a number or a list', blanks: [] },
  web: { type: 'any', words: 'a web check answers with the JSON value at its jsonPath', blanks: [NIL] },
  skywalking: { type: 'any', words: 'SkyWalking answers with JSON', blanks: [NIL] },
};

/** Providers that judge by themselves. */
export const WITHOUT_CONDITIONS: readonly string[] = ['job', 'kayenta'];

/** Null where nothing is known of what the provider answers, or where it is asked no condition. */
export function answersOf({ providers, query }: Metric): Answers | null {
  const [provider] = providers;
  if (provider === undefined || providers.length > 1) return null;
  if (provider !== 'prometheus') return Object.hasOwn(PROVIDERS, provider) ? (PROVIDERS[provider] ?? null) : null;
  const read = query && parsePromql(query.text);
  const expression = read && isParsed(read) ? read : null;
  const nan = expression && !mayBeNaN(expression) ? [] : [NAN];
  if (expression && isScalar(expression))
    return {
      type: 'number',
      words: 'this query answers with one number',
      blanks: [{ what: 'NaN', result: { kind: 'number', value: Number.NaN } }],
    };
  return { type: 'numbers', words: 'Prometheus answers with a list of numbers', blanks: [EMPTY, ...nan] };
}
