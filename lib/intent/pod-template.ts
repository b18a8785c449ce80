// Generated from lib/schema/kinds/apps_v1_Deployment.json by `npm run gen:pod-template`; do not edit.
// Every field is optional, since an addition is merged with what the intent has said. Only entries of lists have fields that
// must be there: the one they are merged by, or all that Kubernetes requires where nothing is merged into them.

/** Fields of a pod's spec, as Kubernetes names them. */
export interface PodSpecAddition {
  readonly activeDeadlineSeconds?: number;
  readonly affinity?: AffinityAddition;
  readonly automountServiceAccountToken?: boolean;
  readonly containers?: readonly ContainerAddition[];
  readonly dnsConfig?: DnsConfigAddition;
  readonly dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  readonly enableServiceLinks?: boolean;
  readonly hostAliases?: readonly HostAliasAddition[];
  readonly hostIPC?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostUsers?: boolean;
  readonly hostname?: string;
  readonly hostnameOverride?: string;
  readonly imagePullSecrets?: readonly ObjectReferenceAddition[];
  readonly initContainers?: readonly ContainerAddition[];
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly os?: NamedThingAddition;
  readonly overhead?: Readonly<Record<string, string | number>>;
  readonly preemptionPolicy?: 'Never' | 'PreemptLowerPriority';
  readonly priority?: number;
  readonly priorityClassName?: string;
  readonly readinessGates?: readonly ReadinessGateAddition[];
  readonly resourceClaims?: readonly ResourceClaimAddition[];
  readonly resources?: ResourcesAddition;
  readonly restartPolicy?: 'Always' | 'Never' | 'OnFailure';
  readonly runtimeClassName?: string;
  readonly schedulerName?: string;
  readonly schedulingGates?: readonly NamedThingAddition[];
  readonly schedulingGroup?: SchedulingGroupAddition;
  readonly securityContext?: PodSecurityContextAddition;
  readonly serviceAccount?: string;
  readonly serviceAccountName?: string;
  readonly setHostnameAsFQDN?: boolean;
  readonly shareProcessNamespace?: boolean;
  readonly subdomain?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly tolerations?: readonly TolerationAddition[];
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraintAddition[];
  readonly volumes?: readonly VolumeAddition[];
}

/** `affinity`. */
export interface AffinityAddition {
  readonly nodeAffinity?: NodeAffinityAddition;
  readonly podAffinity?: PodAffinityAddition;
  readonly podAntiAffinity?: PodAffinityAddition;
}

/** `affinity.nodeAffinity`. */
export interface NodeAffinityAddition {
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTermAddition[];
  readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelectorAddition;
}

/** `affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[]`; appended. */
export interface PreferredSchedulingTermAddition {
  readonly preference: NodeSelectorTermAddition;
  readonly weight: number;
}

/** `affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference` and 1 more; appended. */
export interface NodeSelectorTermAddition {
  readonly matchExpressions?: readonly NodeSelectorRequirementAddition[];
  readonly matchFields?: readonly NodeSelectorRequirementAddition[];
}

/** `affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchFields[]` and 1 more; appended. */
export interface NodeSelectorRequirementAddition {
  readonly key: string;
  readonly operator: 'DoesNotExist' | 'Exists' | 'Gt' | 'In' | 'Lt' | 'NotIn';
  readonly values?: readonly string[];
}

/** `affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`. */
export interface NodeSelectorAddition {
  readonly nodeSelectorTerms?: readonly NodeSelectorTermAddition[];
}

/** `affinity.podAffinity`, `affinity.podAntiAffinity`. */
export interface PodAffinityAddition {
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly WeightedPodAffinityTermAddition[];
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTermAddition[];
}

/** `affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[]`; appended. */
export interface WeightedPodAffinityTermAddition {
  readonly podAffinityTerm: PodAffinityTermAddition;
  readonly weight: number;
}

/** `affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[]` and 1 more; appended. */
export interface PodAffinityTermAddition {
  readonly labelSelector?: LabelSelectorAddition;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  readonly namespaceSelector?: LabelSelectorAddition;
  readonly namespaces?: readonly string[];
  readonly topologyKey: string;
}

