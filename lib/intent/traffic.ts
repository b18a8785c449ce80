import type { DurationLike } from './duration.ts';
import type { PrometheusQuery } from './gate.ts';

/** Names of the routers that this Tidegate knows; each is a file of `lib/routers`. */
export const ROUTER_NAMES = ['istio', 'gateway-api', 'service'] as const;
export type RouterName = (typeof ROUTER_NAMES)[number];

/** How requests reach the release and how they are split between revisions. */
export interface Traffic {
  /**
   * What splits traffic. `service` needs neither mesh nor gateway: Service `<release>` selects one revision or the other, so
   * it knows blue-green alone.
   */
  readonly router: RouterName;
  /** Host names outside the mesh. */
  readonly hosts?: readonly string[];
  /** Gateways as `namespace/name`, or `namespace/name/listener` for Gateway API. */
  readonly gateways?: readonly string[];
  /** Who calls: clients of a gateway, workloads of the mesh, or both; behind a `service` only whether pods are in a mesh. @default gateway */
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
  readonly retries?: false | Retries;
  /** Connection pool per revision (Istio). */
  readonly connectionPool?: ConnectionPool;
  /** Takes failing pods out of a revision's load balancing for a while (Istio). */
  readonly outlierDetection?: OutlierDetection;
  /** What is normal, so that a plan can say what its windows can see. */
  readonly expected?: ExpectedTraffic;
  /**
   * Asks for the share of requests that the candidate truly gets, so that a level is judged only once it is served: what a
   * router says of its route is no proof. Without it only time can tell.
   */
  readonly served?: ServedShare;
}

/** Answers one number, in percent; nothing while there are no requests. `servedShare` of `tidegate/templates` writes one. */
export interface ServedShare {
  /** May use the arguments that every gate has, such as `{{args.candidate}}`. */
  readonly prometheus: PrometheusQuery;
}

/** Retries by the router. Only for requests that may run twice. */
export interface Retries {
  /** Tries after the first, >= 1. */
  readonly attempts: number;
  /** Time allowed for one try. @default the router's */
  readonly perTryTimeout?: DurationLike;
  /** Envoy's names of what is retried. @default connect-failure,refused-stream,unavailable */
  readonly on?: string;
}

/** Limits of the connections from one client proxy to one revision; what is left out is the mesh's default. */
export interface ConnectionPool {
  readonly maxConnections?: number;
  readonly connectTimeout?: DurationLike;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
  readonly maxRequestsPerConnection?: number;
}

export interface OutlierDetection {
  /** Answers 5xx in a row that take a pod out. */
  readonly consecutive5xx: number;
  /** Time between two looks. @default 10s */
  readonly every?: DurationLike;
  /** Time a pod stays out, times how often it was out. @default 30s */
  readonly ejectFor?: DurationLike;
  /** Share of a revision's pods that may be out at once. @default 50 */
  readonly maxEjectedPercent?: number;
}

export interface ExpectedTraffic {
  /** Requests per second at the busiest time. */
  readonly peakRps: number;
  /** Requests per second at the quietest time. @default peakRps */
  readonly lowRps?: number;
  /** Share of requests that fail on a normal day, such as `'0.4%'`. */
  readonly errorRate: string;
}
