// Objects as a platform team would write them: each must pass the strict schemas as it stands.
import type { KubeObject } from '../../lib/schema/kube.ts';

const LABELS = { app: 'web', 'app.kubernetes.io/name': 'web', 'tidegate.dev/revision': '0123abcd' };
const metadata = (name: string) => ({
  name,
  namespace: 'shop',
  labels: LABELS,
  annotations: { 'example.com/note': 'anything: goes\nhere', empty: '' },
});

const CONTAINER = {
  name: 'web',
  image: 'registry.example.com/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  args: ['--port=8080'],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: [
    { name: 'PORT', value: '8080' },
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'web', key: 'token', optional: false } } },
    { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
  ],
  envFrom: [{ configMapRef: { name: 'web-env' }, prefix: 'WEB_' }],
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: 0.5, memory: '512Mi', 'nvidia.com/gpu': 1 } },
  startupProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 2, failureThreshold: 30 },
  readinessProbe: {
    httpGet: { path: '/readyz', port: 8080, scheme: 'HTTP', httpHeaders: [{ name: 'X-Probe', value: '1' }] },
    timeoutSeconds: 2,
  },
  livenessProbe: { grpc: { port: 9090, service: 'liveness' }, initialDelaySeconds: 0 },
  lifecycle: { preStop: { sleep: { seconds: 15 } } },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  volumeMounts: [{ name: 'config', mountPath: '/etc/web', readOnly: true }],
};

const POD = {
  serviceAccountName: 'web',
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 60,
  priorityClassName: 'high',
  initContainers: [
    { name: 'proxy', image: 'registry.example.com/proxy:1', restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 15021 } } },
    { name: 'migrate', image: 'registry.example.com/migrate:1', command: ['sh', '-c', 'true'] },
  ],
  containers: [CONTAINER],
  securityContext: { runAsNonRoot: true, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  tolerations: [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }],
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { app: 'web' } },
      matchLabelKeys: ['pod-template-hash'],
      nodeTaintsPolicy: 'Honor',
    },
  ],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: 'topology.kubernetes.io/zone',
            labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
          },
        },
      ],
    },
  },
  volumes: [
    { name: 'config', configMap: { name: 'web-config-1234abcd', defaultMode: 292, items: [{ key: 'a.yaml', path: 'a.yaml' }] } },
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi', medium: 'Memory' } },
    {
      name: 'token',
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
        ],
      },
    },
    { name: 'csi', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: 'web' } } },
  ],
};

export const DEPLOYMENT: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata('web-0123abcd'),
  spec: {
    replicas: 6,
    revisionHistoryLimit: 2,
    progressDeadlineSeconds: 600,
    minReadySeconds: 5,
    selector: { matchLabels: { app: 'web', 'tidegate.dev/revision': '0123abcd' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
    template: { metadata: { labels: LABELS, annotations: { 'prometheus.io/scrape': 'true' } }, spec: POD },
  },
};

export const SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('web'),
  spec: {
    type: 'ClusterIP',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }],
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
  },
};

export const CONFIG_MAP: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata('web-runner-0123abcd'),
  immutable: true,
  data: { 'runner.mjs': 'console.log(1);\n', 'empty.txt': '', _x: 'y' },
  binaryData: { 'logo.png': 'iVBORw0KGgo=' },
};

export const HPA: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: metadata('web-0123abcd'),
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web-0123abcd' },
    minReplicas: 3,
    maxReplicas: 20,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      { type: 'Pods', pods: { metric: { name: 'http_requests_per_second' }, target: { type: 'AverageValue', averageValue: '100' } } },
    ],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }], selectPolicy: 'Max' },
      scaleDown: { selectPolicy: 'Disabled', policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
    },
  },
};

export const PDB: KubeObject = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata('web-0123abcd'),
  spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
};

