/**
 * Names of types, by `Type.field`, where the field's own name would mislead: too general, or shared by several things.
 * Else a type is called as the first field that has it, in the singular. `Addition` follows all of them.
 */
export const NAMES: Readonly<Record<string, string>> = {
  'NodeAffinity.preferredDuringSchedulingIgnoredDuringExecution': 'PreferredSchedulingTerm',
  'NodeAffinity.requiredDuringSchedulingIgnoredDuringExecution': 'NodeSelector',
  'PreferredSchedulingTerm.preference': 'NodeSelectorTerm',
  'NodeSelectorTerm.matchExpressions': 'NodeSelectorRequirement',
  'PodAffinity.preferredDuringSchedulingIgnoredDuringExecution': 'WeightedPodAffinityTerm',
  'LabelSelector.matchExpressions': 'LabelSelectorRequirement',
  'Container.env': 'EnvVar',
  'EnvVar.valueFrom': 'EnvVarSource',
  'EnvVarSource.configMapKeyRef': 'KeyRef',
  'EnvFrom.configMapRef': 'EnvFromSource',
  'Container.livenessProbe': 'Probe',
  'Container.ports': 'ContainerPort',
  'Lifecycle.postStart': 'LifecycleHandler',
  'LifecycleHandler.exec': 'ExecAction',
  'LifecycleHandler.httpGet': 'HttpGetAction',
  'LifecycleHandler.sleep': 'SleepAction',
  'LifecycleHandler.tcpSocket': 'TcpSocketAction',
  'HttpGetAction.httpHeaders': 'NamedValue',
  'Probe.grpc': 'GrpcAction',
  'Resources.claims': 'ResourceClaimUse',
  'SecurityContext.appArmorProfile': 'SecurityProfile',
  'DnsConfig.options': 'DnsOption',
  'PodSpec.hostAliases': 'HostAlias',
  'PodSpec.imagePullSecrets': 'ObjectReference',
  'PodSpec.os': 'NamedThing',
  'PodSpec.securityContext': 'PodSecurityContext',
  'ConfigMapVolume.items': 'KeyToPath',
  'DownwardAPIVolume.items': 'DownwardAPIFile',
  'VolumeClaimTemplate.metadata': 'ObjectMeta',
  'VolumeClaimTemplate.spec': 'VolumeClaimSpec',
  'VolumeClaimSpec.resources': 'VolumeResources',
  'ProjectedVolume.sources': 'ProjectedSource',
  'ProjectedSource.configMap': 'KeyProjection',
};

/** What follows a name made from a field of these types, since the field's name is that of another thing. */
export const SUFFIXES: Readonly<Record<string, string>> = { Volume: 'Volume', ProjectedSource: 'Projection' };
