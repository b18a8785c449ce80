import type { DurationLike } from './duration.ts';

/** Names of the routers that this Tidegate knows; each is a file of `lib/routers`. */
export const ROUTER_NAMES = ['istio', 'gateway-api'] as const;
export type RouterName = (typeof ROUTER_NAMES)[number];

/** How requests reach the release and how they are split between revisions. */
export interface Traffic {
  /** What splits traffic. */
  readonly router: RouterName;
  /** Host names outside the mesh. */
  readonly hosts?: readonly string[];
  /** Gateways as `namespace/name`, or `namespace/name/listener` for Gateway API. */
  readonly gateways?: readonly string[];
  /** Who calls: clients of a gateway, workloads of the mesh, or both. @default gateway */
  readonly callers?: 'gateway' | 'mesh' | 'both';
  /**
   * How the route joins its host: `own` has the host for itself; `delegate` is an Istio VirtualService that a root
   * VirtualService of somebody else names; `shared` is one of several routes of the host, with `paths` of its own. @default own
   */
  readonly attach?: 'own' | 'delegate' | 'shared';
  /** Path prefixes that the route takes. @default / */
  readonly paths?: readonly string[];
  /** Name of the port (of `ports`) that requests go to. @default the first port */
  readonly port?: string;
  /** Time allowed for a request. @default 15s */
  readonly timeout?: DurationLike;
  /** Retries by the router; `false` for none. @default false */
  readonly retries?: false | { readonly attempts: number; readonly perTryTimeout?: DurationLike; readonly on?: string };
  /** Connection pool per revision (Istio). */
  readonly connectionPool?: {
    readonly maxConnections?: number;
    readonly connectTimeout?: DurationLike;
    readonly maxPendingRequests?: number;
    readonly maxRequests?: number;
    readonly maxRequestsPerConnection?: number;
  };
  /** Takes failing pods out of a revision's load balancing for a while (Istio). */
  readonly outlierDetection?: {
    readonly consecutive5xx: number;
    readonly every?: DurationLike;
    readonly ejectFor?: DurationLike;
    readonly maxEjectedPercent?: number;
  };
  /** What is normal, so that a plan can say what its windows can see. */
  readonly expected?: ExpectedTraffic;
}

export interface ExpectedTraffic {
  /** Requests per second at the busiest time. */
  readonly peakRps: number;
  /** Requests per second at the quietest time. @default peakRps */
  readonly lowRps?: number;
  /** Share of requests that fail on a normal day, such as `'0.4%'`. */
  readonly errorRate: string;
}