export const NETWORK_POLICY: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata('web-runner'),
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'istio-ingress' } } }], ports: [{ port: 8080 }] },
    ],
    egress: [
      { to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 443, endPort: 6443, protocol: 'TCP' }] },
      { ports: [{ port: 'dns', protocol: 'UDP' }] },
      {},
    ],
  },
};

export const ROLE: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: metadata('web-runner'),
  rules: [
    { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], resourceNames: ['web-0123abcd'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['watch'] },
  ],
};

export const ROLE_BINDING: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: metadata('web-runner'),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web-runner' },
  subjects: [{ kind: 'ServiceAccount', name: 'web-runner', namespace: 'shop' }],
};

const JOB_SPEC = {
  backoffLimit: 0,
  activeDeadlineSeconds: 300,
  ttlSecondsAfterFinished: 86_400,
  suspend: false,
  podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] },
  template: { metadata: { labels: LABELS }, spec: { ...POD, restartPolicy: 'Never' } },
};

export const JOB: KubeObject = { apiVersion: 'batch/v1', kind: 'Job', metadata: metadata('web-smoke-1234abcd-0'), spec: JOB_SPEC };

export const CRON_JOB: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: metadata('web-report'),
  spec: {
    schedule: '*/5 * * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: 0,
    jobTemplate: { metadata: { labels: LABELS }, spec: JOB_SPEC },
  },
};

export const VIRTUAL_SERVICE: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: metadata('web'),
  spec: {
    hosts: ['web.example.com', 'web.shop.svc.cluster.local'],
    gateways: ['istio-ingress/public', 'mesh'],
    http: [
      {
        name: 'preview',
        match: [{ headers: { 'x-canary': { exact: 'always' } }, uri: { prefix: '/' }, method: { regex: 'GET|POST' }, port: 80 }],
        route: [{ destination: { host: 'web-0123abcd', port: { number: 80 } } }],
        headers: { response: { set: { 'x-revision': '0123abcd' }, remove: ['server'] } },
        mirror: { host: 'web-89abcdef', port: { number: 80 } },
        mirrorPercentage: { value: 12.5 },
      },
      {
        route: [
          { destination: { host: 'web-0123abcd', subset: 'v1', port: { number: 80 } }, weight: 95 },
          { destination: { host: 'web-89abcdef' }, weight: 5 },
        ],
        timeout: '1m30s',
        retries: { attempts: 2, perTryTimeout: '0.5s', retryOn: 'connect-failure,refused-stream,503' },
        fault: { delay: { percentage: { value: 0.1 }, fixedDelay: '5s' }, abort: { httpStatus: 500, percentage: { value: 1 } } },
        corsPolicy: { allowOrigins: [{ exact: 'https://example.com' }], allowMethods: ['GET'], maxAge: '24h' },
        rewrite: { uri: '/v2' },
      },
      { match: [{ uri: { prefix: '/docs' } }], delegate: { name: 'docs', namespace: 'docs' } },
      { redirect: { uri: '/login', redirectCode: 302 } },
    ],
  },
};

const TRAFFIC_POLICY = {
  connectionPool: {
    tcp: { maxConnections: 100, connectTimeout: '30ms', tcpKeepalive: { time: '7200s', interval: '75s', probes: 9 } },
    http: {
      http1MaxPendingRequests: 64,
      http2MaxRequests: 1000,
      maxRequestsPerConnection: 10,
      maxRetries: 3,
      idleTimeout: '1h',
      h2UpgradePolicy: 'UPGRADE',
    },
  },
  outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s', maxEjectionPercent: 50, minHealthPercent: 0 },
  loadBalancer: { consistentHash: { httpCookie: { name: 'session', ttl: '0s', path: '/' } } },
  tls: { mode: 'ISTIO_MUTUAL' },
};

export const DESTINATION_RULE: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: metadata('web-0123abcd'),
  spec: {
    host: 'web-0123abcd.shop.svc.cluster.local',
    exportTo: ['.'],
    trafficPolicy: { ...TRAFFIC_POLICY, portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: 'LEAST_REQUEST' } }] },
    subsets: [{ name: 'stable', labels: { 'tidegate.dev/revision': '0123abcd' }, trafficPolicy: TRAFFIC_POLICY }],
  },
};

