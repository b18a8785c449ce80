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
  /**
   * What a failed gate does: traffic to stable; freeze the weight and page a person; or have something done once, and
   * measure anew, and traffic to stable if it fails again: scale the candidate up, or what `remedies` says. @default abort
   */
  readonly onFailure?: OnFailure;
  /** What a metric of an AnalysisTemplate says beside all this; `analysisTemplate()` writes it. */
  readonly argo?: ArgoGate;
}

/** How Argo Rollouts judges a metric of an AnalysisTemplate. */
export interface ArgoGate {
  /** `argo`: as Argo Rollouts, in all. `native`: but for what says nothing, which counts for nothing and holds the weight. */
  readonly verdicts: 'native' | 'argo';
  /** Measurements that end it; null: it goes on for as long as it is watched. */
  readonly count: number | null;
  /** Failures tolerated; -1: any number. */
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  /** Errors in a row that are tolerated, with verdicts `argo`. */
  readonly consecutiveErrorLimit: number;
  /** Successes in a row that end it; 0: there is no such number. */
  readonly consecutiveSuccessLimit: number;
  /** Measurements that the status keeps, at most 50. */
  readonly retention: number;
  /** Whether it counts for nothing. */
  readonly dryRun: boolean;
  /** The file that it comes from. */
  readonly file: string;
}

export type OnFailure = 'abort' | 'hold' | 'scaleUp' | 'flagOff' | 'webhook' | 'shed';

/** Who answers a gate's question. */
export type GateProvider = { readonly prometheus: GateQuery } | { readonly web: WebCheck } | { readonly job: JobCheck };

export interface PrometheusQuery extends ProviderAccess {
  /** Base URL, such as `http://prometheus.monitoring.svc.cluster.local:9090`. */
  readonly address: string;
  /** PromQL. */
  readonly query: string;
  /** Such as a tenant's `X-Scope-OrgID`. Everybody who reads the plan sees them: credentials belong into `auth`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Time allowed for an answer. @default 10s */
  readonly timeout?: DurationLike;
}

export interface GateQuery extends PrometheusQuery {
  /** Ask for the values over a time instead of the value now: `result` is then all of them, series by series. */
  readonly range?: QueryRange;
}

/** The last `window` until the server's own now, so that it does not matter whose clock is right. */
export interface QueryRange {
  readonly window: DurationLike;
  /** Time between two values, at least 1s; at most 11,000 values of a series, as Prometheus allows. */
  readonly step: DurationLike;
}

/**
 * How the runner is let in. Intent, plan and manifests name Secrets and ConfigMaps of the release's namespace; the runner's
 * pod mounts the keys that are named, and a question reads them when it is asked.
 */
export interface ProviderAccess {
  readonly auth?: BasicAuth | BearerAuth;
  /** Who signs the provider's certificate, where it is none of the public CAs. There is no way not to check it. */
  readonly tls?: SecretCa | ConfigMapCa;
}

export interface BasicAuth {
  readonly basic: { readonly username: string; readonly passwordSecret: KeyReference };
}

export interface BearerAuth {
  readonly bearer: { readonly tokenSecret: KeyReference };
}

/** Certificates in PEM; no other CA is trusted then. */
export interface SecretCa {
  readonly caSecret: KeyReference;
}

/** Certificates in PEM; no other CA is trusted then. */
export interface ConfigMapCa {
  readonly caConfigMap: KeyReference;
}

/** One key of a Secret or ConfigMap in the release's namespace. */
export interface KeyReference {
  readonly name: string;
  readonly key: string;
}

export interface WebCheck extends ProviderAccess {
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
