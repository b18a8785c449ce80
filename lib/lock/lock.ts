import type { ResolvedIntent, ResolvedSmoke, ResolvedTraffic, Scale } from '../intent/resolved.ts';
import type { Plan } from '../plan/plan.ts';
import type { KubeObject } from '../schema/index.ts';

/**
 * `lock/<target>/<namespace>/<release>.yaml`: what Git knows about one release on one target, frozen. In the file, a
 * `checksum` over all of it tells an edit by hand.
 */
export interface Lock {
  readonly version: 1;
  readonly release: string;
  readonly namespace: string;
  readonly target: string;
  /** Hash of the intent as written when this lock was written: the same hash means the same manifests. */
  readonly intent: string;
  /** The intent with the defaults of that day. */
  readonly resolved: ResolvedIntent;
  readonly stable: Stable;
  readonly inFlight: InFlight | null;
  /** Attempts made so far; each plan has a number of its own, so that no two attempts share a hash. */
  readonly attempts: number;
  /** Revisions that Git still carries so that nothing is pruned under live traffic. */
  readonly retiring: readonly Retiring[];
  /** Proven revisions without pods, complete, that left service last first: what a rollback can bring back. Absent: none. */
  readonly cold?: readonly Revision[];
  /**
   * The revision that the intent describes and that was given up: it starts again when somebody asks for it, and not because
   * something else in the intent was changed. Absent: the intent describes what is stable or in flight.
   */
  readonly declined?: Declined;
  /** Proven revisions, newest first, without their objects. */
  readonly history: readonly HistoryEntry[];
  /**
   * Names of ports of Service `<release>`, by number, as they were when somebody else's Service was adopted; '' for none. They
   * stay: whoever balances finds endpoints by these names, and a rename leaves it without any for a moment. Absent: the intent's.
   */
  readonly portNames?: Readonly<Record<string, string>>;
  /** Contract migrations of all attempts, of those that were given up too: each may have run. Absent before the first. */
  readonly contracted?: readonly Contracted[];
  /**
   * The release is taken out of service: no chart declares it, Git has dropped its route, and everything behind that stays
   * until its requests have ended. Absent: it is in service.
   */
  readonly leaving?: Leaving;
  /**
   * How requests came before the router was changed: that route stays beside the new one, at stable, until somebody says that
   * nobody comes that way any more. No candidate is released meanwhile, since only the new route would split. Absent: none.
   */
  readonly formerTraffic?: ResolvedTraffic;
}

export interface Leaving {
  /** When it was asked for, ISO 8601 in UTC: `history.keepWarm` counts from here. */
  readonly since: string;
}

export interface Contracted {
  /** Name of the contract migration. */
  readonly name: string;
  /** Name of the expand migration whose old shape it took away. */
  readonly of: string;
}

export interface Declined {
  /** `<release>-<rev>`. */
  readonly revision: string;
  /** `aborted`: its release record says so. `rolled back`: it was stable, and `tidegate rollback` put another in its place. */
  readonly reason: 'aborted' | 'rolled back';
}

/** One immutable pod template with all it needs. */
export interface Revision {
  /** `<release>-<rev>`. */
  readonly name: string;
  /** 8 hex digits of the hash of its content. */
  readonly rev: string;
  readonly image: string;
  readonly version: string | null;
  /** How many pods; not part of the content that names the revision. */
  readonly scale: Scale;
  /** Its objects as they are emitted; replicas are put in by role. */
  readonly objects: {
    /** Without `spec.replicas`. */
    readonly deployment: KubeObject;
    readonly service: KubeObject;
    readonly configMaps: readonly KubeObject[];
  };
  /**
   * Smoke tests of the plan that proved it, which a way back to it repeats; of a first entry, which no plan has proven, those
   * of the intent. Absent: it is not proven, or it was before locks kept them.
   */
  readonly smoke?: readonly ResolvedSmoke[];
}

/** A running Deployment and its Service that Tidegate did not make. */
export interface ExternalRevision {
  readonly external: true;
  readonly deployment: string;
  readonly image: string;
  readonly objects: {
    /** As it was adopted, without what the cluster writes. Where it has the release's own name, Git carries it from then on. */
    readonly service: KubeObject;
  };
}

export type Stable = Revision | ExternalRevision;

export interface InFlight {
  readonly candidate: Revision;
  /** Whether the candidate was stable once and still has its pods: then Git goes on declaring them. */
  readonly warm: boolean;
  readonly plan: Plan;
  /** Hash of `plan`. */
  readonly hash: string;
  /** The plan's Jobs as first rendered: a Job's template cannot change. */
  readonly jobs: readonly KubeObject[];
  /** True: the candidate is proven, and the plan is the short one that brings it back. Absent: it has yet to prove itself. */
  readonly rollback?: true;
}

export interface Retiring {
  readonly revision: Revision;
  /**
   * `replaced`: was stable, keeps its declared capacity. `abandoned` or `superseded`: was a candidate, whose pods the
   * runner or its HPA scaled, so nothing is declared.
   */
  readonly reason: 'replaced' | 'abandoned' | 'superseded';
  /**
   * Plan whose release record shows that the cluster's route has left it. Absent: of that only the cluster knows, which may not
   * have applied yet what took it out of service.
   */
  readonly record?: string;
}

export interface HistoryEntry {
  readonly revision: string;
  readonly image: string;
  /** Plan that proved it; null for the first entry of a release. */
  readonly plan: string | null;
}

export const isExternal = (stable: Stable): stable is ExternalRevision => 'external' in stable;
