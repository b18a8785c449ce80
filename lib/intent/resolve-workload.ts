import { given } from '../schema/given.ts';
import { DEFAULTS, defaultFor } from './defaults.ts';
import { Duration } from './duration.ts';
import { parseImage } from './image.ts';
import { parseQuantity } from './quantity.ts';
import type { ReleaseIntent } from './release.ts';
import type {
  ResolvedPort,
  ResolvedProbe,
  ResolvedResources,
  ResolvedSidecar,
  ResolvedVolume,
  ResolvedWorkload,
  Scale,
} from './resolved.ts';
import type { Probe, Resources, Sidecar, Volume } from './workload.ts';

type ProbeName = 'startup' | 'readiness' | 'liveness';

/** Everything that is part of a revision. */
export function resolveWorkload(intent: ReleaseIntent, ports: readonly ResolvedPort[]): ResolvedWorkload {
  const probe = (name: ProbeName) => {
    const written = intent.probes[name];
    return written ? resolveProbe(name, written, ports) : null;
  };
  return {
    image: parseImage(intent.image),
    command: intent.command ?? null,
    args: intent.args ?? null,
    ports,
    probes: {
      startup: probe('startup'),
      readiness: resolveProbe('readiness', intent.probes.readiness, ports),
      liveness: probe('liveness'),
    },
    resources: resolveResources(intent.resources),
    env: intent.env ?? {},
    config: entries(intent.config).map(([name, { data, mountPath, env }]) => ({
      name,
      data,
      mountPath: mountPath ?? null,
      env: env ?? DEFAULTS['Config.env'] !== 'false',
    })),
    secrets: (intent.secrets ?? []).map(({ name, mountPath, env }) => ({
      name,
      mountPath: mountPath ?? null,
      env: env ?? DEFAULTS['SecretUse.env'] !== 'false',
    })),
    volumes: entries(intent.volumes).map(([name, volume]) => resolveVolume(name, volume)),
    serviceAccount: intent.serviceAccount ?? null,
    mountToken: intent.mountToken ?? DEFAULTS['ReleaseIntent.mountToken'] !== 'false',
    security: {
      runAsUser: intent.security?.runAsUser ?? null,
      runAsGroup: intent.security?.runAsGroup ?? null,
      fsGroup: intent.security?.fsGroup ?? null,
      readOnlyRootFilesystem: intent.security?.readOnlyRootFilesystem ?? DEFAULTS['Security.readOnlyRootFilesystem'] === 'true',
    },
    shutdown: resolveShutdown(intent.shutdown),
    spread: intent.spread ?? DEFAULTS['ReleaseIntent.spread'],
    sidecars: entries(intent.sidecars).map(([name, sidecar]) => resolveSidecar(name, sidecar, ports)),
    podTemplate: intent.podTemplate ?? {},
  };
}

/** Ports in the order written: the first is where requests go. */
export function resolvePorts(ports: ReleaseIntent['ports']): readonly ResolvedPort[] {
  return Object.entries(ports).map(([name, port], index) => {
    const { container, service, appProtocol } =
      typeof port === 'number' ? { container: port, service: undefined, appProtocol: undefined } : port;
    return {
      name,
      container,
      service: service ?? (index === 0 ? 80 : container),
      appProtocol: appProtocol ?? DEFAULTS['Port.appProtocol'],
    };
  });
}

export function resolveScale(intent: ReleaseIntent): Scale {
  if (!intent.autoscale) return { kind: 'fixed', replicas: intent.replicas ?? Number(DEFAULTS['ReleaseIntent.replicas']) };
  const { min, max, cpu, memory, custom } = intent.autoscale;
  return {
    kind: 'autoscale',
    min,
    max,
    cpu: cpu ?? null,
    memory: memory ?? null,
    custom: (custom ?? []).map(({ metric, average }) => ({ metric, average: parseQuantity(average).text })),
  };
}

