import type { ResolvedPrometheus } from '../../intent/resolved.ts';
import { type Asked, inquire, parseJson, quote, type Reading } from './inquiry.ts';
import type { Provider } from './provider.ts';
import { Unreadable } from './unreadable.ts';

/**
 * A longer URL goes as a form instead. GET otherwise: a read then needs no more than the right to read where a proxy
 * maps methods to rights, it can be sent again when a kept connection breaks, and access logs hold the query. Proxies
 * commonly refuse URLs from 8 KiB on, and the API has taken both methods since Prometheus 2.1.
 */
const LONGEST_URL = 4_096;

/**
 * The query's value at the server's own time: by the runner's, two clocks that differ would find no samples. Over a
 * range, too: the API of ranges wants to be told when it ends, so the server is asked for its time first. A subquery
 * would need one request only, but is another question: it takes no scalars, and its values lie at multiples of the step.
 *
 * A scalar is a number; a vector is the numbers of its series; a range, or a range selector, gives every sample, series
 * by series. Labels are dropped, as in Argo Rollouts.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export const prometheus: Provider<ResolvedPrometheus> = {
  name: 'prometheus',
  ask: (question, context) => {
    const { address, query, timeoutSeconds, range } = question;
    const request = (path: string, parameters: Readonly<Record<string, string>>) => (base: URL) =>
      requestOf(question, base, path, new URLSearchParams({ ...parameters, timeout: `${timeoutSeconds}s` }));
    return inquire(
      {
        provider: 'prometheus',
        address,
        question: range === undefined ? query : `${query} (the last ${range.seconds}s, every ${range.stepSeconds}s)`,
        timeoutSeconds,
        access: question,
        ask: async (send) => {
          if (range === undefined) return read(record(parseJson(await send(request('query', { query })))));
          const { evaluatedAt } = read(record(parseJson(await send(request('query', { query: 'time()' })))));
          if (evaluatedAt === undefined) throw new Unreadable('does not say what time it is, which a range needs');
          const end = evaluatedAt / 1_000;
          const [from, to] = [end - range.seconds, end].map((seconds) => seconds.toFixed(3));
          const asked = request('query_range', { query, start: from ?? '', end: to ?? '', step: String(range.stepSeconds) });
          return { ...read(record(parseJson(await send(asked)))), evaluatedAt };
        },
        reason: (answer) => reasonOf(record(answer)),
      },
      context,
    );
  },
};

function requestOf({ headers }: ResolvedPrometheus, base: URL, path: string, parameters: URLSearchParams): Asked {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/api/v1/${path}`;
  const asked = new URL(url);
  for (const [name, value] of parameters) asked.searchParams.set(name, value);
  const all = { accept: 'application/json', ...headers };
  if (asked.href.length <= LONGEST_URL) return { method: 'GET', url: asked, headers: all, body: null };
  return { method: 'POST', url, headers: { ...all, 'content-type': 'application/x-www-form-urlencoded' }, body: parameters.toString() };
}

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
