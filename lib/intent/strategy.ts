import type { DurationLike } from './duration.ts';
import type { Gate } from './gate.ts';

/** A weight of the short form: the candidate's share in percent, 1 to 100. */
export type CanaryWeight = number | WatchedWeight;

export interface WatchedWeight {
  readonly weight: number;
  /** How long the candidate is watched there at least. @default 2m, or 5m where risk is high */
  readonly watch?: DurationLike;
}

/** A step of the long form. */
export type CanaryStep =
  | { readonly weight: number }
  | { readonly analysis: Analysis }
  | { readonly pause: DurationLike }
  | { readonly approval: Approval }
  | { readonly headerRoute: HeaderRoute }
  | { readonly mirror: Mirror };

/**
 * Requests that carry all of these headers go to the candidate from here on, whatever its weight. Where a request fits several
 * routes, the one with most headers decides.
 */
export interface HeaderRoute {
  /** A DNS label, unique in the strategy. */
  readonly name: string;
  /** Values by name of the header. A value must be equal, letter by letter: no prefix, no pattern. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * From here on the candidate gets copies of requests, and nobody sees its answers. What a copied request writes is
 * written twice. Copies end by themselves when all requests go to the candidate.
 */
export interface Mirror {
  /** A DNS label; a strategy has one mirror, whose share may change. */
  readonly name: string;
  /** Share of requests that are copied, in percent; 0 ends it. */
  readonly percent: number;
}

/** Gates that are judged while the weight stays. */
export interface Analysis {
  readonly gates: readonly Gate[];
  /** How long to watch at least. @default 2m, or 5m where risk is high */
  readonly watch?: DurationLike;
}

/** A person says yes. */
export interface Approval {
  /** Name by which `tidegate approve RELEASE NAME` finds it; a DNS label. @default promote */
  readonly name?: string;
  /** What the person should look at before saying yes. */
  readonly reason?: string;
  /** How long to wait; then the release holds and says so. @default 24h */
  readonly deadline?: DurationLike;
  /** How many persons. @default 1, or 2 where risk is high */
  readonly count?: number;
}

/** Traffic moves to the candidate in steps. */
export interface Canary {
  readonly kind: 'canary';
  /**
   * The short form: analysis after every weight and an approval before the first weight above 50 are put in; where risk
   * is high, an approval `start` before the first weight, too.
   */
  readonly weights?: readonly CanaryWeight[];
  /** Gates of the short form, judged at every weight and while the release waits for a person or bakes. */
  readonly gates?: readonly Gate[];
  /** The approval that is put in before more than half of the users see the candidate. */
  readonly approval?: Approval;
  /**
   * Requests that carry these headers, exactly as written, go to the candidate before the first weight. They are watched
   * with the gates of the short form, but for those of scope `volume`: nobody knows how many such requests there are.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Why this release cannot wait: half of every window that is not written, half the measurements of every gate, and the
   * reason before whoever approves. Beside `weights`.
   */
  readonly hotfix?: string;
  /** The long form, as `steps()` builds it. Give this or `weights`. */
  readonly steps?: readonly CanaryStep[];
}

/** All traffic moves to the candidate at once. */
export interface BlueGreen {
  readonly kind: 'blueGreen';
  /** Judged before the switch, while no user sees the candidate: its own requests come through the preview Service `<release>-canary`. */
  readonly preview: Analysis;
  /** The approval that is put in before more than half of the users see the candidate. */
  readonly approval?: Approval;
  /** Judged after the switch, and while the old revision is kept and the release bakes. Nothing is left to compare with. */
  readonly after: Analysis;
  /** How long the release watches over the old revision after the switch, at least, ready to go back to it at once. @default 30m */
  readonly keepOld?: DurationLike;
}

export type Strategy = Canary | BlueGreen;

/** A test that runs against the candidate before it sees any user. */
export type SmokeTest = HttpSmoke | ContainerSmoke;

/** Requests to the candidate's own Service, by the helper image; no image to build. */
export interface HttpSmoke {
  /** A DNS label, unique in the release. */
  readonly name: string;
  readonly http: readonly HttpCheck[];
  /** Time allowed for the whole test, waiting for the candidate included. @default 2m */
  readonly deadline?: DurationLike;
}

export interface HttpCheck {
  /** Path on the candidate's Service. */
  readonly path: string;
  /** @default GET */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Expected status. @default 200 */
  readonly status?: number;
  /**
   * Top-level fields that the JSON answer must have. Values may use `{{version}}` (tag of the candidate's image),
   * `{{digest}}` and `{{revision}}`.
   */
  readonly json?: Readonly<Record<string, string | number | boolean>>;
  /** Text that the answer must contain. */
  readonly contains?: string;
  /** Time allowed for an answer. @default 5s */
  readonly timeout?: DurationLike;
}

/** An own container that exits 0 when the candidate is well. It gets `CANDIDATE_URL` (and `PREVIEW_URL`, the same). */
export interface ContainerSmoke {
  readonly name: string;
  readonly container: {
    /** Image by digest. */
    readonly image: string;
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
  /** Time allowed for the whole test, waiting for the candidate included. @default 2m */
  readonly deadline?: DurationLike;
}
