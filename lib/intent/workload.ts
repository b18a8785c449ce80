import type { DurationLike } from './duration.ts';

/** A port of the released container. */
export interface Port {
  /** Port the container listens on, 1 to 65535. */
  readonly container: number;
  /** Port of the Services. @default 80 for the first port, else the container's own */
  readonly service?: number;
  /** Application protocol that meshes and gateways read: `http`, `grpc`, `kubernetes.io/h2c`, ... @default http */
  readonly appProtocol?: string;
}

/** How a probe asks. Exactly one of `http`, `grpc`, `tcp`, `exec`. */
export interface Probe {
  /** GET of a path; 200 to 399 is healthy. */
  readonly http?: HttpProbe;
  /** The gRPC health service. */
  readonly grpc?: GrpcProbe;
  /** A connection that opens. */
  readonly tcp?: TcpProbe;
  /** A command that exits 0. */
  readonly exec?: { readonly command: readonly string[] };
  /** Time between two probes, whole seconds. @default startup 2s, readiness 5s, liveness 10s */
  readonly every?: DurationLike;
  /** Time allowed for an answer, whole seconds; shorter than `every`. @default startup 1s, readiness 2s, liveness 2s */
  readonly timeout?: DurationLike;
  /** Failures in a row that count. @default startup 30, readiness 3, liveness 3 */
  readonly failures?: number;
}

export interface HttpProbe {
  readonly path: string;
  /** Name of the port. @default the first port */
  readonly port?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GrpcProbe {
  /** Name of the port. @default the first port */
  readonly port?: string;
  /** Service name of the health request. @default the server as a whole */
  readonly service?: string;
}

export interface TcpProbe {
  /** Name of the port. @default the first port */
  readonly port?: string;
}

export interface Probes {
  /** Runs until it first passes; the others wait for it. `every` x `failures` is the time a start may take. */
  readonly startup?: Probe;
  /** Whether requests are sent to the pod. May look at dependencies. */
  readonly readiness: Probe;
  /** Whether the process must be restarted. Must not look at other services. */
  readonly liveness?: Probe;
}

/** Requests and limits of a container, as Kubernetes quantities. */
export interface Resources {
  /** What the scheduler reserves. */
  readonly requests: { readonly cpu: string; readonly memory: string };
  /** What the kernel enforces. A CPU limit throttles; leave it out unless it is wanted. */
  readonly limits: { readonly cpu?: string; readonly memory: string };
}

/** Value of an environment variable: text, or where the cluster finds it. */
export type EnvValue =
  | string
  | { readonly secret: string; readonly key: string; readonly optional?: boolean }
  | { readonly config: string; readonly key: string }
  | { readonly field: string };

/**
 * Configuration as a ConfigMap that is named by its content and immutable: stable and candidate each keep theirs,
 * and a changed value is a release like any other.
 */
export interface Config {
  /** Keys and values, or file names and contents. */
  readonly data: Readonly<Record<string, string>>;
  /** Directory in which the keys appear as files. Give this, `env`, or both. */
  readonly mountPath?: string;
  /** True: every key is an environment variable. @default false */
  readonly env?: boolean;
}

/** A Secret that exists in the cluster. Tidegate never writes Secrets. */
export interface SecretUse {
  /** Name of the Secret. */
  readonly name: string;
  /** Directory in which its keys appear as files. Give this, `env`, or both. */
  readonly mountPath?: string;
  /** True: every key is an environment variable. @default false */
  readonly env?: boolean;
}

/** A volume of the pod and where the released container sees it. */
export interface Volume {
  readonly mountPath: string;
  /** @default false */
  readonly readOnly?: boolean;
  /** Scratch space that dies with the pod. */
  readonly emptyDir?: EmptyDir;
  /** A claim that many pods may write (ReadWriteMany) or read; two revisions run side by side. */
  readonly claim?: string;
  /** A ConfigMap that somebody else manages, or `<release>-flags`; its changes are not released. */
  readonly configMap?: string;
  /**
   * A ConfigMap that may come and go while the pods run, as `<release>-flags-off` does: its files take the place of those of
   * `configMap` that have the same names.
   */
  readonly overriddenBy?: string;
  /** An identity token for this audience. */
  readonly token?: IdentityToken;
}

export interface EmptyDir {
  /** @default the node's free space */
  readonly sizeLimit?: string;
  /** True: in memory, counted against the container's limit. @default false */
  readonly memory?: boolean;
}

export interface IdentityToken {
  readonly audience: string;
  /** Lifetime; the kubelet renews it. At least 10m. @default 1h */
  readonly expires?: DurationLike;
}

/** A further container beside the released one, or before it (`init`). */
export interface Sidecar {
  /** Image by digest. */
  readonly image: string;
  /** True: runs to completion before the released container starts. @default false */
  readonly init?: boolean;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, EnvValue>>;
  readonly ports?: Readonly<Record<string, number>>;
  readonly resources: Resources;
  readonly readiness?: Probe;
  /** Volumes of the release, by name, and where this container sees them. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** How a pod leaves: routes forget it, it drains, it ends. */
export interface Shutdown {
  /** Time the pod still serves after it was asked to end, so that routes can forget it. At least 5s. @default 10s */
  readonly preStop?: DurationLike;
  /** Time that open requests need to finish after SIGTERM. @default 20s */
  readonly drain?: DurationLike;
  /** Time until SIGKILL. At least 30s and more than preStop + drain. @default preStop + drain + 10s, at least 30s */
  readonly grace?: DurationLike;
}

/** Departures from the restricted Pod Security profile's defaults; what is left out stays restricted. */
export interface Security {
  /** Numeric user of the process; needed when the image names none or names it by text. @default the image's */
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  /** Group that owns mounted volumes. */
  readonly fsGroup?: number;
  /** @default true */
  readonly readOnlyRootFilesystem?: boolean;
}

/** A fixed number of pods per revision. */
export type Replicas = number;

/** A HorizontalPodAutoscaler per revision. At least one metric. */
export interface Autoscale {
  /** Fewest pods, >= 1. */
  readonly min: number;
  /** Most pods. */
  readonly max: number;
  /** Average CPU, percent of requests. */
  readonly cpu?: number;
  /** Average memory, percent of requests. */
  readonly memory?: number;
  /** Metrics of the custom metrics API, averaged over pods. */
  readonly custom?: readonly { readonly metric: string; readonly average: string }[];
}

/** What a node drain may take at once. One PodDisruptionBudget per revision. */
export interface Disruption {
  /** Pods of a revision that a drain may have down at the same time: a number, or a share such as `'10%'`. @default 1 */
  readonly maxUnavailable?: number | string;
}

/** Who may connect to the pods. Egress stays as the cluster has it unless `egress` is given. */
export interface Network {
  /** Namespaces (by name) whose pods may connect. @default every namespace */
  readonly from?: readonly string[];
  /** Where pods may connect to; DNS is always allowed. @default everywhere */
  readonly egress?: readonly { readonly namespace?: string; readonly cidr?: string; readonly ports: readonly number[] }[];
}

/** Which mesh the pods are in and what that means for Jobs. */
export interface Mesh {
  /**
   * Sidecars of smoke Jobs: `none` asks for no sidecar; `native-sidecar` runs in the mesh and ends by itself
   * (Kubernetes >= 1.29); `quit` runs in the mesh and asks the sidecar to end. @default none
   */
  readonly jobs?: 'none' | 'native-sidecar' | 'quit';
  /** True: the runner has a sidecar, because metrics are reachable in the mesh only. @default false */
  readonly runner?: boolean;
}
