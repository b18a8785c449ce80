// Where the strict schemas and the API server judge differently, and why. Complete: the test knows no other, and no old one.

export interface Disagreement {
  /** Who alone says no. */
  readonly refusedBy: 'lint' | 'server';
  readonly reason: string;
  /** `apiVersion Kind`; each has all of the cases. */
  readonly kinds: readonly string[];
  /** The mistake and where it is; `POD` is the spec of the pods that the object leads to. */
  readonly cases: readonly string[];
}

const ARGO = 'argoproj.io/v1alpha1';
const ANALYSES = [`${ARGO} AnalysisRun`, `${ARGO} AnalysisTemplate`, `${ARGO} ClusterAnalysisTemplate`];
const ARGO_PODS = [...ANALYSES, `${ARGO} Experiment`, `${ARGO} Rollout`];
const WORKLOADS = ['apps/v1 DaemonSet', 'apps/v1 Deployment', 'apps/v1 StatefulSet'];
const PODS = [...WORKLOADS, 'batch/v1 CronJob', 'batch/v1 Job'];
const AFFINITY = 'POD/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/0/podAffinityTerm';

const LATER = 'The server takes it; what the controller makes of it is refused later.';
const RELATED = 'Fields depend on each other, which the schemas do not say; the server does, and rules of tidegate lint say part of it.';

