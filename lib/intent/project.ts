import type { PolicyConfig } from './policy-config.ts';

/** What `tidegate.yaml` says: everything about a repository that is not one release. Plain data with defaults filled in. */
export interface ProjectConfig {
  readonly targets: Readonly<Record<string, Target>>;
  readonly helper: HelperImage;
  readonly gitops: GitOps;
  /** Approvals that are signed: where it is there, no other counts. Null: they need no signature. @default null */
  readonly signing: ProjectSigning | null;
  /**
   * Releases of one namespace of which only some may be in flight side by side, by name of the group. A release is in one group at
   * most.
   */
  readonly groups: Groups;
  /** A PrometheusRule beside each runner, of the Prometheus Operator's kind; null: none. @default null */
  readonly alerts: Alerts | null;
  readonly policy: PolicyConfig;
}

/** Who may approve by signature. A plan keeps what it was made with: keys that are added or removed later are those of the next. */
export interface ProjectSigning {
  /**
   * Lines as in OpenSSH's allowed_signers file: name, options, key. Of the options `namespaces`, which must let
   * `approval@tidegate.dev` be, `valid-after` and `valid-before`, in UTC. One name and one line for each key.
   */
  readonly signers: string;
  /** How long a signed approval counts, from the time that it says, written as a duration. @default 24h */
  readonly validForSeconds: number;
}

export interface Alerts {
  /** Labels of the objects, by which a Prometheus finds its rules. @default none */
  readonly labels: Readonly<Record<string, string>>;
  /** After so long a release that is held, or a runner that cannot do its work, is an alert. @default 15 */
  readonly stalledMinutes: number;
  /** After so long people who have not approved, and other releases that have not ended, are an alert. @default 240 */
  readonly waitingMinutes: number;
}

export type Groups = Readonly<Record<string, Group>>;

export interface Group {
  /** How many of them go on at the same time; the others wait, whatever was merged. @default 1 */
  readonly limit: number;
  /** Their names, at most 50, in the order in which those go that begin with the same commit. */
  readonly releases: readonly string[];
}

/** Where releases run. The name is the first part of every path, lock and object key. */
export interface Target {
  /** `waived`: releases of normal risk need no approval on this target, such as a staging cluster. @default required */
  readonly approvals: 'required' | 'waived';
  /**
   * `objects`: the gates of a release in flight are there as AnalysisTemplates of Argo Rollouts, for people and tools to
   * read. `inline`: in the plan only, which is all that the runner reads; for clusters without that kind. @default objects
   */
  readonly analysisTemplates: 'objects' | 'inline';
  /** Cluster of the target: two targets of one cluster need namespaces of their own. @default the target's name */
  readonly cluster: string;
  /**
   * Another target, such as `staging`, that must have proven an image before a release of it may start here: its lock has the
   * digest as stable or in its history. What this target has proven itself may come back. Null: none. @default null
   */
  readonly provenOn: string | null;
}

/** The image of the runner and of built-in smoke checks, and how its pods are placed. */
export interface HelperImage {
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  readonly resources: {
    readonly requests: { readonly cpu: string; readonly memory: string };
    readonly limits: { readonly memory: string };
  };
  readonly tolerations: readonly Readonly<Record<string, string | number>>[];
  readonly labels: Readonly<Record<string, string>>;
  readonly priorityClassName: string | null;
}

export interface GitOps {
  /** What applies the manifests. */
  readonly tool: 'none' | 'argocd' | 'flux';
  /** Field managers under which it writes; a reset of the route by one of them is undone, by anyone else it is not. */
  readonly managers: readonly string[];
}
