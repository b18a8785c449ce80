import { formatImage } from '../../intent/image.ts';
import type { ResolvedIntent, ResolvedPort, ResolvedResources, ResolvedSidecar, ResolvedWorkload } from '../../intent/resolved.ts';
import { given } from '../../schema/given.ts';
import { type ConfigNames, environment } from './env.ts';
import { probe } from './probe.ts';
import { containerSecurity } from './security.ts';
import { type PodVolumes, sidecarMounts } from './volumes.ts';

/** The released container; it has the release's name. */
export function releasedContainer(
  { release, workload }: ResolvedIntent,
  { mounts, envFrom }: PodVolumes,
  configNames: ConfigNames,
): object {
  const { startup, readiness, liveness } = workload.probes;
  return {
    ...image(workload, release),
    ports: containerPorts(workload.ports),
    ...filled({ envFrom, env: environment(workload.env, configNames), volumeMounts: mounts }),
    resources: containerResources(workload.resources),
    ...given({
      startupProbe: startup && probe(startup),
      readinessProbe: probe(readiness),
      livenessProbe: liveness && probe(liveness),
    }),
    lifecycle: stopLate(workload),
    securityContext: containerSecurity(workload.security.readOnlyRootFilesystem),
  };
}

/** A container before the released one, or beside it: then it stays as long as requests may still come. */
export function sidecarContainer(sidecar: ResolvedSidecar, workload: ResolvedWorkload, configNames: ConfigNames): object {
  return {
    ...image(sidecar, sidecar.name),
    ...filled({
      ports: containerPorts(sidecar.ports),
      env: environment(sidecar.env, configNames),
      volumeMounts: sidecarMounts(sidecar.mounts, workload.volumes),
    }),
    resources: containerResources(sidecar.resources),
    ...(sidecar.init ? {} : given({ readinessProbe: sidecar.readiness && probe(sidecar.readiness), lifecycle: stopLate(workload) })),
    securityContext: containerSecurity(workload.security.readOnlyRootFilesystem),
  };
}

/** What a digest names never changes, so it is pulled once per node. */
function image({ image, command, args }: Pick<ResolvedSidecar, 'image' | 'command' | 'args'>, name: string): object {
  return { name, image: formatImage(image), imagePullPolicy: 'IfNotPresent', ...given({ command, args }) };
}

/** The kubelet sleeps, not the container: images without a shell drain as well. */
const stopLate = ({ shutdown }: ResolvedWorkload): object => ({ preStop: { sleep: { seconds: shutdown.preStopSeconds } } });

function containerPorts(ports: readonly Pick<ResolvedPort, 'name' | 'container'>[]): object[] {
  return [...ports]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, container }) => ({ name, containerPort: container, protocol: 'TCP' }));
}

export function containerResources({ requests, limits }: ResolvedResources): object {
  return { requests: { ...requests }, limits: given({ ...limits }) };
}

/** Lists that have something in them. */
function filled(lists: Readonly<Record<string, readonly object[]>>): object {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
