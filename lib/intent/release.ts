import type { Changes } from './changes.ts';
import type { DurationLike } from './duration.ts';
import type { Flag } from './flag.ts';
import type { Migration } from './migration.ts';
import type { Notification } from './notification.ts';
import type { PodSpecAddition } from './pod-template.ts';
import type { Remedies } from './remedy.ts';
import type { SmokeTest, Strategy } from './strategy.ts';
import type { Traffic } from './traffic.ts';
import type {
  Autoscale,
  Config,
  Disruption,
  EnvValue,
  Mesh,
  Network,
  Port,
  Probes,
  Replicas,
  Resources,
  SecretUse,
  Security,
  Shutdown,
  Sidecar,
  Volume,
} from './workload.ts';

/** What a person writes: one service and how its next version reaches users. */
export interface ReleaseIntent {
  /** Namespace of every object. @default the chart's namespace, else `default` */
  readonly namespace?: string;
  /** What executes the plan. @default native */
  readonly engine?: 'native';
  /** `high` (money, identity, data that cannot be restored): stricter rules, nothing can be waived. @default normal */
  readonly risk?: 'normal' | 'high';
  /** Kind of workload; Tidegate releases Deployments only, and says why for others. @default Deployment */
  readonly workload?: 'Deployment';

  /**
   * Image by digest: `registry/repository[:tag]@sha256:...`. Without `@sha256:...`, tag and digest are those of the release's
   * line in `images.yaml`, which bots change.
   */
  readonly image: string;
  /** Entry point. @default the image's */
  readonly command?: readonly string[];
  /** Arguments. @default the image's */
  readonly args?: readonly string[];
  /** Ports of the container by name; the first one is where requests go. A bare number is its container port. */
  readonly ports: Readonly<Record<string, number | Port>>;
  /** Pods per revision. Give this or `autoscale`. @default 2 */
  readonly replicas?: Replicas;
  /** Pods by load. */
  readonly autoscale?: Autoscale;
  readonly probes: Probes;
  readonly resources: Resources;
  /** Environment variables of the released container. */
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** Configuration by name, versioned with the release. */
  readonly config?: Readonly<Record<string, Config>>;
  /** Secrets of the cluster that the container reads. */
  readonly secrets?: readonly SecretUse[];
  /** Volumes by name. */
  readonly volumes?: Readonly<Record<string, Volume>>;
  /** Existing ServiceAccount of the pods. @default the namespace's default account */
  readonly serviceAccount?: string;
  /** True: the account's token is mounted, for pods that call the Kubernetes API. @default false */
  readonly mountToken?: boolean;
  readonly security?: Security;
  readonly shutdown?: Shutdown;
  /** Pods of each revision spread over nodes and zones: `prefer` where possible, `require` or stay pending. @default prefer */
  readonly spread?: 'prefer' | 'require';
  readonly disruption?: Disruption;
  readonly network?: Network;
  readonly mesh?: Mesh;
  /** Further containers by name. */
  readonly sidecars?: Readonly<Record<string, Sidecar>>;
  /**
   * Whatever the intent has no word for, merged into the pod template: maps by key, lists of named things by name,
   * other lists appended. A value that the intent has set already is an error, so nothing is lost in silence.
   */
  readonly podTemplate?: PodTemplateAddition;

  readonly traffic: Traffic;
  readonly strategy: Strategy;
  /** Tests of the candidate before any user sees it; all of them in the order given. At least one. */
  readonly smoke: readonly SmokeTest[];
  /** Changes of what the release stores, in the order in which they run. @default none */
  readonly migrations?: readonly Migration[];
  /** Feature flags by name: letters, digits, '-', '_' and '.'. @default none */
  readonly flags?: Readonly<Record<string, Flag>>;
  /** What a gate may have done once before traffic goes back to stable, where its `onFailure` says so. @default nothing */
  readonly remedies?: Remedies;
  /** Who is told how the release goes, beside the Kubernetes Events that it always has. @default nobody */
  readonly notifications?: readonly Notification[];
  readonly deadlines?: Deadlines;
  /**
   * Other releases of the namespace: where one of them is in flight when an attempt of this release is planned, the candidate
   * gets nothing before that one is promoted. @default none
   */
  readonly after?: readonly string[];
  /** What becomes of revisions that were stable. */
  readonly history?: History;
  /** What differs on a target, by its name. */
  readonly targets?: Readonly<Record<string, TargetOverride>>;
}

/**
 * What differs on one target: maps are merged by key, lists and the strategy are replaced, null leaves out what the intent
 * has. What a release is (`risk`, `engine`, `workload`) is the same everywhere.
 */
export type TargetOverride = Changes<Omit<ReleaseIntent, 'risk' | 'engine' | 'workload' | 'targets' | 'strategy'>> & {
  readonly strategy?: Strategy;
};

/** Fields of a pod template, as Kubernetes names them; checked against its schema once merged. */
export interface PodTemplateAddition {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: PodSpecAddition;
}

/** A revision that was replaced stays, first with its pods and then without, so that it can come back as it was. */
export interface History {
  /** How long it keeps its pods, from the end of the release that replaced it: `tidegate record --retire` waits so long. @default 1h */
  readonly keepWarm?: DurationLike;
  /** How many of them stay without pods, for a rollback; from 0 to 10. @default 3 */
  readonly keep?: number;
}

export interface Deadlines {
  /** For the candidate's pods to become ready. @default 10m */
  readonly ready?: DurationLike;
  /** For one step to end beyond the time it takes by itself. @default 15m */
  readonly step?: DurationLike;
  /** For the whole release without the time it waits for people. @default 4h */
  readonly release?: DurationLike;
  /** How long an aborted candidate keeps running, for whoever looks into it. At least 30s. @default 5m */
  readonly scaleDownDelay?: DurationLike;
}
