// Objects of the kinds that corpus.ts leaves out: what stands around releases, and what other tools' releases are.
import type { KubeObject } from '../../lib/schema/kube.ts';
import { ANALYSIS_TEMPLATE, DEPLOYMENT, ROLE, ROLE_BINDING } from './corpus.ts';

type Fields = Readonly<Record<string, unknown>>;

const metadata = { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { 'example.com/note': 'text' } };
const { namespace: _, ...clusterMetadata } = metadata;
const LABELS = { app: 'web' };
const selector = { matchLabels: LABELS };
const { replicas: __, strategy: ___, ...workload } = DEPLOYMENT.spec as Fields;
const deployed = { selector: workload.selector, template: workload.template, minReadySeconds: 5, revisionHistoryLimit: 2 };

const object = (apiVersion: string, kind: string, spec: Fields): KubeObject => ({ apiVersion, kind, metadata, spec });
const both = (kind: string, spec: Fields): readonly KubeObject[] =>
  ['v1', 'v1beta1'].map((version) => object(`networking.istio.io/${version}`, kind, spec));

const BUILT_IN: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      ...clusterMetadata,
      labels: { 'istio-injection': 'enabled' },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: 'tenant',
          uid: '0b5b8b1e-5b0a-4c53-9a58-3b6d6ab7b8f1',
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec: { finalizers: ['kubernetes'] },
  },
  {
    ...object('v1', 'Pod', {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'web',
          image: 'registry.example.com/web:1',
          imagePullPolicy: 'Always',
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
          readinessProbe: { httpGet: { path: '/readyz', port: 'http', scheme: 'HTTP' }, periodSeconds: 2 },
        },
      ],
      tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }],
    }),
  },
  object('apps/v1', 'DaemonSet', { ...deployed, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } } }),
  object('apps/v1', 'StatefulSet', {
    ...deployed,
    replicas: 3,
    serviceName: 'web',
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    volumeClaimTemplates: [
      { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    ],
  }),
  { ...ROLE, kind: 'ClusterRole', metadata: clusterMetadata, aggregationRule: { clusterRoleSelectors: [selector] } },
  {
    ...ROLE_BINDING,
    kind: 'ClusterRoleBinding',
    metadata: clusterMetadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: clusterMetadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: selector,
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'], scope: 'Namespaced' },
        ],
      },
      matchConditions: [{ name: 'not-us', expression: "request.userInfo.username != 'us'" }],
      variables: [{ name: 'replicas', expression: 'object.spec.replicas' }],
      validations: [{ expression: 'variables.replicas <= 5', message: 'at most 5', reason: 'Invalid' }],
      auditAnnotations: [{ key: 'replicas', valueExpression: 'string(variables.replicas)' }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: clusterMetadata,
    spec: {
      policyName: 'web',
      validationActions: ['Deny', 'Audit'],
      paramRef: { name: 'web', namespace: 'shop', parameterNotFoundAction: 'Deny' },
      matchResources: { matchPolicy: 'Exact', namespaceSelector: selector },
    },
  },
];

const ISTIO: readonly KubeObject[] = [
  ...both('Gateway', {
    selector: { istio: 'ingress' },
    servers: [
      {
        name: 'https',
        port: { number: 443, name: 'https', protocol: 'HTTPS' },
        hosts: ['shop/*.example.com'],
        tls: { mode: 'SIMPLE', credentialName: 'web-tls', minProtocolVersion: 'TLSV1_2' },
      },
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'], tls: { httpsRedirect: true } },
    ],
  }),
  ...both('ServiceEntry', {
    hosts: ['api.example.com'],
    location: 'MESH_EXTERNAL',
    resolution: 'STATIC',
    exportTo: ['.'],
    ports: [{ number: 443, name: 'https', protocol: 'TLS', targetPort: 8443 }],
    endpoints: [{ address: '10.0.0.1', ports: { https: 8443 }, labels: LABELS, weight: 10 }],
  }),
];

