import type { ArgoGate, ConfigMapCa, KeyReference, OnFailure, ProviderAccess, SecretCa } from './gate.ts';
import type { Image } from './image.ts';
import type { MigrationEnvValue } from './migration.ts';
import type { NotificationTexts, ProgramEvent } from './notification.ts';
import type { PodTemplateAddition } from './release.ts';
import type { RouterName } from './traffic.ts';
import type { EnvValue } from './workload.ts';

/**
 * An intent with every default spelled out and every value parsed: what plans and objects are made from, and what
 * the lock freezes. Plain data; times are whole seconds.
 */
export interface ResolvedIntent {
  readonly release: string;
  readonly namespace: string;
  readonly engine: 'native';
  readonly risk: 'normal' | 'high';
  readonly workload: ResolvedWorkload;
  readonly scale: Scale;
  readonly disruption: { readonly maxUnavailable: number | string };
  readonly network: ResolvedNetwork;
  readonly mesh: ResolvedMesh;
  readonly traffic: ResolvedTraffic;
  readonly strategy: ResolvedStrategy;
  readonly smoke: readonly ResolvedSmoke[];
  readonly deadlines: ResolvedDeadlines;
  /** Absent where it is the default, and in a lock of before it could be said. */
  readonly history?: ResolvedHistory;
  /** Absent unless some were written, in a lock of before there were any too. */
  readonly migrations?: readonly ResolvedMigration[];
  /** By name; absent unless some were written. */
  readonly flags?: readonly ResolvedFlag[];
  /** Absent unless some were written. */
  readonly remedies?: ResolvedRemedies;
  /** Absent unless some were written. No part of a plan. */
  readonly notifications?: readonly ResolvedNotification[];
  /** Names of releases; absent unless some were written. */
  readonly after?: readonly string[];
  /** Of `tidegate.yaml`; absent where the release is in none. */
  readonly group?: ResolvedGroup;
}

export interface ResolvedGroup {
  readonly name: string;
  readonly limit: number;
}

/** All that is part of a revision: a change of any of it is a release. */
export interface ResolvedWorkload {
  readonly image: Image;
  readonly command: readonly string[] | null;
  readonly args: readonly string[] | null;
  readonly ports: readonly ResolvedPort[];
  readonly probes: { readonly startup: ResolvedProbe | null; readonly readiness: ResolvedProbe; readonly liveness: ResolvedProbe | null };
  readonly resources: ResolvedResources;
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly config: readonly {
    readonly name: string;
    readonly data: Readonly<Record<string, string>>;
    readonly mountPath: string | null;
    readonly env: boolean;
  }[];
  readonly secrets: readonly { readonly name: string; readonly mountPath: string | null; readonly env: boolean }[];
  readonly volumes: readonly ResolvedVolume[];
  readonly serviceAccount: string | null;
  readonly mountToken: boolean;
  readonly security: {
    readonly runAsUser: number | null;
    readonly runAsGroup: number | null;
    readonly fsGroup: number | null;
    readonly readOnlyRootFilesystem: boolean;
  };
  readonly shutdown: { readonly preStopSeconds: number; readonly drainSeconds: number; readonly graceSeconds: number };
  readonly spread: 'prefer' | 'require';
  readonly sidecars: readonly ResolvedSidecar[];
  readonly podTemplate: PodTemplateAddition;
}

export interface ResolvedPort {
  readonly name: string;
  readonly container: number;
  readonly service: number;
  readonly appProtocol: string;
}

export interface ResolvedProbe {
  readonly check:
    | { readonly http: { readonly path: string; readonly port: string; readonly headers: Readonly<Record<string, string>> } }
    /** gRPC probes name the port by number in Kubernetes. */
    | { readonly grpc: { readonly port: number; readonly service: string | null } }
    | { readonly tcp: { readonly port: string } }
    | { readonly exec: { readonly command: readonly string[] } };
  readonly everySeconds: number;
  readonly timeoutSeconds: number;
  readonly failures: number;
}

export interface ResolvedResources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string | null; readonly memory: string };
}

export interface ResolvedVolume {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly source:
    | { readonly emptyDir: { readonly sizeLimit: string | null; readonly memory: boolean } }
    | { readonly claim: string }
    | { readonly configMap: string; readonly overriddenBy?: string }
    | { readonly token: { readonly audience: string; readonly expiresSeconds: number } };
}

