import type { PlanGate } from '../gates/gate.ts';
import type { ResolvedContainer, ResolvedHttpCheck, ResolvedMigration, ResolvedRemedies, ResolvedServed } from '../intent/resolved.ts';
import type { RouterName } from '../intent/traffic.ts';

export type { PlanGate } from '../gates/gate.ts';

/**
 * The ordered steps of one attempt as pure data. Everything that the runner does, and everything that a reader is
 * told, comes from here; the runner reads nothing else as instruction.
 */
export interface Plan {
  readonly version: 1;
  readonly release: string;
  readonly namespace: string;
  readonly target: string;
  readonly engine: 'native';
  /** Counts the release's attempts: 1, 2, 3, ... */
  readonly attempt: number;
  readonly risk: 'normal' | 'high';
  readonly stable: PlanRevision;
  readonly candidate: PlanRevision;
  readonly route: RouteInstructions;
  readonly steps: readonly Step[];
  /** For the whole release, waiting for people not counted. */
  readonly deadlineSeconds: number;
  /** How long an aborted candidate keeps its pods. */
  readonly scaleDownDelaySeconds: number;
  /** What people must say, or who waived it. */
  readonly approvals: { readonly required: readonly string[]; readonly waived: string | null };
  /** Who may approve by signature; then nothing else approves. Absent: approvals need no signature. */
  readonly signing?: Signing;
  /** What is normal, for readers and for what a window can see. */
  readonly expected: { readonly peakRps: number; readonly lowRps: number; readonly errorRatio: number } | null;
  /** Field managers of the configured GitOps tool. */
  readonly gitopsManagers: readonly string[];
  /** Files of the runner beside its own program that this plan needs, without their ending. Absent: none. */
  readonly uses?: readonly string[];
  /** Other releases of the namespace that come first. Absent: it waits for none. */
  readonly queue?: Queue;
  /**
   * Asks for the share of requests in percent that the candidate truly gets: a route's status is no proof. Absent: no
   * metric can tell, and time has to do.
   */
  readonly served?: ResolvedServed;
  /** What gates may have done once before traffic goes to stable, by their `onFailure`. Absent: nothing outside the release. */
  readonly remedies?: ResolvedRemedies;
}

export interface Signing {
  /** How long a signed approval counts, from the time that it says. */
  readonly validForSeconds: number;
  /** Keys that may sign, each of one person. */
  readonly signers: readonly Signer[];
}

export interface Signer {
  /** The name under which the key's owner approves. */
  readonly by: string;
  /** The public key as OpenSSH writes it, without its type. */
  readonly key: string;
  /** The key counts from then on, ISO 8601 in UTC. Absent: always. */
  readonly validAfter?: string;
  /** Until then. Absent: for ever. */
  readonly validBefore?: string;
}

/** What was in flight when the plan was made, and what of it must be over before the candidate gets anything. */
export interface Queue {
  /** The group of `tidegate.yaml`; null: it is in none. */
  readonly group: string | null;
  /** How many releases of the group may go on side by side. */
  readonly limit: number;
  readonly ahead: readonly Ahead[];
  /**
   * Others of the group, of whatever attempt, that come later. One that has traffic all the same counts as if it stood ahead:
   * it was begun on another branch, or while this one was to be begun again. Absent: there are none.
   */
  readonly behind?: readonly string[];
  /**
   * Those that the intent names in `after` and that were at rest when this was planned: one that has traffic all the same
   * comes first. Absent: there are none.
   */
  readonly atRest?: readonly string[];
}

export interface Ahead {
  readonly release: string;
  readonly attempt: number;
  /**
   * `promoted`: this attempt, or a later one. `over`: promoted, aborted, or another attempt has taken its place; of these
   * all but `limit - 1` must be.
   */
  readonly until: 'promoted' | 'over';
}

export interface PlanRevision {
  /** `<release>-<rev>`; the Deployment's own name where it is external. */
  readonly revision: string;
  readonly deployment: string;
  readonly service: string;
  readonly image: string;
}

/** What every step has. */
interface StepBase {
  /** Share of user requests that can reach the candidate once the step is done, in percent. */
  readonly exposure: number;
  /** The step fails when it has not ended this long after it began; 0 for `bake`, which Git ends. */
  readonly deadlineSeconds: number;
}

