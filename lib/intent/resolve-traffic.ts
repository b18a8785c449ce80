import { DEFAULTS } from './defaults.ts';
import { Duration, type DurationLike } from './duration.ts';
import { resolvePrometheus } from './resolve-strategy.ts';
import type { ResolvedPort, ResolvedTraffic } from './resolved.ts';
import type { Traffic } from './traffic.ts';

export function resolveTraffic(traffic: Traffic, ports: readonly ResolvedPort[]): ResolvedTraffic {
  const port = ports.find(({ name }) => name === traffic.port) ?? ports[0];
  if (!port) throw new RangeError('a release has at least one port');
  return {
    router: traffic.router,
    hosts: traffic.hosts ?? [],
    gateways: (traffic.gateways ?? []).map(parseGateway),
    callers: traffic.callers ?? DEFAULTS['Traffic.callers'],
    attach: traffic.attach ?? DEFAULTS['Traffic.attach'],
    paths: traffic.paths ?? [DEFAULTS['Traffic.paths']],
    port,
    timeoutSeconds: Duration.parse(traffic.timeout ?? DEFAULTS['Traffic.timeout']).seconds,
    retries: traffic.retries
      ? {
          attempts: traffic.retries.attempts,
          perTrySeconds: secondsOrNull(traffic.retries.perTryTimeout),
          on: traffic.retries.on ?? DEFAULTS['Retries.on'],
        }
      : null,
    connectionPool: traffic.connectionPool
      ? {
          maxConnections: traffic.connectionPool.maxConnections ?? null,
          connectTimeoutSeconds: secondsOrNull(traffic.connectionPool.connectTimeout),
          maxPendingRequests: traffic.connectionPool.maxPendingRequests ?? null,
          maxRequests: traffic.connectionPool.maxRequests ?? null,
          maxRequestsPerConnection: traffic.connectionPool.maxRequestsPerConnection ?? null,
        }
      : null,
    outlierDetection: traffic.outlierDetection
      ? {
          consecutive5xx: traffic.outlierDetection.consecutive5xx,
          everySeconds: Duration.parse(traffic.outlierDetection.every ?? DEFAULTS['OutlierDetection.every']).seconds,
          ejectForSeconds: Duration.parse(traffic.outlierDetection.ejectFor ?? DEFAULTS['OutlierDetection.ejectFor']).seconds,
          maxEjectedPercent: traffic.outlierDetection.maxEjectedPercent ?? Number(DEFAULTS['OutlierDetection.maxEjectedPercent']),
        }
      : null,
    expected: traffic.expected
      ? {
          peakRps: traffic.expected.peakRps,
          lowRps: traffic.expected.lowRps ?? traffic.expected.peakRps,
          errorRatio: parsePercent(traffic.expected.errorRate),
        }
      : null,
    ...(traffic.served ? { served: { prometheus: resolvePrometheus(traffic.served.prometheus) } } : {}),
  };
}

/** @throws RangeError unless `text` is `namespace/name` or `namespace/name/listener` */
export function parseGateway(text: string): ResolvedTraffic['gateways'][number] {
  const [namespace, name, listener, ...more] = text.split('/');
  if (!namespace || !name || listener === '' || more.length > 0)
    throw new RangeError(`a gateway is written 'namespace/name' or 'namespace/name/listener', not '${text}'`);
  return { namespace, name, listener: listener ?? null };
}

/** `'0.4%'` as 0.004. @throws RangeError unless it is a percentage from 0 to 100 */
export function parsePercent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const percent = Number(match?.[1]);
  if (!match || percent > 100) throw new RangeError(`a share is written '0.4%', from 0% to 100%, not '${text}'`);
  return Number((percent / 100).toPrecision(12));
}

function secondsOrNull(duration: DurationLike | undefined): number | null {
  return duration === undefined ? null : Duration.parse(duration).seconds;
}
