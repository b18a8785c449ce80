import type { DurationLike } from './duration.ts';

/**
 * A check that must pass before exposure may rise.
 *
 * Its text may use `{{args.x}}`, as in an Argo AnalysisTemplate: the gate's own `args`, and these, which every
 * gate has: `release`, `namespace`, `candidate` and `stable` (Deployment names), `candidate-service` and
 * `stable-service` (Service names).
 */
export interface Gate {
  /** Name of the metric and of the AnalysisTemplate `<release>-<name>`; a DNS label, unique in the release. */
  readonly name: string;
  /** What a pass proves, in one sentence. */
  readonly description: string;
  /** What the gate looks at: the candidate alone, candidate against stable, how much traffic was seen, or the service as a whole. */
  readonly scope: 'candidate' | 'comparison' | 'volume' | 'service';
  /** Arguments for `{{args.x}}`. */
  readonly args?: Readonly<Record<string, string>>;
  /** Who answers. */
  readonly provider: GateProvider;
  /**
   * True means success. Argo's expression language over `result`; no answer is never success.
   * With only one of the two conditions, its negation is the other; with both, neither true is inconclusive.
   * @see https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
   */
  readonly successCondition?: string;
  /** True means failure; wins over success. */
  readonly failureCondition?: string;
  /** Time between the end of a measurement and the next. @default 30s */
  readonly interval?: DurationLike;
  /** Measurements that count; more are made where a weight lasts longer. @default 5 */
  readonly count?: number;
  /** Wait before the first measurement, for the first scrapes at this weight. @default 30s */
  readonly initialDelay?: DurationLike;
  /** Failed measurements tolerated; the next one fails the gate. Must be smaller than `count`. @default 1 */
  readonly failureLimit?: number;
  /** Inconclusive measurements tolerated. Must be smaller than `count`. @default 3 */
  readonly inconclusiveLimit?: number;
  /** What a failed gate does: traffic to stable, or freeze the weight and page a person. @default abort */
  readonly onFailure?: 'abort' | 'hold';
}

/** Who answers a gate's question. */
export type GateProvider = { readonly prometheus: PrometheusQuery } | { readonly web: WebCheck } | { readonly job: JobCheck };

export interface PrometheusQuery {
  /** Base URL, such as `http://prometheus.monitoring.svc.cluster.local:9090`. */
  readonly address: string;
  /** PromQL of an instant query. */
  readonly query: string;
  /** Time allowed for an answer. @default 10s */
  readonly timeout?: DurationLike;
}

export interface WebCheck {
  readonly url: string;
  /** @default GET */
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Path of the value in a JSON answer, such as `{$.status}`. @default {$} */
  readonly jsonPath?: string;
  /** @default 10s */
  readonly timeout?: DurationLike;
}

/** A container that exits 0 when the check passes. */
export interface JobCheck {
  /** Image by digest. */
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Time allowed for the whole Job. @default 2m */
  readonly timeout?: DurationLike;
}