const grant = {
  from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
  to: [{ group: '', kind: 'Service' }],
};
const GATEWAY: readonly KubeObject[] = [
  object('gateway.networking.k8s.io/v1', 'Gateway', {
    gatewayClassName: 'istio',
    addresses: [{ type: 'IPAddress', value: '10.0.0.1' }],
    listeners: [
      {
        name: 'https',
        hostname: '*.example.com',
        port: 443,
        protocol: 'HTTPS',
        tls: { mode: 'Terminate', certificateRefs: [{ name: 'web-tls', kind: 'Secret' }] },
        allowedRoutes: { namespaces: { from: 'Selector', selector }, kinds: [{ kind: 'HTTPRoute' }] },
      },
      { name: 'http', port: 80, protocol: 'HTTP' },
    ],
  }),
  object('gateway.networking.k8s.io/v1', 'GRPCRoute', {
    parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https', port: 443 }],
    hostnames: ['grpc.example.com'],
    rules: [
      {
        matches: [
          { method: { type: 'Exact', service: 'shop.Cart', method: 'Add' }, headers: [{ type: 'Exact', name: 'x-canary', value: 'a' }] },
        ],
        filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-env', value: 'prod' }] } }],
        backendRefs: [{ name: 'web', port: 80, weight: 95 }],
      },
    ],
  }),
  object('gateway.networking.k8s.io/v1', 'ReferenceGrant', grant),
  object('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', grant),
];

const analysis = ANALYSIS_TEMPLATE.spec as Fields;
const steps = [
  { setWeight: 5 },
  { pause: { duration: '10m' } },
  { analysis: { templates: [{ templateName: 'error-ratio', clusterScope: false }], args: [{ name: 'service', value: 'web' }] } },
  { setCanaryScale: { replicas: 2 } },
  { setHeaderRoute: { name: 'preview', match: [{ headerName: 'x-canary', headerValue: { exact: 'always' } }] } },
];
const ARGO: readonly KubeObject[] = [
  { apiVersion: 'argoproj.io/v1alpha1', kind: 'ClusterAnalysisTemplate', metadata: clusterMetadata, spec: analysis },
  object('argoproj.io/v1alpha1', 'AnalysisRun', { args: analysis.args, metrics: analysis.metrics, terminate: false }),
  object('argoproj.io/v1alpha1', 'Experiment', {
    duration: '20m',
    progressDeadlineSeconds: 60,
    templates: [{ name: 'candidate', replicas: 1, minReadySeconds: 5, selector: workload.selector, template: workload.template }],
    analyses: [{ name: 'errors', templateName: 'error-ratio', requiredForCompletion: true, args: [{ name: 'service', value: 'web' }] }],
  }),
  object('argoproj.io/v1alpha1', 'Rollout', {
    ...deployed,
    replicas: 6,
    strategy: {
      canary: {
        stableService: 'web',
        canaryService: 'web-canary',
        maxSurge: '25%',
        maxUnavailable: 0,
        scaleDownDelaySeconds: 60,
        trafficRouting: { istio: { virtualService: { name: 'web', routes: ['main'] } } },
        steps,
      },
    },
  }),
  object('argoproj.io/v1alpha1', 'Application', {
    project: 'default',
    destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
    source: {
      repoURL: 'https://git.example.com/shop.git',
      path: 'out/production',
      targetRevision: 'main',
      directory: { recurse: true },
      helm: { releaseName: 'web', parameters: [{ name: 'a', value: 'b', forceString: true }], valuesObject: { any: ['thing'] } },
    },
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      syncOptions: ['ServerSideApply=true'],
      retry: { limit: -1, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
    },
    ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    revisionHistoryLimit: 3,
  }),
];