export type Step =
  /** At least as many candidate pods as stable has, or the declared number if that is more; wait until they are available. */
  | (StepBase & { readonly kind: 'scale'; readonly replicas: number })
  /** Job `<release>-smoke-<plan>-<index>`, which starts by itself; the runner judges it. */
  | (StepBase & { readonly kind: 'smoke'; readonly name: string; readonly test: SmokeSpec })
  /** This share of requests, in percent, goes to the candidate; ends once the route says so, or the traffic itself where `served` can tell. */
  | (StepBase & { readonly kind: 'setWeight'; readonly weight: number })
  /** Requests with all of these headers go to the candidate, whatever its share. */
  | (StepBase & { readonly kind: 'setHeaderRoute'; readonly name: string; readonly headers: Readonly<Record<string, string>> })
  /** This share of requests, in percent, is copied to the candidate, and nobody sees the answers; 0 ends it. */
  | (StepBase & { readonly kind: 'setMirrorRoute'; readonly name: string; readonly percent: number })
  /** Exposure stays as it is for so long; after the switch, stable keeps its pods to go back to at once. */
  | (StepBase & { readonly kind: 'pause'; readonly durationSeconds: number })
  /** Gates judge the candidate for so long, at the exposure that it has. */
  | (StepBase & { readonly kind: 'analysis'; readonly durationSeconds: number; readonly gates: readonly PlanGate[] })
  /** Waits until so many people have agreed to this plan, and to no other. */
  | (StepBase & { readonly kind: 'approval'; readonly name: string; readonly reason: string; readonly count: number })
  /** All traffic to the candidate. */
  | (StepBase & { readonly kind: 'switch' })
  /** Gates go on after the switch until Git drops the plan. */
  | (StepBase & { readonly kind: 'bake'; readonly gates: readonly PlanGate[] });

export type StepKind = Step['kind'];

/** What a smoke Job does, with everything substituted. */
export type SmokeSpec =
  | { readonly http: { readonly url: string; readonly checks: readonly ResolvedHttpCheck[] } }
  | { readonly container: ResolvedContainer }
  /** No test, but judged like one: it must have run before the candidate has users. */
  | { readonly migration: ResolvedMigration };

/**
 * Where the route's weights are and what must be true of it before they change, as JSON pointers, so that the
 * runner needs to know no router: `test` each destination, then `replace` both weights of every split. A split without
 * weights has one place for both destinations: whichever is written there gets every request.
 */
export interface RouteInstructions {
  readonly router: RouterName;
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural resource name in the API's path. */
  readonly resource: string;
  readonly name: string;
  /** One per rule that carries user traffic. */
  readonly splits: readonly Split[];
  /** Rules that requests with certain headers take; at rest all of them go to stable. Absent: there are none. */
  readonly headers?: readonly { readonly name: string; readonly splits: readonly Split[] }[];
  /** Copies of user requests to the candidate, whose answers nobody sees; at rest 0 %. Absent: there are none. */
  readonly mirrors?: readonly Mirror[];
  /** What else must be true of the route before the candidate gets anything. Absent: nothing. */
  readonly tests?: readonly Destination[];
  /** How the router says that it took the route over: Gateway API's parent conditions, or nothing. */
  readonly acceptance: 'gateway-parents' | 'none';
}

export type Split = WeightedSplit | WholeSplit;

export interface WeightedSplit {
  readonly stable: SplitBackend;
  readonly candidate: SplitBackend;
}

/** All or nothing: both destinations are in the same place. */
export interface WholeSplit {
  readonly stable: Omit<SplitBackend, 'weight'> & { readonly weight?: undefined };
  readonly candidate: Omit<SplitBackend, 'weight'> & { readonly weight?: undefined };
}

export interface Mirror {
  readonly name: string;
  readonly destination: Destination;
  /** Pointer to the share in percent that is copied. */
  readonly percent: string;
}

export interface SplitBackend {
  readonly destination: Destination;
  /** Pointer to its weight. */
  readonly weight: string;
}

/** Pointer to a destination and the value that it must have. */
export interface Destination {
  readonly path: string;
  readonly value: string;
}
