import type { DurationLike } from './duration.ts';
import type { ProviderAccess } from './gate.ts';

/**
 * What a gate may have done, once, before traffic goes to stable, when its `onFailure` says so; it is then measured anew,
 * and a gate that fails again takes traffic to stable. What is done to a flag stays done until Git drops the plan.
 */
export interface Remedies {
  /** The runner switches a flag of this release off. */
  readonly flagOff?: FlagOff;
  /** Whoever answers a webhook does. */
  readonly webhook?: FlagWebhook;
  /** Requests that may be given up for the others' sake go to stable. */
  readonly shed?: Shed;
}

/**
 * Such requests have a rule of their own in the route, with the weights of all others. A gate that fails takes the candidate
 * out of that rule, and no later weight gives it back. Before the last step, which gives the candidate everything, it gets all
 * of these requests, and is judged once more.
 */
export interface Shed {
  /** All of them, exactly: such as `x-priority: low`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Time allowed until the route holds it; then all traffic goes to stable. @default 2m */
  readonly within?: DurationLike;
}

export interface FlagOff {
  /** Name of one of the intent's `flags`. */
  readonly flag: string;
  /** From the flag being off in the cluster to the first measurement that counts: the kubelet brings it to the pods within 90s. At least 90s. @default 2m */
  readonly settle?: DurationLike;
  /** Time allowed to switch it off; then traffic goes to stable. @default 1m */
  readonly within?: DurationLike;
}

/**
 * `POST` of a JSON document `{"version": 1, "release", "namespace", "target", "plan", "flag", "state": "off"}`, which may come
 * more than once. A 2xx says that it is done; after anything else it is tried again, ever later.
 */
export interface FlagWebhook extends ProviderAccess {
  /** Where the flag service, or what stands before it, listens. */
  readonly url: string;
  /** The flag, as that service knows it. */
  readonly flag: string;
  /** Everybody who reads the plan sees them: credentials belong into `auth`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Time allowed for an answer. @default 10s */
  readonly timeout?: DurationLike;
  /** From the answer to the first measurement that counts. @default 30s */
  readonly settle?: DurationLike;
  /** Time allowed for all tries; then traffic goes to stable. @default 2m */
  readonly within?: DurationLike;
}
