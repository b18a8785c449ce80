// What answers the gates: a real Prometheus that scrapes an exporter, whose applications do what a test says.
import { Agent, createServer, type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask } from '../../../lib/gates/providers/index.ts';
import { networkExchange } from '../../../lib/runner/exchange.ts';
import { startPrometheus } from '../../gates/providers/prometheus-process.ts';
import { contextOf } from '../../gates/providers/questions.ts';
import { serve } from '../../gates/providers/server.ts';

const REQUESTS_PER_SECOND = 200;
const SCRAPE_MILLISECONDS = 500;

/** The share of requests that are answered within so many milliseconds. */
const LATENCY = [
  ['50', 0.5],
  ['100', 0.9],
  ['250', 0.99],
  ['500', 1],
  ['+Inf', 1],
] as const;

/** One application of two revisions behind its route, and what its metrics say. */
export interface Application {
  readonly namespace: string;
  readonly stable: string;
  candidate: string;
  /** Share of requests in percent that its route gives the candidate at this moment. */
  readonly share: () => number;
  /** Share of the candidate's answers that are 5xx, from 0 to 1. */
  errors: number;
  /** What the exporter says: `absent` leaves the application's metrics out, `refused` answers 503. */
  exporter: 'counts' | 'NaN' | 'absent' | 'refused';
}

/** How the way from a runner to Prometheus behaves. */
export type Way = 'open' | 'refused' | 'html' | 'slow' | 'redirect' | 'huge';

/** The address of Prometheus as one release knows it. */
export interface Door {
  readonly address: string;
  /** From now on. */
  set(way: Way): Promise<void>;
  close(): Promise<void>;
}

export class Metrics {
  readonly #applications = new Map<string, { readonly application: Application; readonly counters: Map<string, number>; at: number }>();
  readonly #closing: (() => Promise<void> | void)[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  #prometheus = 0;

  static async start(): Promise<Metrics> {
    const metrics = new Metrics();
    const exporter = await serve(metrics.#export);
    const network = networkExchange();
    metrics.#closing.push(exporter.close, network.close, () => metrics.#agent.destroy());
    const every = { scrape_interval: `${SCRAPE_MILLISECONDS}ms`, scrape_timeout: `${SCRAPE_MILLISECONDS}ms` };
    const config = {
      global: every,
      scrape_configs: [
        { job_name: 'exporter', static_configs: [{ targets: [`127.0.0.1:${exporter.port}`] }] },
        { job_name: 'applications', http_sd_configs: [{ url: `${exporter.url}/targets`, refresh_interval: '500ms' }] },
      ],
    };
    const up = { query: 'up{job="exporter"} == 1', timeoutSeconds: 5 };
    const { port, stop } = await startPrometheus(
      { 'prometheus.yml': JSON.stringify(config) },
      () => [],
      (port) =>
        ask({ prometheus: { ...up, address: `http://127.0.0.1:${port}` } }, contextOf({ exchange: network.exchange, now: Date.now })),
    );
    metrics.#prometheus = port;
    metrics.#closing.push(stop);
    return metrics;
  }

  async stop(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close();
  }

  add(application: Application): void {
    this.#applications.set(application.namespace, { application, counters: new Map(), at: Date.now() });
  }

  remove({ namespace }: Application): void {
    this.#applications.delete(namespace);
  }

  /** A way to Prometheus that a test may block. */
  async door(): Promise<Door> {
    let way: Way = 'open';
    const server = createServer((incoming, answer) => {
      switch (way) {
        case 'open':
          return this.#forward(incoming, answer);
        case 'html':
          return answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
        case 'redirect':
          return answer.writeHead(302, { location: 'https://login.example.com/' }).end();
        case 'huge':
          return answer.writeHead(200).end(Buffer.alloc(50_000_000, ' '));
        case 'slow':
        case 'refused':
          return answer;
      }
    });
    const listen = (port: number) => new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
    const close = () => {
      server.closeAllConnections();
      return new Promise<void>((closed) => server.close(() => closed()));
    };
    await listen(0);
    const { port } = server.address() as AddressInfo;
    return {
      address: `http://127.0.0.1:${port}`,
      set: async (next) => {
        way = next;
        if (next === 'refused') await close();
        else if (!server.listening) await listen(port);
      },
      close: async () => (server.listening ? close() : undefined),
    };
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse): ServerResponse {
    const { method = 'GET', headers, url } = incoming;
    const options = { port: this.#prometheus, host: '127.0.0.1', method, path: url, headers, agent: this.#agent };
    const forwarded = request(options, (from) => from.pipe(answer.writeHead(from.statusCode ?? 502, from.headers)));
    forwarded.on('error', () => answer.destroy());
    incoming.pipe(forwarded);
    return answer;
  }

  readonly #export: RequestListener = ({ url = '', headers }, answer) => {
    if (url === '/targets') {
      const targets = [...this.#applications.keys()].map((namespace) => ({
        targets: [headers.host],
        labels: { __metrics_path__: `/${namespace}` },
      }));
      answer.setHeader('content-type', 'application/json').end(JSON.stringify(targets));
      return;
    }
    const entry = this.#applications.get(url.slice(1));
    if (entry?.application.exporter === 'refused') answer.writeHead(503).end();
    else answer.setHeader('content-type', 'text/plain; version=0.0.4').end(entry === undefined ? '' : this.#count(entry));
  };

  /** Counts the requests since the last scrape, and tells all counters. */
  #count(entry: { readonly application: Application; readonly counters: Map<string, number>; at: number }): string {
    const { application, counters, at } = entry;
    const { namespace, stable, candidate, errors, exporter } = application;
    entry.at = Date.now();
    const requests = ((entry.at - at) / 1_000) * REQUESTS_PER_SECOND;
    const share = application.share() / 100;
    const more = (series: string, by: number) => counters.set(series, (counters.get(series) ?? 0) + by);
    for (const { revision, got, failing } of [
      { revision: stable, got: requests * (1 - share), failing: 0.001 },
      { revision: candidate, got: requests * share, failing: Math.max(0.001, errors) },
    ]) {
      const labels = `reporter="destination",destination_workload_namespace="${namespace}",destination_workload="${revision}"`;
      more(`istio_requests_total{${labels},response_code="200"}`, got * (1 - failing));
      more(`istio_requests_total{${labels},response_code="500"}`, got * failing);
      for (const [bound, within] of LATENCY) more(`istio_request_duration_milliseconds_bucket{${labels},le="${bound}"}`, got * within);
      more(`kube_pod_container_status_restarts_total{namespace="${namespace}",pod="${revision}-5f6d8-x7k2p",container="web"}`, 0);
    }
    if (exporter === 'absent') return '';
    return [...counters].map(([series, count]) => `${series} ${exporter === 'NaN' ? 'NaN' : count}\n`).join('');
  }
}
