import type { ResolvedIntent, ResolvedWorkload } from '../../intent/resolved.ts';
import { RELEASE_LABEL, REVISION_LABEL } from '../../lock/labels.ts';
import { given } from '../../schema/given.ts';
import type { KubeObject, Problem } from '../../schema/index.ts';
import { releasedContainer, sidecarContainer } from './container.ts';
import { everyRevision } from './metadata.ts';
import { podSecurity } from './security.ts';
import { podVolumes } from './volumes.ts';

const NODE = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

/** The pod of a revision as the intent's own words give it. */
export function podSpec(intent: ResolvedIntent, configMaps: ReadonlyMap<string, KubeObject>, problems: Problem[]): object {
  const { release, workload } = intent;
  const configNames = (config: string) => configMaps.get(config)?.metadata.name ?? null;
  const volumes = podVolumes(workload, configMaps, problems);
  const sidecars = (init: boolean) =>
    workload.sidecars.filter((sidecar) => sidecar.init === init).map((sidecar) => sidecarContainer(sidecar, workload, configNames));
  const initContainers = sidecars(true);
  return {
    ...(initContainers.length > 0 ? { initContainers } : {}),
    containers: [releasedContainer(intent, volumes, configNames), ...sidecars(false)],
    ...(volumes.volumes.length > 0 ? { volumes: volumes.volumes } : {}),
    ...given({ serviceAccountName: workload.serviceAccount }),
    automountServiceAccountToken: workload.mountToken,
    // the environment must not depend on which Services were there before the pod
    enableServiceLinks: false,
    securityContext: podSecurity(workload.security),
    terminationGracePeriodSeconds: workload.shutdown.graceSeconds,
    topologySpreadConstraints: [spread(release, NODE, workload.spread), spread(release, ZONE, 'prefer')],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [apartFromOtherRevisions(release)] } },
  };
}

/** Each revision by itself: a candidate's pods are spread even where stable has filled the nodes evenly. */
function spread(release: string, topologyKey: string, strictness: ResolvedWorkload['spread']): object {
  return {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: strictness === 'require' ? 'DoNotSchedule' : 'ScheduleAnyway',
    labelSelector: { matchLabels: { [RELEASE_LABEL]: release } },
    matchLabelKeys: [REVISION_LABEL],
  };
}

/** All revisions together: candidate and stable must not share one node only, or its faults look like the candidate's. */
function apartFromOtherRevisions(release: string): object {
  return { weight: 50, podAffinityTerm: { topologyKey: NODE, labelSelector: everyRevision(release) } };
}