export const DISAGREEMENTS: readonly Disagreement[] = [
  {
    refusedBy: 'lint',
    reason: 'An object without a spec says nothing; no controller acts on it.',
    kinds: [
      'flagger.app/v1beta1 AlertProvider',
      'flagger.app/v1beta1 Canary',
      'flagger.app/v1beta1 MetricTemplate',
      'kustomize.toolkit.fluxcd.io/v1 Kustomization',
      'networking.istio.io/v1 DestinationRule',
      'networking.istio.io/v1 Gateway',
      'networking.istio.io/v1 VirtualService',
      'networking.istio.io/v1beta1 DestinationRule',
      'networking.istio.io/v1beta1 Gateway',
      'networking.istio.io/v1beta1 VirtualService',
      'networking.k8s.io/v1 NetworkPolicy',
      'policy/v1 PodDisruptionBudget',
    ],
    cases: ['missing /spec'],
  },
  {
    refusedBy: 'lint',
    reason: 'A budget without a limit protects nothing, and the server leaves its name unchecked.',
    kinds: ['policy/v1 PodDisruptionBudget'],
    cases: ['bad text /metadata/name', 'missing /spec/maxUnavailable'],
  },
  {
    refusedBy: 'lint',
    reason: "Required by Kubernetes' published schema; the server reads what is missing as nothing or 0, which is not what was meant.",
    kinds: PODS,
    cases: [
      'missing POD/containers/0/lifecycle/preStop/sleep/seconds',
      'missing POD/containers/0/readinessProbe/httpGet/httpHeaders/0/value',
    ],
  },
  {
    refusedBy: 'lint',
    reason: "Required by Kubernetes' published schema; the server takes a policy without rules for none.",
    kinds: ['batch/v1 Job'],
    cases: ['missing /spec/podFailurePolicy/rules'],
  },
  {
    refusedBy: 'lint',
    reason: "Required by Kubernetes' published schema; the server takes a policy without rules for none.",
    kinds: ['batch/v1 CronJob'],
    cases: ['missing /spec/jobTemplate/spec/podFailurePolicy/rules'],
  },
  { refusedBy: 'lint', reason: 'The kubelet cannot mount it.', kinds: PODS, cases: ['bad text POD/volumes/1/emptyDir/medium'] },
  { refusedBy: 'lint', reason: LATER, kinds: ['batch/v1 CronJob'], cases: ['bad text /spec/jobTemplate/metadata/labels/app'] },
  {
    refusedBy: 'lint',
    reason: LATER,
    kinds: [`${ARGO} Rollout`],
    cases: ['bad text /spec/selector/matchLabels/app', 'bad text /spec/template/metadata/labels/app'],
  },
  {
    refusedBy: 'lint',
    reason: LATER,
    kinds: [`${ARGO} Experiment`],
    cases: ['bad text /spec/templates/0/selector/matchLabels/app', 'bad text /spec/templates/0/template/metadata/labels/app'],
  },
  {
    refusedBy: 'lint',
    reason: LATER,
    kinds: ANALYSES,
    cases: [
      'bad text /spec/metrics/2/provider/job/metadata/labels/app',
      'bad text /spec/metrics/2/provider/job/spec/template/metadata/labels/app',
      'bad text POD/restartPolicy',
    ],
  },
  {
    refusedBy: 'lint',
    reason: "Argo's definition takes any text and leaves it to its controller, which fails the analysis.",
    kinds: ANALYSES,
    cases: [
      'bad text /spec/metrics/0/inconclusiveLimit',
      'bad text /spec/metrics/0/initialDelay',
      'bad text /spec/metrics/0/interval',
      'bad text /spec/metrics/1/count',
      'bad text /spec/metrics/1/provider/web/method',
    ],
  },
  {
    refusedBy: 'lint',
    reason: "Argo's definition takes any text and leaves it to its controller, which fails the experiment.",
    kinds: [`${ARGO} Experiment`],
    cases: ['bad text /spec/duration'],
  },
  {
    refusedBy: 'lint',
    reason: "A metric has one provider, which Argo's controller checks.",
    kinds: ANALYSES,
    cases: [
      'missing /spec/metrics/0/provider/prometheus',
      'missing /spec/metrics/1/provider/web',
      'missing /spec/metrics/2/provider/job',
      'missing /spec/metrics/3/provider/plugin',
    ],
  },
  {
    refusedBy: 'lint',
    reason: LATER,
    kinds: ARGO_PODS,
    cases: [
      `bad text ${AFFINITY}/labelSelector/matchExpressions/0/key`,
      `bad text ${AFFINITY}/labelSelector/matchExpressions/0/operator`,
      `bad text ${AFFINITY}/labelSelector/matchExpressions/0/values/0`,
      `bad text ${AFFINITY}/topologyKey`,
      'bad text POD/containers/0/env/1/valueFrom/fieldRef/fieldPath',
      'bad text POD/containers/0/env/2/valueFrom/secretKeyRef/key',
      'bad text POD/containers/0/env/2/valueFrom/secretKeyRef/name',
      'bad text POD/containers/0/env/3/valueFrom/resourceFieldRef/resource',
      'bad text POD/containers/0/envFrom/0/configMapRef/name',
      'bad text POD/containers/0/name',
      'bad text POD/containers/0/ports/0/name',
      'bad text POD/containers/0/ports/0/protocol',
      'bad text POD/containers/0/readinessProbe/httpGet/httpHeaders/0/name',
      'bad text POD/containers/0/readinessProbe/httpGet/scheme',
      'bad text POD/containers/0/securityContext/seccompProfile/type',
      'bad text POD/containers/0/startupProbe/httpGet/port',
      'bad text POD/initContainers/0/name',
      'bad text POD/initContainers/0/restartPolicy',
      'bad text POD/priorityClassName',
      'bad text POD/securityContext/seccompProfile/type',
      'bad text POD/serviceAccountName',
      'bad text POD/tolerations/0/effect',
      'bad text POD/tolerations/0/key',
      'bad text POD/tolerations/0/operator',
      'bad text POD/topologySpreadConstraints/0/labelSelector/matchLabels/app',
      'bad text POD/topologySpreadConstraints/0/matchLabelKeys/0',
      'bad text POD/topologySpreadConstraints/0/nodeTaintsPolicy',
      'bad text POD/topologySpreadConstraints/0/whenUnsatisfiable',
      'missing POD/containers/0/env/1/valueFrom/fieldRef',
      'missing POD/containers/0/env/2/valueFrom/secretKeyRef',
      'missing POD/containers/0/env/2/valueFrom/secretKeyRef/name',
      'missing POD/containers/0/env/3/valueFrom/resourceFieldRef',
      'missing POD/containers/0/envFrom/0/configMapRef',
      'missing POD/containers/0/envFrom/0/configMapRef/name',
      'missing POD/containers/0/image',
      'missing POD/containers/0/lifecycle/preStop/sleep',
      'missing POD/containers/0/livenessProbe/grpc',
      'missing POD/containers/0/readinessProbe/httpGet',
      'missing POD/containers/0/startupProbe/httpGet',
      'missing POD/initContainers/0/image',
      'missing POD/initContainers/0/startupProbe/tcpSocket',
    ],
  },
  {
    refusedBy: 'server',
    reason: 'It compiles CEL expressions.',
    kinds: ['admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy'],
    cases: [
      'bad text /spec/auditAnnotations/0/valueExpression',
      'bad text /spec/matchConditions/0/expression',
      'bad text /spec/validations/0/expression',
      'bad text /spec/variables/0/expression',
      'bad text /spec/variables/0/name',
      'missing /spec/variables',
    ],
  },
  {
    refusedBy: 'server',
    reason: 'It judges the key together with the name of the policy.',
    kinds: ['admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy'],
    cases: ['bad text /spec/auditAnnotations/0/key'],
  },
  {
    refusedBy: 'server',
    reason: 'A policy needs them, a binding, which has the same field, does not.',
    kinds: ['admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy'],
    cases: ['missing /spec/matchConstraints/resourceRules'],
  },
  { refusedBy: 'server', reason: 'It knows the time zones.', kinds: ['batch/v1 CronJob'], cases: ['bad text /spec/timeZone'] },
  {
    refusedBy: 'server',
    reason: 'Which kinds may lack a group is known to the server.',
    kinds: ['autoscaling/v2 HorizontalPodAutoscaler'],
    cases: ['bad text /spec/scaleTargetRef/apiVersion'],
  },
  {
    refusedBy: 'server',
    reason: 'A CEL rule of the definition that the schemas have no words for.',
    kinds: ['gateway.networking.k8s.io/v1 GRPCRoute'],
    cases: ['bad text /spec/rules/0/matches/0/method/method', 'bad text /spec/rules/0/matches/0/method/service'],
  },
  {
    refusedBy: 'server',
    reason: 'A CEL rule of the definition that the schemas have no words for.',
    kinds: ['gateway.networking.k8s.io/v1 HTTPRoute'],
    cases: [
      'bad text /spec/rules/0/matches/0/path/value',
      'missing /spec/rules/0/filters/1/requestMirror/backendRef/port',
      'missing /spec/rules/0/filters/2/urlRewrite/path/replacePrefixMatch',
    ],
  },
  {
    refusedBy: 'server',
    reason: 'A CEL rule of the definition that the schemas have no words for.',
    kinds: ['gateway.networking.k8s.io/v1 GRPCRoute', 'gateway.networking.k8s.io/v1 HTTPRoute'],
    cases: ['missing /spec/rules/0/backendRefs/0/port'],
  },
  {
    refusedBy: 'server',
    reason: 'A CEL rule of the definition that the schemas have no words for.',
    kinds: ['gateway.networking.k8s.io/v1 Gateway'],
    cases: ['missing /spec/listeners/0/tls/certificateRefs'],
  },
  {
    refusedBy: 'server',
    reason: 'A CEL rule of the definition that the schemas have no words for.',
    kinds: ['networking.istio.io/v1 ServiceEntry', 'networking.istio.io/v1beta1 ServiceEntry'],
    cases: ['missing /spec/resolution'],
  },
  {
    refusedBy: 'server',
    reason: RELATED,
    kinds: WORKLOADS,
    cases: ['missing /spec/selector/matchLabels', 'missing /spec/template/metadata', 'missing /spec/template/metadata/labels'],
  },
  {
    refusedBy: 'server',
    reason: RELATED,
    kinds: PODS,
    cases: [
      'bad text POD/containers/0/volumeMounts/0/name',
      `missing ${AFFINITY}/labelSelector/matchExpressions/0/values`,
      'missing POD/initContainers/0/restartPolicy',
      'missing POD/tolerations/0/effect',
      'missing POD/topologySpreadConstraints/0/labelSelector',
      'missing POD/volumes',
    ],
  },
  { refusedBy: 'server', reason: RELATED, kinds: ['batch/v1 CronJob', 'batch/v1 Job'], cases: ['missing POD/restartPolicy'] },
  {
    refusedBy: 'server',
    reason: 'It makes volumes and claims of the templates and judges those.',
    kinds: ['apps/v1 StatefulSet'],
    cases: [
      'bad text /spec/volumeClaimTemplates/0/metadata/name',
      'missing /spec/volumeClaimTemplates/0/metadata',
      'missing /spec/volumeClaimTemplates/0/metadata/name',
      'missing /spec/volumeClaimTemplates/0/spec',
    ],
  },
  {
    refusedBy: 'server',
    reason: RELATED,
    kinds: ['networking.k8s.io/v1 Ingress'],
    cases: ['missing /spec/rules', 'missing /spec/rules/0/http/paths/0/path'],
  },
  {
    refusedBy: 'server',
    reason: RELATED,
    kinds: ['networking.k8s.io/v1 NetworkPolicy'],
    cases: [
      'missing /spec/egress/0/ports/0/port',
      'missing /spec/egress/0/to/0/ipBlock',
      'missing /spec/ingress/0/from/0/namespaceSelector',
    ],
  },
  {
    refusedBy: 'server',
    reason: RELATED,
    kinds: ['rbac.authorization.k8s.io/v1 ClusterRole'],
    cases: ['missing /aggregationRule/clusterRoleSelectors'],
  },
  {
    refusedBy: 'server',
    reason: RELATED,
    kinds: ['rbac.authorization.k8s.io/v1 ClusterRole', 'rbac.authorization.k8s.io/v1 Role'],
    cases: ['missing /rules/0/apiGroups', 'missing /rules/0/resources'],
  },
  {
    refusedBy: 'server',
    reason: RELATED,
    kinds: ['rbac.authorization.k8s.io/v1 ClusterRoleBinding'],
    cases: ['missing /subjects/0/namespace'],
  },
  {
    refusedBy: 'server',
    reason: 'What may be a name depends on the kind of the subject.',
    kinds: ['rbac.authorization.k8s.io/v1 ClusterRoleBinding', 'rbac.authorization.k8s.io/v1 RoleBinding'],
    cases: ['bad text /subjects/0/name'],
  },
  { refusedBy: 'server', reason: RELATED, kinds: ['v1 Service'], cases: ['missing /spec/ports'] },
];