/** `topologySpreadConstraints[].labelSelector`, `volumes[].ephemeral.volumeClaimTemplate.spec.selector` and 3 more. */
export interface LabelSelectorAddition {
  readonly matchExpressions?: readonly LabelSelectorRequirementAddition[];
  readonly matchLabels?: Readonly<Record<string, string>>;
}

/** `affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.labelSelector.matchExpressions[]`; appended. */
export interface LabelSelectorRequirementAddition {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** `containers[]`, `initContainers[]`; merged by `name`. */
export interface ContainerAddition {
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly EnvVarAddition[];
  readonly envFrom?: readonly EnvFromAddition[];
  readonly image?: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  readonly lifecycle?: LifecycleAddition;
  readonly livenessProbe?: ProbeAddition;
  readonly name: string;
  readonly ports?: readonly ContainerPortAddition[];
  readonly readinessProbe?: ProbeAddition;
  readonly resizePolicy?: readonly ResizePolicyAddition[];
  readonly resources?: ResourcesAddition;
  readonly restartPolicy?: 'Always' | 'Never' | 'OnFailure';
  readonly restartPolicyRules?: readonly RestartPolicyRuleAddition[];
  readonly securityContext?: SecurityContextAddition;
  readonly startupProbe?: ProbeAddition;
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
  readonly terminationMessagePath?: string;
  readonly terminationMessagePolicy?: 'FallbackToLogsOnError' | 'File';
  readonly tty?: boolean;
  readonly volumeDevices?: readonly VolumeDeviceAddition[];
  readonly volumeMounts?: readonly VolumeMountAddition[];
  readonly workingDir?: string;
}

/** `containers[].env[]`; merged by `name`. */
export interface EnvVarAddition {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: EnvVarSourceAddition;
}

/** `containers[].env[].valueFrom`. */
export interface EnvVarSourceAddition {
  readonly configMapKeyRef?: KeyRefAddition;
  readonly fieldRef?: FieldRefAddition;
  readonly fileKeyRef?: FileKeyRefAddition;
  readonly resourceFieldRef?: ResourceFieldRefAddition;
  readonly secretKeyRef?: KeyRefAddition;
}

/** `containers[].env[].valueFrom.secretKeyRef`, `containers[].env[].valueFrom.configMapKeyRef`. */
export interface KeyRefAddition {
  readonly key?: string;
  readonly name?: string;
  readonly optional?: boolean;
}

/** `containers[].env[].valueFrom.fieldRef`, `volumes[].downwardAPI.items[].fieldRef`. */
export interface FieldRefAddition {
  readonly apiVersion?: string;
  readonly fieldPath?: string;
}

/** `containers[].env[].valueFrom.fileKeyRef`. */
export interface FileKeyRefAddition {
  readonly key?: string;
  readonly optional?: boolean;
  readonly path?: string;
  readonly volumeName?: string;
}

/** `containers[].env[].valueFrom.resourceFieldRef`, `volumes[].downwardAPI.items[].resourceFieldRef`. */
export interface ResourceFieldRefAddition {
  readonly containerName?: string;
  readonly divisor?: string | number;
  readonly resource?: string;
}

/** `containers[].envFrom[]`; appended. */
export interface EnvFromAddition {
  readonly configMapRef?: EnvFromSourceAddition;
  readonly prefix?: string;
  readonly secretRef?: EnvFromSourceAddition;
}

/** `containers[].envFrom[].secretRef`, `containers[].envFrom[].configMapRef`. */
export interface EnvFromSourceAddition {
  readonly name?: string;
  readonly optional?: boolean;
}

/** `containers[].lifecycle`. */
export interface LifecycleAddition {
  readonly postStart?: LifecycleHandlerAddition;
  readonly preStop?: LifecycleHandlerAddition;
  readonly stopSignal?:
    | 'SIGABRT'
    | 'SIGALRM'
    | 'SIGBUS'
    | 'SIGCHLD'
    | 'SIGCLD'
    | 'SIGCONT'
    | 'SIGFPE'
    | 'SIGHUP'
    | 'SIGILL'
    | 'SIGINT'
    | 'SIGIO'
    | 'SIGIOT'
    | 'SIGKILL'
    | 'SIGPIPE'
    | 'SIGPOLL'
    | 'SIGPROF'
    | 'SIGPWR'
    | 'SIGQUIT'
    | 'SIGRTMAX'
    | 'SIGRTMAX-1'
    | 'SIGRTMAX-10'
    | 'SIGRTMAX-11'
    | 'SIGRTMAX-12'
    | 'SIGRTMAX-13'
    | 'SIGRTMAX-14'
    | 'SIGRTMAX-2'
    | 'SIGRTMAX-3'
    | 'SIGRTMAX-4'
    | 'SIGRTMAX-5'
    | 'SIGRTMAX-6'
    | 'SIGRTMAX-7'
    | 'SIGRTMAX-8'
    | 'SIGRTMAX-9'
    | 'SIGRTMIN'
    | 'SIGRTMIN+1'
    | 'SIGRTMIN+10'
    | 'SIGRTMIN+11'
    | 'SIGRTMIN+12'
    | 'SIGRTMIN+13'
    | 'SIGRTMIN+14'
    | 'SIGRTMIN+15'
    | 'SIGRTMIN+2'
    | 'SIGRTMIN+3'
    | 'SIGRTMIN+4'
    | 'SIGRTMIN+5'
    | 'SIGRTMIN+6'
    | 'SIGRTMIN+7'
    | 'SIGRTMIN+8'
    | 'SIGRTMIN+9'
    | 'SIGSEGV'
    | 'SIGSTKFLT'
    | 'SIGSTOP'
    | 'SIGSYS'
    | 'SIGTERM'
    | 'SIGTRAP'
    | 'SIGTSTP'
    | 'SIGTTIN'
    | 'SIGTTOU'
    | 'SIGURG'
    | 'SIGUSR1'
    | 'SIGUSR2'
    | 'SIGVTALRM'
    | 'SIGWINCH'
    | 'SIGXCPU'
    | 'SIGXFSZ';
}

/** `containers[].lifecycle.preStop`, `containers[].lifecycle.postStart`. */
export interface LifecycleHandlerAddition {
  readonly exec?: ExecActionAddition;
  readonly httpGet?: HttpGetActionAddition;
  readonly sleep?: SleepActionAddition;
  readonly tcpSocket?: TcpSocketActionAddition;
}

/** `containers[].livenessProbe.exec`, `containers[].lifecycle.postStart.exec`. */
export interface ExecActionAddition {
  readonly command?: readonly string[];
}

/** `containers[].livenessProbe.httpGet`, `containers[].lifecycle.postStart.httpGet`. */
export interface HttpGetActionAddition {
  readonly host?: string;
  readonly httpHeaders?: readonly NamedValueAddition[];
  readonly path?: string;
  readonly port?: number | string;
  readonly scheme?: 'HTTP' | 'HTTPS';
}

/** `containers[].lifecycle.postStart.httpGet.httpHeaders[]`; merged by `name`. */
export interface NamedValueAddition {
  readonly name: string;
  readonly value?: string;
}

/** `containers[].lifecycle.postStart.sleep`. */
export interface SleepActionAddition {
  readonly seconds?: number;
}

/** `containers[].livenessProbe.tcpSocket`, `containers[].lifecycle.postStart.tcpSocket`. */
export interface TcpSocketActionAddition {
  readonly host?: string;
  readonly port?: number | string;
}

/** `containers[].startupProbe`, `containers[].livenessProbe`, `containers[].readinessProbe`. */
export interface ProbeAddition {
  readonly exec?: ExecActionAddition;
  readonly failureThreshold?: number;
  readonly grpc?: GrpcActionAddition;
  readonly httpGet?: HttpGetActionAddition;
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly successThreshold?: number;
  readonly tcpSocket?: TcpSocketActionAddition;
  readonly terminationGracePeriodSeconds?: number;
  readonly timeoutSeconds?: number;
}

/** `containers[].livenessProbe.grpc`. */
export interface GrpcActionAddition {
  readonly port?: number;
  readonly service?: string;
}

/** `containers[].ports[]`; merged by `name`. */
export interface ContainerPortAddition {
  readonly containerPort?: number;
  readonly hostIP?: string;
  readonly hostPort?: number;
  readonly name: string;
  readonly protocol?: 'SCTP' | 'TCP' | 'UDP';
}

/** `containers[].resizePolicy[]`; appended. */
export interface ResizePolicyAddition {
  readonly resourceName: string;
  readonly restartPolicy: 'NotRequired' | 'RestartContainer';
}

/** `resources`, `containers[].resources`. */
export interface ResourcesAddition {
  readonly claims?: readonly ResourceClaimUseAddition[];
  readonly limits?: Readonly<Record<string, string | number>>;
  readonly requests?: Readonly<Record<string, string | number>>;
}

/** `containers[].resources.claims[]`; merged by `name`. */
export interface ResourceClaimUseAddition {
  readonly name: string;
  readonly request?: string;
}

/** `containers[].restartPolicyRules[]`; appended. */
export interface RestartPolicyRuleAddition {
  readonly action: string;
  readonly exitCodes?: ExitCodesAddition;
}

/** `containers[].restartPolicyRules[].exitCodes`. */
export interface ExitCodesAddition {
  readonly operator?: string;
  readonly values?: readonly number[];
}

/** `containers[].securityContext`. */
export interface SecurityContextAddition {
  readonly allowPrivilegeEscalation?: boolean;
  readonly appArmorProfile?: SecurityProfileAddition;
  readonly capabilities?: CapabilitiesAddition;
  readonly privileged?: boolean;
  readonly procMount?: 'Default' | 'Unmasked';
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seLinuxOptions?: SeLinuxOptionsAddition;
  readonly seccompProfile?: SecurityProfileAddition;
  readonly windowsOptions?: WindowsOptionsAddition;
}

/** `securityContext.seccompProfile`, `securityContext.appArmorProfile`, `containers[].securityContext.seccompProfile` and 1 more. */
export interface SecurityProfileAddition {
  readonly localhostProfile?: string;
  readonly type?: 'Localhost' | 'RuntimeDefault' | 'Unconfined';
}

/** `containers[].securityContext.capabilities`. */
export interface CapabilitiesAddition {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
}

/** `securityContext.seLinuxOptions`, `containers[].securityContext.seLinuxOptions`. */
export interface SeLinuxOptionsAddition {
  readonly level?: string;
  readonly role?: string;
  readonly type?: string;
  readonly user?: string;
}

/** `securityContext.windowsOptions`, `containers[].securityContext.windowsOptions`. */
export interface WindowsOptionsAddition {
  readonly gmsaCredentialSpec?: string;
  readonly gmsaCredentialSpecName?: string;
  readonly hostProcess?: boolean;
  readonly runAsUserName?: string;
}

/** `containers[].volumeDevices[]`; merged by `devicePath`. */
export interface VolumeDeviceAddition {
  readonly devicePath: string;
  readonly name?: string;
}

/** `containers[].volumeMounts[]`; merged by `mountPath`. */
export interface VolumeMountAddition {
  readonly mountPath: string;
  readonly mountPropagation?: 'Bidirectional' | 'HostToContainer' | 'None';
  readonly name?: string;
  readonly readOnly?: boolean;
  readonly recursiveReadOnly?: 'Disabled' | 'IfPossible' | 'Enabled';
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

/** `dnsConfig`. */
export interface DnsConfigAddition {
  readonly nameservers?: readonly string[];
  readonly options?: readonly DnsOptionAddition[];
  readonly searches?: readonly string[];
}

/** `dnsConfig.options[]`; merged by `name`. */
export interface DnsOptionAddition {
  readonly name: string;
  readonly value?: string;
}

/** `hostAliases[]`; appended. */
export interface HostAliasAddition {
  readonly hostnames?: readonly string[];
  readonly ip: string;
}

/** `imagePullSecrets[]`, `volumes[].rbd.secretRef`, `volumes[].iscsi.secretRef`, `volumes[].cephfs.secretRef` and 5 more; merged by `name`. */
export interface ObjectReferenceAddition {
  readonly name: string;
}

/** `os`, `schedulingGates[]`; merged by `name`. */
export interface NamedThingAddition {
  readonly name: string;
}

/** `readinessGates[]`; appended. */
export interface ReadinessGateAddition {
  readonly conditionType: string;
}

/** `resourceClaims[]`; merged by `name`. */
export interface ResourceClaimAddition {
  readonly name: string;
  readonly resourceClaimName?: string;
  readonly resourceClaimTemplateName?: string;
}

/** `schedulingGroup`. */
export interface SchedulingGroupAddition {
  readonly podGroupName?: string;
}

/** `securityContext`. */
export interface PodSecurityContextAddition {
  readonly appArmorProfile?: SecurityProfileAddition;
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: 'Always' | 'OnRootMismatch';
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seLinuxChangePolicy?: string;
  readonly seLinuxOptions?: SeLinuxOptionsAddition;
  readonly seccompProfile?: SecurityProfileAddition;
  readonly supplementalGroups?: readonly number[];
  readonly supplementalGroupsPolicy?: 'Merge' | 'Strict';
  readonly sysctls?: readonly SysctlAddition[];
  readonly windowsOptions?: WindowsOptionsAddition;
}

/** `securityContext.sysctls[]`; merged by `name`. */
export interface SysctlAddition {
  readonly name: string;
  readonly value?: string;
}

/** `tolerations[]`; appended. */
export interface TolerationAddition {
  readonly effect?: 'NoExecute' | 'NoSchedule' | 'PreferNoSchedule';
  readonly key?: string;
  readonly operator?: 'Equal' | 'Exists' | 'Gt' | 'Lt';
  readonly tolerationSeconds?: number;
  readonly value?: string;
}

/** `topologySpreadConstraints[]`; appended. */
export interface TopologySpreadConstraintAddition {
  readonly labelSelector?: LabelSelectorAddition;
  readonly matchLabelKeys?: readonly string[];
  readonly maxSkew: number;
  readonly minDomains?: number;
  readonly nodeAffinityPolicy?: 'Honor' | 'Ignore';
  readonly nodeTaintsPolicy?: 'Honor' | 'Ignore';
  readonly topologyKey: string;
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
}

/** `volumes[]`; merged by `name`. */
export interface VolumeAddition {
  readonly awsElasticBlockStore?: AwsElasticBlockStoreVolumeAddition;
  readonly azureDisk?: AzureDiskVolumeAddition;
  readonly azureFile?: AzureFileVolumeAddition;
  readonly cephfs?: CephfsVolumeAddition;
  readonly cinder?: CinderVolumeAddition;
  readonly configMap?: ConfigMapVolumeAddition;
  readonly csi?: CsiVolumeAddition;
  readonly downwardAPI?: DownwardAPIVolumeAddition;
  readonly emptyDir?: EmptyDirVolumeAddition;
  readonly ephemeral?: EphemeralVolumeAddition;
  readonly fc?: FcVolumeAddition;
  readonly flexVolume?: FlexVolumeAddition;
  readonly flocker?: FlockerVolumeAddition;
  readonly gcePersistentDisk?: GcePersistentDiskVolumeAddition;
  readonly gitRepo?: GitRepoVolumeAddition;
  readonly glusterfs?: GlusterfsVolumeAddition;
  readonly hostPath?: HostPathVolumeAddition;
  readonly image?: ImageVolumeAddition;
  readonly iscsi?: IscsiVolumeAddition;
  readonly name: string;
  readonly nfs?: NfsVolumeAddition;
  readonly persistentVolumeClaim?: PersistentVolumeClaimVolumeAddition;
  readonly photonPersistentDisk?: PhotonPersistentDiskVolumeAddition;
  readonly portworxVolume?: PortworxVolumeAddition;
  readonly projected?: ProjectedVolumeAddition;
  readonly quobyte?: QuobyteVolumeAddition;
  readonly rbd?: RbdVolumeAddition;
  readonly scaleIO?: ScaleIOVolumeAddition;
  readonly secret?: SecretVolumeAddition;
  readonly storageos?: StorageosVolumeAddition;
  readonly vsphereVolume?: VsphereVolumeAddition;
}

/** `volumes[].awsElasticBlockStore`. */
export interface AwsElasticBlockStoreVolumeAddition {
  readonly fsType?: string;
  readonly partition?: number;
  readonly readOnly?: boolean;
  readonly volumeID?: string;
}

/** `volumes[].azureDisk`. */
export interface AzureDiskVolumeAddition {
  readonly cachingMode?: 'None' | 'ReadOnly' | 'ReadWrite';
  readonly diskName?: string;
  readonly diskURI?: string;
  readonly fsType?: string;
  readonly kind?: 'Dedicated' | 'Managed' | 'Shared';
  readonly readOnly?: boolean;
}

/** `volumes[].azureFile`. */
export interface AzureFileVolumeAddition {
  readonly readOnly?: boolean;
  readonly secretName?: string;
  readonly shareName?: string;
}

/** `volumes[].cephfs`. */
export interface CephfsVolumeAddition {
  readonly monitors?: readonly string[];
  readonly path?: string;
  readonly readOnly?: boolean;
  readonly secretFile?: string;
  readonly secretRef?: ObjectReferenceAddition;
  readonly user?: string;
}

/** `volumes[].cinder`. */
export interface CinderVolumeAddition {
  readonly fsType?: string;
  readonly readOnly?: boolean;
  readonly secretRef?: ObjectReferenceAddition;
  readonly volumeID?: string;
}

/** `volumes[].configMap`. */
export interface ConfigMapVolumeAddition {
  readonly defaultMode?: number;
  readonly items?: readonly KeyToPathAddition[];
  readonly name?: string;
  readonly optional?: boolean;
}

/** `volumes[].secret.items[]`, `volumes[].configMap.items[]`, `volumes[].projected.sources[].configMap.items[]`; appended. */
export interface KeyToPathAddition {
  readonly key: string;
  readonly mode?: number;
  readonly path: string;
}

/** `volumes[].csi`. */
export interface CsiVolumeAddition {
  readonly driver?: string;
  readonly fsType?: string;
  readonly nodePublishSecretRef?: ObjectReferenceAddition;
  readonly readOnly?: boolean;
  readonly volumeAttributes?: Readonly<Record<string, string>>;
}

/** `volumes[].downwardAPI`. */
export interface DownwardAPIVolumeAddition {
  readonly defaultMode?: number;
  readonly items?: readonly DownwardAPIFileAddition[];
}

/** `volumes[].downwardAPI.items[]`, `volumes[].projected.sources[].downwardAPI.items[]`; appended. */
export interface DownwardAPIFileAddition {
  readonly fieldRef?: FieldRefAddition;
  readonly mode?: number;
  readonly path: string;
  readonly resourceFieldRef?: ResourceFieldRefAddition;
}

/** `volumes[].emptyDir`. */
export interface EmptyDirVolumeAddition {
  readonly medium?: '' | 'Memory' | 'HugePages' | 'HugePages-2Mi' | 'HugePages-1Gi';
  readonly sizeLimit?: string | number;
}

/** `volumes[].ephemeral`. */
export interface EphemeralVolumeAddition {
  readonly volumeClaimTemplate?: VolumeClaimTemplateAddition;
}

/** `volumes[].ephemeral.volumeClaimTemplate`. */
export interface VolumeClaimTemplateAddition {
  readonly metadata?: ObjectMetaAddition;
  readonly spec?: VolumeClaimSpecAddition;
}

/** `volumes[].ephemeral.volumeClaimTemplate.metadata`. */
export interface ObjectMetaAddition {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly generateName?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly namespace?: string;
  readonly ownerReferences?: readonly OwnerReferenceAddition[];
  readonly resourceVersion?: string;
  readonly uid?: string;
}

/** `volumes[].ephemeral.volumeClaimTemplate.metadata.ownerReferences[]`; merged by `name`. */
export interface OwnerReferenceAddition {
  readonly apiVersion?: string;
  readonly blockOwnerDeletion?: boolean;
  readonly controller?: boolean;
  readonly kind?: string;
  readonly name: string;
  readonly uid?: string;
}

/** `volumes[].ephemeral.volumeClaimTemplate.spec`. */
export interface VolumeClaimSpecAddition {
  readonly accessModes?: readonly ('ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOnce' | 'ReadWriteOncePod')[];
  readonly dataSource?: DataSourceAddition;
  readonly dataSourceRef?: DataSourceRefAddition;
  readonly resources?: VolumeResourcesAddition;
  readonly selector?: LabelSelectorAddition;
  readonly storageClassName?: string;
  readonly volumeAttributesClassName?: string;
  readonly volumeMode?: 'Block' | 'Filesystem';
  readonly volumeName?: string;
}

/** `volumes[].ephemeral.volumeClaimTemplate.spec.dataSource`. */
export interface DataSourceAddition {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
}

/** `volumes[].ephemeral.volumeClaimTemplate.spec.dataSourceRef`. */
export interface DataSourceRefAddition {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** `volumes[].ephemeral.volumeClaimTemplate.spec.resources`. */
export interface VolumeResourcesAddition {
  readonly limits?: Readonly<Record<string, string | number>>;
  readonly requests?: Readonly<Record<string, string | number>>;
}

/** `volumes[].fc`. */
export interface FcVolumeAddition {
  readonly fsType?: string;
  readonly lun?: number;
  readonly readOnly?: boolean;
  readonly targetWWNs?: readonly string[];
  readonly wwids?: readonly string[];
}

/** `volumes[].flexVolume`. */
export interface FlexVolumeAddition {
  readonly driver?: string;
  readonly fsType?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly readOnly?: boolean;
  readonly secretRef?: ObjectReferenceAddition;
}

/** `volumes[].flocker`. */
export interface FlockerVolumeAddition {
  readonly datasetName?: string;
  readonly datasetUUID?: string;
}

/** `volumes[].gcePersistentDisk`. */
export interface GcePersistentDiskVolumeAddition {
  readonly fsType?: string;
  readonly partition?: number;
  readonly pdName?: string;
  readonly readOnly?: boolean;
}

/** `volumes[].gitRepo`. */
export interface GitRepoVolumeAddition {
  readonly directory?: string;
  readonly repository?: string;
  readonly revision?: string;
}

/** `volumes[].glusterfs`. */
export interface GlusterfsVolumeAddition {
  readonly endpoints?: string;
  readonly path?: string;
  readonly readOnly?: boolean;
}

/** `volumes[].hostPath`. */
export interface HostPathVolumeAddition {
  readonly path?: string;
  readonly type?: '' | 'BlockDevice' | 'CharDevice' | 'Directory' | 'DirectoryOrCreate' | 'File' | 'FileOrCreate' | 'Socket';
}

/** `volumes[].image`. */
export interface ImageVolumeAddition {
  readonly pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  readonly reference?: string;
}

/** `volumes[].iscsi`. */
export interface IscsiVolumeAddition {
  readonly chapAuthDiscovery?: boolean;
  readonly chapAuthSession?: boolean;
  readonly fsType?: string;
  readonly initiatorName?: string;
  readonly iqn?: string;
  readonly iscsiInterface?: string;
  readonly lun?: number;
  readonly portals?: readonly string[];
  readonly readOnly?: boolean;
  readonly secretRef?: ObjectReferenceAddition;
  readonly targetPortal?: string;
}

/** `volumes[].nfs`. */
export interface NfsVolumeAddition {
  readonly path?: string;
  readonly readOnly?: boolean;
  readonly server?: string;
}

/** `volumes[].persistentVolumeClaim`. */
export interface PersistentVolumeClaimVolumeAddition {
  readonly claimName?: string;
  readonly readOnly?: boolean;
}

/** `volumes[].photonPersistentDisk`. */
export interface PhotonPersistentDiskVolumeAddition {
  readonly fsType?: string;
  readonly pdID?: string;
}

/** `volumes[].portworxVolume`. */
export interface PortworxVolumeAddition {
  readonly fsType?: string;
  readonly readOnly?: boolean;
  readonly volumeID?: string;
}

/** `volumes[].projected`. */
export interface ProjectedVolumeAddition {
  readonly defaultMode?: number;
  readonly sources?: readonly ProjectedSourceAddition[];
}

/** `volumes[].projected.sources[]`; appended. */
export interface ProjectedSourceAddition {
  readonly clusterTrustBundle?: ClusterTrustBundleProjectionAddition;
  readonly configMap?: KeyProjectionAddition;
  readonly downwardAPI?: DownwardAPIProjectionAddition;
  readonly podCertificate?: PodCertificateProjectionAddition;
  readonly secret?: KeyProjectionAddition;
  readonly serviceAccountToken?: ServiceAccountTokenProjectionAddition;
}

/** `volumes[].projected.sources[].clusterTrustBundle`. */
export interface ClusterTrustBundleProjectionAddition {
  readonly labelSelector?: LabelSelectorAddition;
  readonly name?: string;
  readonly optional?: boolean;
  readonly path?: string;
  readonly signerName?: string;
}

/** `volumes[].projected.sources[].secret`, `volumes[].projected.sources[].configMap`. */
export interface KeyProjectionAddition {
  readonly items?: readonly KeyToPathAddition[];
  readonly name?: string;
  readonly optional?: boolean;
}

/** `volumes[].projected.sources[].downwardAPI`. */
export interface DownwardAPIProjectionAddition {
  readonly items?: readonly DownwardAPIFileAddition[];
}

/** `volumes[].projected.sources[].podCertificate`. */
export interface PodCertificateProjectionAddition {
  readonly certificateChainPath?: string;
  readonly credentialBundlePath?: string;
  readonly keyPath?: string;
  readonly keyType?: string;
  readonly maxExpirationSeconds?: number;
  readonly signerName?: string;
  readonly userAnnotations?: Readonly<Record<string, string>>;
}

/** `volumes[].projected.sources[].serviceAccountToken`. */
export interface ServiceAccountTokenProjectionAddition {
  readonly audience?: string;
  readonly expirationSeconds?: number;
  readonly path?: string;
}

/** `volumes[].quobyte`. */
export interface QuobyteVolumeAddition {
  readonly group?: string;
  readonly readOnly?: boolean;
  readonly registry?: string;
  readonly tenant?: string;
  readonly user?: string;
  readonly volume?: string;
}

/** `volumes[].rbd`. */
export interface RbdVolumeAddition {
  readonly fsType?: string;
  readonly image?: string;
  readonly keyring?: string;
  readonly monitors?: readonly string[];
  readonly pool?: string;
  readonly readOnly?: boolean;
  readonly secretRef?: ObjectReferenceAddition;
  readonly user?: string;
}

/** `volumes[].scaleIO`. */
export interface ScaleIOVolumeAddition {
  readonly fsType?: string;
  readonly gateway?: string;
  readonly protectionDomain?: string;
  readonly readOnly?: boolean;
  readonly secretRef?: ObjectReferenceAddition;
  readonly sslEnabled?: boolean;
  readonly storageMode?: string;
  readonly storagePool?: string;
  readonly system?: string;
  readonly volumeName?: string;
}

/** `volumes[].secret`. */
export interface SecretVolumeAddition {
  readonly defaultMode?: number;
  readonly items?: readonly KeyToPathAddition[];
  readonly optional?: boolean;
  readonly secretName?: string;
}

/** `volumes[].storageos`. */
export interface StorageosVolumeAddition {
  readonly fsType?: string;
  readonly readOnly?: boolean;
  readonly secretRef?: ObjectReferenceAddition;
  readonly volumeName?: string;
  readonly volumeNamespace?: string;
}

/** `volumes[].vsphereVolume`. */
export interface VsphereVolumeAddition {
  readonly fsType?: string;
  readonly storagePolicyID?: string;
  readonly storagePolicyName?: string;
  readonly volumePath?: string;
}