const FLAGGER: readonly KubeObject[] = [
  object('flagger.app/v1beta1', 'AlertProvider', { type: 'slack', channel: 'on-call', username: 'flagger', secretRef: { name: 'slack' } }),
  object('flagger.app/v1beta1', 'Canary', {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'web' },
    progressDeadlineSeconds: 60,
    service: {
      port: 9898,
      targetPort: 'http',
      gateways: ['istio-ingress/public'],
      hosts: ['web.example.com'],
      timeout: '5s',
      retries: { attempts: 3, perTryTimeout: '1s', retryOn: 'gateway-error' },
      trafficPolicy: { tls: { mode: 'DISABLE' } },
    },
    analysis: {
      interval: '1m',
      threshold: 10,
      maxWeight: 50,
      stepWeight: 5,
      metrics: [
        { name: 'request-success-rate', thresholdRange: { min: 99.5 }, interval: '1m' },
        { name: 'latency', templateRef: { name: 'latency', namespace: 'shop' }, thresholdRange: { max: 500 }, interval: '30s' },
      ],
      alerts: [{ name: 'on-call', severity: 'error', providerRef: { name: 'web' } }],
      webhooks: [{ name: 'load', type: 'rollout', url: 'http://load/', timeout: '5s', metadata: { cmd: 'hey -z 1m http://web/' } }],
    },
  }),
  object('flagger.app/v1beta1', 'MetricTemplate', {
    provider: { type: 'prometheus', address: 'http://prometheus:9090', secretRef: { name: 'prometheus' }, insecureSkipVerify: false },
    query: 'sum(rate(http_requests_total[{{ interval }}]))',
  }),
];

const OTHERS: readonly KubeObject[] = [
  object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', {
    interval: '10m',
    retryInterval: '1m30s',
    timeout: '5m',
    path: './out/production',
    prune: true,
    wait: true,
    force: false,
    targetNamespace: 'shop',
    serviceAccountName: 'flux',
    sourceRef: { kind: 'GitRepository', name: 'shop' },
    dependsOn: [{ name: 'infrastructure' }],
    healthChecks: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' }],
    postBuild: { substitute: { region: 'eu' }, substituteFrom: [{ kind: 'ConfigMap', name: 'vars', optional: true }] },
    patches: [{ patch: '- op: remove\n  path: /spec', target: { kind: 'Deployment', name: 'web' } }],
  }),
  object('keda.sh/v1alpha1', 'ScaledObject', {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    pollingInterval: 30,
    cooldownPeriod: 300,
    minReplicaCount: 2,
    maxReplicaCount: 20,
    fallback: { failureThreshold: 3, replicas: 6 },
    advanced: {
      restoreToOriginalReplicaCount: true,
      horizontalPodAutoscalerConfig: {
        behavior: { scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] } },
      },
    },
    triggers: [
      {
        type: 'prometheus',
        metricType: 'AverageValue',
        metadata: { serverAddress: 'http://prometheus:9090', query: 'sum(x)', threshold: '100' },
        authenticationRef: { name: 'prometheus' },
      },
    ],
  }),
  object('monitoring.coreos.com/v1', 'PrometheusRule', {
    groups: [
      {
        name: 'web',
        interval: '30s',
        labels: { team: 'shop' },
        rules: [
          { record: 'web:errors', expr: 'sum(rate(x[5m]))' },
          {
            alert: 'Errors',
            expr: 'web:errors > 1',
            for: '5m',
            keep_firing_for: '10m',
            labels: { severity: 'page' },
            annotations: { a: 'b' },
          },
        ],
      },
    ],
  }),
  object('monitoring.coreos.com/v1', 'ServiceMonitor', {
    selector,
    namespaceSelector: { matchNames: ['shop'] },
    jobLabel: 'app',
    targetLabels: ['app'],
    sampleLimit: 1000,
    endpoints: [
      {
        port: 'http',
        path: '/metrics',
        scheme: 'http',
        interval: '30s',
        scrapeTimeout: '10s',
        honorLabels: true,
        basicAuth: { username: { name: 'web', key: 'user' }, password: { name: 'web', key: 'password' } },
        relabelings: [{ action: 'replace', sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'pod', regex: '(.*)' }],
      },
    ],
  }),
];

export const OTHER_KINDS: readonly KubeObject[] = [...BUILT_IN, ...ISTIO, ...GATEWAY, ...ARGO, ...FLAGGER, ...OTHERS];
