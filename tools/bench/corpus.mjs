// Manifests of made-up services for measurements: files of 15 objects each, as a team of today would have them, with a few
// mistakes in each. The same number always gives the same text.

const POD = (name, version, index) => `    metadata:
      labels:
        app: ${name}
        version: "${version}"
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "9090"
    spec:
      serviceAccountName: ${name}
      automountServiceAccountToken: ${index % 2 === 0}
      terminationGracePeriodSeconds: 40
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: ${name}
          image: registry.example.com/shop/${name}:1.${index}.${version}
          ports:
            - name: http
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          env:
            - name: LOG_LEVEL
              value: info
            - name: FEATURES
              value: "checkout,search,recommendations"
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: ${name}-database
                  key: url
          envFrom:
            - configMapRef:
                name: ${name}-settings
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: ${index % 3 === 0 ? 10 : 5}
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            failureThreshold: 3
          lifecycle:
            preStop:
              sleep:
                seconds: 10
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: tmp
          emptyDir: {}
`;

const meta = (name, namespace) => `metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app.kubernetes.io/name: ${name}
    app.kubernetes.io/part-of: shop
    app.kubernetes.io/managed-by: kustomize
    team: checkout
`;

/** One file: two Deployments, their Services, an autoscaler, budgets, routes, policies, settings and an account. */
export function file(number) {
  const name = `service-${number}`;
  const namespace = `team-${number % 40}`;
  const settings = Array.from({ length: 30 }, (_, index) => `  setting-${index}: "value of setting ${index} for ${name}"\n`).join('');
  const script = Array.from({ length: 40 }, (_, index) => `    echo "step ${index} of ${name}" && run --step=${index} --retries=3\n`).join(
    '',
  );
  return [
    ...['stable', 'canary'].map(
      (track, index) => `apiVersion: apps/v1
kind: Deployment
${meta(`${name}-${track}`, namespace)}spec:
  replicas: 3
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      app: ${name}
      version: "${index}"
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: ${number % 5 === 0 ? 1 : 0}
  template:
${POD(name, index, number)}`,
    ),
    ...['stable', 'canary'].map(
      (track, index) => `apiVersion: v1
kind: Service
${meta(`${name}-${track}`, namespace)}spec:
  selector:
    app: ${name}
    version: "${index}"
  ports:
    - name: http
      port: 80
      targetPort: ${number % 7 === 0 ? 'web' : 'http'}
`,
    ),
    `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
${meta(name, namespace)}spec:
  minReplicas: 3
  maxReplicas: 12
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}-stable
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
`,
    ...['stable', 'canary'].map(
      (track, index) => `apiVersion: policy/v1
kind: PodDisruptionBudget
${meta(`${name}-${track}`, namespace)}spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: ${name}
      version: "${index}"
`,
    ),
    `apiVersion: networking.istio.io/v1
kind: VirtualService
${meta(name, namespace)}spec:
  hosts:
    - ${name}.example.com
  gateways:
    - istio-ingress/public
  http:
    - name: primary
      timeout: 10s
      route:
        - destination:
            host: ${name}-stable
            port:
              number: 80
          weight: ${number % 11 === 0 ? 90 : 95}
        - destination:
            host: ${name}-canary
            port:
              number: 80
          weight: 5
`,
    `apiVersion: networking.istio.io/v1
kind: DestinationRule
${meta(name, namespace)}spec:
  host: ${name}-stable
  trafficPolicy:
    connectionPool:
      http:
        maxRequestsPerConnection: 100
`,
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
${meta(name, namespace)}spec:
  podSelector:
    matchLabels:
      app: ${name}
  policyTypes:
    - Ingress
  ingress:
    - ports:
        - port: 8080
        - port: 9090
`,
    `apiVersion: v1
kind: ConfigMap
${meta(`${name}-settings`, namespace)}data:
${settings}  start.sh: |
    #!/bin/sh
    set -eu
${script}`,
    `apiVersion: v1
kind: ServiceAccount
${meta(name, namespace)}`,
    `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
${meta(name, namespace)}rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [${name}-settings]
    verbs: [get, watch]
`,
    `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
${meta(name, namespace)}roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${name}
subjects:
  - kind: ServiceAccount
    name: ${name}
    namespace: ${namespace}
`,
    `apiVersion: batch/v1
kind: Job
${meta(`${name}-migrate`, namespace)}spec:
  activeDeadlineSeconds: 600
  backoffLimit: 1
  template:
${POD(`${name}-migrate`, 0, number).replace('    spec:\n', '    spec:\n      restartPolicy: Never\n')}`,
  ].join('---\n');
}
