import type { Exchange, HttpAnswer, HttpRequest } from '../gates/providers/index.ts';
import { targetOf } from './api/target.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import { GATE_KINDS, type GateKind, type Seen, type Truth } from './release/gates.ts';
import { SERVED_QUERY } from './release/plans.ts';
import type { Shares } from './release/routes.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the metrics server does instead of answering. */
export const METRIC_FAULTS = ['refused', 'timeout', 'unavailable', 'html', 'partial', 'redirect', 'huge', 'empty', 'nan', 'late'] as const;
export type MetricFault = (typeof METRIC_FAULTS)[number];

/** One answer that reached a living process. */
export interface Delivery {
  /** True time. */
  readonly at: number;
  readonly askedAt: number;
  /** Who hears of it; null: everybody who reads the Job that says it. */
  readonly process: Process | null;
  /** Name of the gate. */
  readonly gate: string;
  /** Null: it says nothing. */
  readonly truth: Truth | null;
  /** What the proxies truly served when the question was answered, and since when. */
  readonly served: Shares;
  /** Whether the pods had the flag off then by the runner's own ConfigMap. */
  readonly overridden: boolean;
}

export interface MetricsOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly latency: () => number;
  readonly fault: () => MetricFault | null;
  readonly seen: () => Seen;
  readonly served: () => Shares;
  readonly overridden: () => boolean;
  readonly delivered: (delivery: Delivery) => void;
}

const LATE_MILLISECONDS = 6_000;

/** Prometheus and a health page, which answer from what is truly the case. */
export function metricsOf(process: Process, options: MetricsOptions): Exchange {
  const { time, latency } = options;
  return (request) =>
    new Promise((resolve) => {
      const askedAt = time.now;
      let over = false;
      const give = (after: number, made: HttpAnswer, tell: () => void = () => {}) =>
        time.after(after, () => {
          if (over || !process.alive) return;
          over = true;
          request.signal?.removeEventListener('abort', end);
          time.wake();
          tell();
          resolve(made);
        });
      const end = () => {
        if (over || !process.alive) return;
        over = true;
        time.wake();
        resolve({ kind: 'nothing', message: 'asked to end before the answer was there', retryable: true });
      };
      request.signal?.addEventListener('abort', end);
      give(request.timeoutMilliseconds, { kind: 'nothing', message: 'no full answer in time', retryable: true });
      time.after(latency(), () => {
        const fault = options.fault();
        const kind = kindAsked(request);
        const served = options.served();
        const overridden = options.overridden();
        const value = kind === 'served' ? served.users : kind === 'time' ? time.now / 1_000 : (kind?.value(options.seen()) ?? null);
        const says = fault === null || fault === 'late';
        const gate = typeof kind === 'string' ? undefined : kind;
        const truth = gate === undefined || !says || value === null || Number.isNaN(value) ? null : gate.judge(value);
        const tell = () => {
          if (gate === undefined) return;
          options.delivered({ at: time.now, askedAt, process, gate: gate.name, truth, served, overridden });
        };
        if (fault === 'timeout') return;
        const made = answerOf(fault, gate?.answers ?? (kind === 'time' ? 'scalar' : 'vector'), value, time.now);
        give(latency() + (fault === 'late' ? LATE_MILLISECONDS : 0), made, tell);
      });
    });
}

function kindAsked({ url, body }: HttpRequest): GateKind | 'served' | 'time' | undefined {
  const { path, query: parameters } = targetOf(url);
  if (path.endsWith('/status')) return GATE_KINDS.get('health');
  const query = parameters.query ?? targetOf(`?${body ?? ''}`).query.query ?? '';
  if (query.includes(SERVED_QUERY)) return 'served';
  // A question over a range is two requests, and the second one is what it asks.
  if (query === 'time()') return 'time';
  const name = /gate_(\w+)/.exec(query)?.[1];
  return name === undefined ? undefined : GATE_KINDS.get(name);
}

function answerOf(fault: MetricFault | null, answers: GateKind['answers'], value: number | null, now: number): HttpAnswer {
  switch (fault) {
    case 'refused':
    case 'timeout':
      return { kind: 'nothing', message: 'connect ECONNREFUSED', retryable: true };
    case 'huge':
      return { kind: 'nothing', message: 'the answer is larger than 1048576 bytes', retryable: false };
    case 'unavailable':
      return page(503, 'text/plain', 'upstream connect error');
    case 'html':
      return page(200, 'text/html', '<!doctype html><title>Sign in</title>');
    case 'redirect':
      return { ...page(302, 'text/plain', ''), headers: { location: 'https://login.example.com/' } };
    case 'partial':
      return page(200, 'application/json', '{"status":"success","data":{"resultType":"vec');
    case 'empty':
      return speak(answers, null, now);
    case 'nan':
      return speak(answers, Number.NaN, now);
    case 'late':
    case null:
      return speak(answers, value, now);
  }
}

function speak(answers: GateKind['answers'], value: number | null, now: number): HttpAnswer {
  if (answers === 'web') return page(200, 'application/json', JSON.stringify({ errors: Number.isNaN(value) ? null : value }));
  const sample = (number: number) => [now / 1_000, String(number)];
  const data =
    answers === 'scalar'
      ? { resultType: 'scalar', result: sample(value ?? Number.NaN) }
      : answers === 'matrix'
        ? { resultType: 'matrix', result: value === null ? [] : [{ metric: {}, values: [sample(value), sample(value)] }] }
        : { resultType: 'vector', result: value === null ? [] : [{ metric: {}, value: sample(value) }] };
  return page(200, 'application/json', JSON.stringify({ status: 'success', data }));
}

const page = (status: number, type: string, text: string) => ({ kind: 'answer', status, headers: { 'content-type': type }, text }) as const;