function resolveProbe(name: ProbeName, probe: Probe, ports: readonly ResolvedPort[]): ResolvedProbe {
  return {
    check: resolveCheck(probe, ports),
    everySeconds: Duration.parse(probe.every ?? defaultFor('Probe.every', name)).seconds,
    timeoutSeconds: Duration.parse(probe.timeout ?? defaultFor('Probe.timeout', name)).seconds,
    failures: probe.failures ?? Number(defaultFor('Probe.failures', name)),
  };
}

function resolveCheck({ http, grpc, tcp, exec }: Probe, ports: readonly ResolvedPort[]): ResolvedProbe['check'] {
  const first = ports[0]?.name ?? '';
  if (http) return { http: { path: http.path, port: http.port ?? first, headers: http.headers ?? {} } };
  if (grpc) {
    const port = ports.find((candidate) => candidate.name === (grpc.port ?? first));
    return { grpc: { port: port?.container ?? 0, service: grpc.service ?? null } };
  }
  if (exec) return { exec: { command: exec.command } };
  return { tcp: { port: tcp?.port ?? first } };
}

export function resolveResources({ requests, limits }: Resources): ResolvedResources {
  return {
    requests: { cpu: parseQuantity(requests.cpu).text, memory: parseQuantity(requests.memory).text },
    limits: { cpu: limits.cpu === undefined ? null : parseQuantity(limits.cpu).text, memory: parseQuantity(limits.memory).text },
  };
}

function resolveVolume(name: string, { mountPath, readOnly, emptyDir, claim, configMap, overriddenBy, token }: Volume): ResolvedVolume {
  const base = { name, mountPath, readOnly: readOnly ?? DEFAULTS['Volume.readOnly'] !== 'false' };
  if (claim !== undefined) return { ...base, source: { claim } };
  if (configMap !== undefined) return { ...base, source: { configMap, ...given({ overriddenBy }) } };
  if (token) {
    const expires = Duration.parse(token.expires ?? DEFAULTS['IdentityToken.expires']);
    return { ...base, source: { token: { audience: token.audience, expiresSeconds: expires.seconds } } };
  }
  const sizeLimit = emptyDir?.sizeLimit === undefined ? null : parseQuantity(emptyDir.sizeLimit).text;
  return { ...base, source: { emptyDir: { sizeLimit, memory: emptyDir?.memory ?? DEFAULTS['EmptyDir.memory'] !== 'false' } } };
}

function resolveSidecar(name: string, sidecar: Sidecar, ports: readonly ResolvedPort[]): ResolvedSidecar {
  const own = Object.entries(sidecar.ports ?? {}).map(([port, container]) => ({ name: port, container }));
  const reachable = [...own.map((port) => ({ ...port, service: port.container, appProtocol: 'http' })), ...ports];
  return {
    name,
    image: parseImage(sidecar.image),
    init: sidecar.init ?? DEFAULTS['Sidecar.init'] !== 'false',
    command: sidecar.command ?? null,
    args: sidecar.args ?? null,
    env: sidecar.env ?? {},
    ports: own,
    resources: resolveResources(sidecar.resources),
    readiness: sidecar.readiness ? resolveProbe('readiness', sidecar.readiness, reachable) : null,
    mounts: Object.entries(sidecar.mounts ?? {}).map(([volume, mountPath]) => ({ volume, mountPath })),
  };
}

/** How a pod leaves, in whole seconds. */
export function resolveShutdown(shutdown: ReleaseIntent['shutdown']): ResolvedWorkload['shutdown'] {
  const preStop = Duration.parse(shutdown?.preStop ?? DEFAULTS['Shutdown.preStop']).seconds;
  const drain = Duration.parse(shutdown?.drain ?? DEFAULTS['Shutdown.drain']).seconds;
  const [margin = 0, least = 0] = (DEFAULTS['Shutdown.grace'].match(/\d+s/g) ?? []).map((text) => Duration.parse(text).seconds);
  const grace = shutdown?.grace === undefined ? Math.max(preStop + drain + margin, least) : Duration.parse(shutdown.grace).seconds;
  return { preStopSeconds: preStop, drainSeconds: drain, graceSeconds: grace };
}

/** In the order of their names, so that the order written changes nothing. */
function entries<T>(record: Readonly<Record<string, T>> | undefined): [string, T][] {
  return Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
