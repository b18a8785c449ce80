// What TypeScript cannot say about an intent: bounds, patterns, and which fields exclude each other.

export interface Keywords {
  title?: string;
  type?: string | string[];
  pattern?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minItems?: number;
  minProperties?: number;
}

const positive = { minimum: 1 };
const natural = { minimum: 0 };
const port = { minimum: 1, maximum: 65535 };
const percent = { minimum: 1, maximum: 100 };
const some = { minItems: 1 };

/** By `Definition`, `Definition.field`, or `Definition.field.*` for the entries of a list or map. */
export const BOUNDS: Readonly<Record<string, Keywords>> = {
  DurationLike: {
    type: 'string',
    pattern: '^(\\d{1,6}(\\.\\d{1,6})?(ms|s|m|h|d)){1,5}$',
    title: "a duration such as '90s', '5m' or '1h30m'",
  },
  'ReleaseIntent.ports': { minProperties: 1 },
  'ReleaseIntent.ports.*': port,
  'ReleaseIntent.smoke': some,
  'ReleaseIntent.command': some,
  Replicas: positive,
  'Port.container': port,
  'Port.service': port,
  'Probe.failures': positive,
  'Probe.exec.command': some,
  'Sidecar.command': some,
  'Sidecar.ports.*': port,
  'Autoscale.min': positive,
  'Autoscale.max': positive,
  'Autoscale.cpu': positive,
  'Autoscale.memory': positive,
  'Disruption.maxUnavailable': { ...positive, title: "a number of pods, or a share such as '10%'" },
  'Network.egress.*.ports.*': port,
  // The restricted Pod Security profile knows no root.
  'Security.runAsUser': positive,
  'Security.runAsGroup': natural,
  'Security.fsGroup': natural,
  'Traffic.paths': some,
  'Traffic.retries': { title: 'false or an object' },
  'Retries.attempts': { minimum: 1, maximum: 10 },
  'ConnectionPool.maxConnections': positive,
  'ConnectionPool.maxPendingRequests': positive,
  'ConnectionPool.maxRequests': positive,
  'ConnectionPool.maxRequestsPerConnection': natural,
  'OutlierDetection.consecutive5xx': positive,
  'OutlierDetection.maxEjectedPercent': percent,
  'ExpectedTraffic.peakRps': { exclusiveMinimum: 0 },
  'ExpectedTraffic.lowRps': natural,
  CanaryWeight: percent,
  'WatchedWeight.weight': percent,
  'CanaryStep.weight': percent,
  'Canary.weights': some,
  'Canary.gates': some,
  'Canary.steps': some,
  'Canary.headers': { minProperties: 1 },
  'Canary.hotfix': { pattern: '\\S', title: 'the reason' },
  'HeaderRoute.headers': { minProperties: 1 },
  'Mirror.percent': { minimum: 0, maximum: 100 },
  'Analysis.gates': some,
  'Approval.count': positive,
  'History.keep': { minimum: 0, maximum: 10 },
  'Flag.percent': { minimum: 0, maximum: 100 },
  'MigrationContainer.command': some,
  'HttpSmoke.http': some,
  'HttpCheck.status': { minimum: 100, maximum: 599 },
  'Gate.count': positive,
  'Gate.failureLimit': natural,
  'Gate.inconclusiveLimit': natural,
};

/** Fields of which exactly one is given, where the type is an interface and not a union. */
export const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = {
  Probe: ['http', 'grpc', 'tcp', 'exec'],
  Volume: ['emptyDir', 'claim', 'configMap', 'token'],
  Canary: ['weights', 'steps'],
};

/** Fields that make sense only beside another one. */
export const COMPANIONS: Readonly<Record<string, Readonly<Record<string, string[]>>>> = {
  Canary: { weights: ['gates'], gates: ['weights'], approval: ['weights'], headers: ['weights'], hotfix: ['weights'] },
};

/** Numbers that need not be whole; all others are counts, ports, percents. */
export const REALS: ReadonlySet<string> = new Set(['ExpectedTraffic.peakRps', 'ExpectedTraffic.lowRps', 'HttpCheck.json.*']);