export const HTTP_ROUTE: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: metadata('store-api'),
  spec: {
    parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https', port: 443 }],
    hostnames: ['store.example.com', '*.store.example.com'],
    rules: [
      {
        name: 'main',
        matches: [
          {
            path: { type: 'PathPrefix', value: '/' },
            headers: [{ type: 'Exact', name: 'x-canary', value: 'always' }],
            queryParams: [{ name: 'preview', value: '1' }],
            method: 'GET',
          },
        ],
        filters: [
          { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-env', value: 'prod' }], remove: ['x-debug'] } },
          { type: 'RequestMirror', requestMirror: { backendRef: { name: 'store-api-89abcdef', port: 80 }, percent: 10 } },
          { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' } } },
        ],
        backendRefs: [
          { name: 'store-api-0123abcd', port: 80, weight: 100 },
          {
            name: 'store-api-89abcdef',
            port: 80,
            weight: 0,
            filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [] } }],
          },
        ],
        timeouts: { request: '10s', backendRequest: '2s500ms' },
      },
    ],
  },
};

export const ANALYSIS_TEMPLATE: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisTemplate',
  metadata: metadata('error-ratio'),
  spec: {
    args: [
      { name: 'service' },
      { name: 'limit', value: '0.01' },
      { name: 'token', valueFrom: { secretKeyRef: { name: 'token', key: 'token' } } },
    ],
    dryRun: [{ metricName: 'restarts' }],
    measurementRetention: [{ metricName: '.*', limit: 20 }],
    metrics: [
      {
        name: 'error-ratio',
        interval: '30s',
        initialDelay: '1m',
        count: 5,
        failureLimit: 1,
        inconclusiveLimit: '{{args.limit}}',
        consecutiveErrorLimit: 4,
        successCondition: 'len(result) > 0 && result[0] < {{args.limit}}',
        provider: {
          prometheus: {
            address: 'http://prometheus:9090',
            query: 'sum(rate(x[2m]))',
            timeout: 20,
            headers: [{ key: 'X-Scope', value: 'a' }],
          },
        },
      },
      {
        name: 'journey',
        count: '{{args.count}}',
        interval: '{{args.interval}}',
        provider: {
          web: { url: 'https://web/check', method: 'POST', jsonPath: '{$.ok}', timeoutSeconds: 5, jsonBody: { any: ['thing', 1] } },
        },
      },
      { name: 'smoke', provider: { job: { metadata: { labels: LABELS }, spec: JOB_SPEC } } },
      { name: 'other', provider: { plugin: { 'example/plugin': { anything: true } } } },
    ],
  },
};

export const SECRET: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadata('web'),
  type: 'Opaque',
  data: { token: 'c2VjcmV0', empty: '' },
  stringData: { plain: 'secret' },
};

export const CORPUS: readonly KubeObject[] = [
  DEPLOYMENT,
  SERVICE,
  CONFIG_MAP,
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata('web'),
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: 'registry' }],
  },
  HPA,
  PDB,
  NETWORK_POLICY,
  ROLE,
  ROLE_BINDING,
  JOB,
  CRON_JOB,
  VIRTUAL_SERVICE,
  { ...VIRTUAL_SERVICE, apiVersion: 'networking.istio.io/v1beta1' },
  DESTINATION_RULE,
  { ...DESTINATION_RULE, apiVersion: 'networking.istio.io/v1beta1' },
  HTTP_ROUTE,
  ANALYSIS_TEMPLATE,
  SECRET,
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata('data'),
    spec: { accessModes: ['ReadWriteMany'], storageClassName: 'nfs', resources: { requests: { storage: '1Gi' } } },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata('web'),
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['web.example.com'], secretName: 'web-tls' }],
      rules: [
        {
          host: 'web.example.com',
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
        },
      ],
    },
  },
];