export interface ResolvedSidecar {
  readonly name: string;
  readonly image: Image;
  readonly init: boolean;
  readonly command: readonly string[] | null;
  readonly args: readonly string[] | null;
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly ports: readonly { readonly name: string; readonly container: number }[];
  readonly resources: ResolvedResources;
  readonly readiness: ResolvedProbe | null;
  readonly mounts: readonly { readonly volume: string; readonly mountPath: string }[];
}

/** How many pods a revision has: fixed, or by load. Not part of a revision's name. */
export type Scale =
  | { readonly kind: 'fixed'; readonly replicas: number }
  | {
      readonly kind: 'autoscale';
      readonly min: number;
      readonly max: number;
      readonly cpu: number | null;
      readonly memory: number | null;
      readonly custom: readonly { readonly metric: string; readonly average: string }[];
    };

export interface ResolvedNetwork {
  /** Namespaces that may connect; null: all. */
  readonly from: readonly string[] | null;
  /** Where pods may connect to; null: not restricted. */
  readonly egress: readonly { readonly namespace: string | null; readonly cidr: string | null; readonly ports: readonly number[] }[] | null;
}

export interface ResolvedMesh {
  readonly jobs: 'none' | 'native-sidecar' | 'quit';
  readonly runner: boolean;
}

export interface ResolvedTraffic {
  readonly router: RouterName;
  readonly hosts: readonly string[];
  readonly gateways: readonly { readonly namespace: string; readonly name: string; readonly listener: string | null }[];
  readonly callers: 'gateway' | 'mesh' | 'both';
  readonly attach: 'own' | 'delegate' | 'shared';
  readonly paths: readonly string[];
  /** Name and Service port that requests go to. */
  readonly port: ResolvedPort;
  readonly timeoutSeconds: number;
  readonly retries: { readonly attempts: number; readonly perTrySeconds: number | null; readonly on: string } | null;
  readonly connectionPool: {
    readonly maxConnections: number | null;
    readonly connectTimeoutSeconds: number | null;
    readonly maxPendingRequests: number | null;
    readonly maxRequests: number | null;
    readonly maxRequestsPerConnection: number | null;
  } | null;
  readonly outlierDetection: {
    readonly consecutive5xx: number;
    readonly everySeconds: number;
    readonly ejectForSeconds: number;
    readonly maxEjectedPercent: number;
  } | null;
  readonly expected: { readonly peakRps: number; readonly lowRps: number; readonly errorRatio: number } | null;
  /** Absent unless it was written; `{{args.x}}` still in place. */
  readonly served?: ResolvedServed;
}

/** Asks for the candidate's share of requests, in percent. */
export interface ResolvedServed {
  readonly prometheus: ResolvedPrometheus;
}

/** The strategy in its long form, whichever form it was written in. Only words depend on its kind. */
export interface ResolvedStrategy {
  readonly kind: 'canary' | 'blueGreen';
  readonly steps: readonly ResolvedStrategyStep[];
}

export type ResolvedStrategyStep =
  | { readonly weight: number }
  | { readonly analysis: { readonly gates: readonly ResolvedGateIntent[]; readonly watchSeconds: number } }
  | { readonly pauseSeconds: number }
  /** Names of headers in lower case. */
  | { readonly headerRoute: { readonly name: string; readonly headers: Readonly<Record<string, string>> } }
  | { readonly mirror: { readonly name: string; readonly percent: number } }
  | { readonly approval: { readonly name: string; readonly reason: string; readonly deadlineSeconds: number; readonly count: number } };

/** A gate with its defaults; `{{args.x}}` still in place. */
export interface ResolvedGateIntent {
  readonly name: string;
  readonly description: string;
  readonly scope: 'candidate' | 'comparison' | 'volume' | 'service';
  readonly args: Readonly<Record<string, string>>;
  readonly provider: ResolvedProvider;
  readonly successCondition: string | null;
  readonly failureCondition: string | null;
  readonly intervalSeconds: number;
  readonly count: number;
  readonly initialDelaySeconds: number;
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly onFailure: OnFailure;
  /** How Argo Rollouts would judge it; absent for what is no metric of an AnalysisTemplate. */
  readonly argo?: ArgoTerms;
}

