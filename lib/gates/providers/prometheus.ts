import type { ResolvedProvider } from '../../intent/resolved.ts';
import { type Inquiry, inquire, parseJson, quote, type Reading, Unreadable } from './inquiry.ts';
import type { Provider } from './provider.ts';

type PrometheusQuestion = Extract<ResolvedProvider, { prometheus: unknown }>['prometheus'];

/**
 * A longer URL goes as a form instead. GET otherwise: a read then needs no more than the right to read where a proxy
 * maps methods to rights, it can be sent again when a kept connection breaks, and access logs hold the query. Proxies
 * commonly refuse URLs from 8 KiB on, and the API has taken both methods since Prometheus 2.1.
 */
const LONGEST_URL = 4_096;

/**
 * An instant query, at the server's own time: by the runner's, two clocks that differ would find no samples.
 * A scalar is a number; a vector is the numbers of its series; a range selector gives every sample, series by series.
 * Labels are dropped, as in Argo Rollouts.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export const prometheus: Provider<PrometheusQuestion> = {
  name: 'prometheus',
  ask: ({ address, query, timeoutSeconds }, context) =>
    inquire(
      {
        provider: 'prometheus',
        address,
        question: query,
        timeoutSeconds,
        // The server gives up with us: nobody waits for what it would still compute.
        request: (base) => requestOf(base, new URLSearchParams({ query, timeout: `${timeoutSeconds}s` })),
        read: (body) => read(record(parseJson(body))),
        reason: (answer) => reasonOf(record(answer)),
      },
      context,
    ),
};

function requestOf(base: URL, parameters: URLSearchParams): ReturnType<Inquiry['request']> {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/api/v1/query`;
  const asked = new URL(url);
  for (const [name, value] of parameters) asked.searchParams.set(name, value);
  if (asked.href.length <= LONGEST_URL) return { method: 'GET', url: asked, headers: ACCEPT, body: null };
  return { method: 'POST', url, headers: { ...ACCEPT, 'content-type': 'application/x-www-form-urlencoded' }, body: parameters.toString() };
}

const ACCEPT = { accept: 'application/json' };

function read(answer: Readonly<Record<string, unknown>>): Reading {
  const { resultType, result } = record(answer.data);
  if (answer.status !== 'success' || typeof resultType !== 'string')
    throw new Unreadable(reasonOf(answer) ?? 'the answer is JSON, but not of the API of Prometheus: check the address');
  const warnings = [...list(answer.warnings), ...list(answer.infos)].map(String);
  return { ...resultOf(resultType, result), warnings };
}

function resultOf(type: string, result: unknown): Reading {
  switch (type) {
    case 'scalar': {
      const { value, at } = sample(result);
      return { kind: 'number', value, evaluatedAt: at };
    }
    case 'vector':
      return numbers(list(result).map((series) => sample(record(series).value)));
    case 'matrix':
      return numbers(list(result).flatMap((series) => list(record(series).values ?? [null]).map(sample)));
    default:
      throw new Unreadable(`the query answers with a ${type}: a condition needs numbers`);
  }
}

function numbers(found: readonly Sample[]): Reading {
  const last = found.at(-1);
  if (last === undefined) return { kind: 'empty' };
  return { kind: 'numbers', values: found.map(({ value }) => value), evaluatedAt: last.at };
}

interface Sample {
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** `[<seconds>, "<number>"]`: numbers come as text, because JSON has no NaN. */
function sample(pair: unknown): Sample {
  const [seconds, text] = list(pair);
  if (typeof seconds !== 'number' || typeof text !== 'string') throw new Unreadable(NOT_A_NUMBER);
  return { value: numberOf(text), at: Math.round(seconds * 1_000) };
}

const NOT_A_NUMBER = 'a sample in the answer is not a number: histograms need histogram_quantile, histogram_sum or histogram_count';

function numberOf(text: string): number {
  const spelled = text.replace(/Inf$/, 'Infinity');
  if (!/^(NaN|[+-]?(Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?))$/.test(spelled)) throw new Unreadable(NOT_A_NUMBER);
  return Number(spelled);
}

const reasonOf = ({ status, errorType, error }: Readonly<Record<string, unknown>>): string | null =>
  status === 'error' ? quote(`${errorType}: ${error}`) : null;

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
