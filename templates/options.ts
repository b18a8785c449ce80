import type { DurationLike } from '../lib/intent/duration.ts';
import type { Gate, PrometheusQuery } from '../lib/intent/gate.ts';
import type { MetricSource } from './sources/source.ts';

/** What every gate has: its name, how often it measures and what it tolerates, with the defaults of `Gate`. */
export interface GateOptions
  extends Pick<Gate, 'interval' | 'count' | 'initialDelay' | 'failureLimit' | 'inconclusiveLimit' | 'onFailure'> {
  /** Name of the gate; a DNS label, unique in the release. @default as the factory says */
  readonly name?: string;
}

/** What every gate that asks Prometheus has. */
export interface PrometheusOptions extends GateOptions, Pick<PrometheusQuery, 'headers' | 'auth' | 'tls'> {
  /** Base URL of Prometheus, such as `http://prometheus.monitoring.svc.cluster.local:9090`. */
  readonly address: string;
  /** Time allowed for an answer. @default 10s */
  readonly timeout?: DurationLike;
}

/** What every gate on request metrics has. */
export interface RequestOptions extends PrometheusOptions {
  /** Where request metrics come from: `istio()`, `httpRequests()`. */
  readonly source: MetricSource;
}

/** What every gate on the state of pods has; kube-state-metrics answers. */
export interface PodOptions extends PrometheusOptions {
  /** How often Prometheus scrapes kube-state-metrics. @default 30s */
  readonly scrapeInterval?: DurationLike;
}
