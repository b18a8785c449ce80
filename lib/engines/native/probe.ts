import type { ResolvedProbe } from '../../intent/resolved.ts';

/** A probe as Kubernetes writes it; everything that decides is said, nothing is left to its defaults. */
export function probe({ check, everySeconds, timeoutSeconds, failures }: ResolvedProbe): object {
  return { ...handler(check), periodSeconds: everySeconds, timeoutSeconds, failureThreshold: failures };
}

function handler(check: ResolvedProbe['check']): object {
  if ('http' in check) {
    const { path, port, headers } = check.http;
    const httpHeaders = Object.entries(headers)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value }));
    return { httpGet: { path, port, ...(httpHeaders.length > 0 ? { httpHeaders } : {}) } };
  }
  if ('grpc' in check) {
    const { port, service } = check.grpc;
    return { grpc: { port, ...(service === null ? {} : { service }) } };
  }
  if ('tcp' in check) return { tcpSocket: { port: check.tcp.port } };
  return { exec: { command: check.exec.command } };
}