/** What gates may have done before traffic goes to stable: what is not declared is absent. */
export interface ResolvedRemedies {
  readonly flagOff?: ResolvedRemedy;
  readonly webhook?: ResolvedFlagWebhook;
  /** Names of headers in lower case. */
  readonly shed?: { readonly headers: Readonly<Record<string, string>>; readonly withinSeconds: number };
}

/** Of its time `settleSeconds` begin when it is done, and it is given up when it is not done within `withinSeconds`. */
export interface ResolvedRemedy {
  readonly flag: string;
  readonly settleSeconds: number;
  readonly withinSeconds: number;
}

/** A flag that is switched off by whoever answers a request. */
// An interface: of an intersection with a member of a union the lock's schema has that member alone.
export interface ResolvedFlagWebhook extends ResolvedRemedy {
  readonly web: ResolvedWeb;
}

export type ArgoTerms = ArgoGate;

export type ResolvedProvider =
  | { readonly prometheus: ResolvedPrometheus }
  | { readonly web: ResolvedWeb }
  | { readonly job: ResolvedContainer & { readonly timeoutSeconds: number } };

export interface ResolvedWeb extends ProviderAccess {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly jsonPath: string;
  readonly timeoutSeconds: number;
}

/** What is optional is absent unless it was written. */
export interface ResolvedPrometheus extends ProviderAccess {
  readonly address: string;
  readonly query: string;
  readonly timeoutSeconds: number;
  readonly range?: { readonly seconds: number; readonly stepSeconds: number };
  readonly headers?: Readonly<Record<string, string>>;
}

/** A container that exits 0 when what it checks is well. */
export interface ResolvedContainer {
  readonly image: string;
  readonly command: readonly string[] | null;
  readonly args: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
}

export interface ResolvedSmoke {
  readonly name: string;
  readonly deadlineSeconds: number;
  readonly test: { readonly http: readonly ResolvedHttpCheck[] } | { readonly container: ResolvedContainer };
}

export type ResolvedMigration = ResolvedExpandMigration | ResolvedContractMigration;

export interface ResolvedExpandMigration extends ResolvedMigrationJob {
  readonly kind: 'expand';
  readonly oldShape: 'needed' | 'unused';
}

export interface ResolvedContractMigration extends ResolvedMigrationJob {
  readonly kind: 'contract';
  readonly of: string;
}

interface ResolvedMigrationJob {
  readonly name: string;
  readonly description: string;
  readonly deadlineSeconds: number;
  readonly container: {
    readonly image: string;
    readonly command: readonly string[] | null;
    readonly args: readonly string[] | null;
    readonly env: Readonly<Record<string, MigrationEnvValue>>;
    /** Null: those of the helper image. */
    readonly resources: ResolvedResources | null;
  };
}

export interface ResolvedFlag {
  readonly name: string;
  readonly owner: string;
  readonly created: string;
  readonly expires: string;
  readonly description: string;
  readonly percent: number;
}

/** A channel as the notifier reads it. */
export interface ResolvedNotification {
  readonly channel: 'github' | 'gitlab' | 'slack' | 'teams' | 'webhook';
  /** A text is the URL itself: whoever knows it can do nothing with it. */
  readonly url: KeyReference | string;
  readonly port: number;
  /** Null: its messages are not signed. */
  readonly signingKey: KeyReference | null;
  /** What proves to a service that the sender may. Absent where the URL does. */
  readonly token?: KeyReference;
  /** Who signs the server's certificate. Absent: a public CA. */
  readonly tls?: SecretCa | ConfigMapCa;
  /** Branch whose pipeline is triggered, where the channel needs one. */
  readonly ref?: string;
  readonly on: readonly ProgramEvent[];
  /** Empty: what the plan says. */
  readonly approvers: readonly string[];
  readonly texts: NotificationTexts;
}

export interface ResolvedHttpCheck {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly status: number;
  readonly json: Readonly<Record<string, string | number | boolean>>;
  readonly contains: string | null;
  readonly timeoutSeconds: number;
}

export interface ResolvedHistory {
  readonly keepWarmSeconds: number;
  readonly keep: number;
}

export interface ResolvedDeadlines {
  readonly readySeconds: number;
  readonly stepSeconds: number;
  readonly releaseSeconds: number;
  readonly scaleDownDelaySeconds: number;
}
