import type { ReleaseIntent } from '../../lib/intent/release.ts';
import { DIGEST, errors, VALID } from '../intent/valid.ts';

const DIGIT = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** An intent that says something in every field that can be said beside the others, and several things in every record. */
export const RICH: ReleaseIntent = {
  ...VALID,
  namespace: 'shop',
  command: ['/bin/web'],
  args: ['--verbose', '--port=8080'],
  ports: { http: { container: 8080, service: 80, appProtocol: 'http' }, metrics: { container: 9090, service: 9090 } },
  probes: {
    startup: { exec: { command: ['/bin/started'] }, every: '2s', timeout: '1s', failures: 30 },
    readiness: { http: { path: '/readyz', port: 'http', headers: { 'x-probe': 'ready', accept: '*/*' } }, every: '5s', timeout: '2s' },
    liveness: { grpc: { port: 'metrics', service: 'live' }, every: '10s', timeout: '2s', failures: 9 },
  },
  env: {
    LOG_LEVEL: 'info',
    TOKEN: { secret: 'web', key: 'token', optional: true },
    COLOR: { config: 'app', key: 'color' },
    POD: { field: 'metadata.name' },
    URL: 'http://$(POD)/$(LOG_LEVEL)',
  },
  config: { app: { data: { color: 'blue', size: 'small' }, mountPath: '/etc/app' }, flags: { data: { FAST: '1', LOUD: '0' }, env: true } },
  secrets: [
    { name: 'database', env: true },
    { name: 'tls', mountPath: '/etc/tls' },
  ],
  volumes: {
    scratch: { mountPath: '/tmp', emptyDir: { sizeLimit: '64Mi', memory: true } },
    shared: { mountPath: '/shared', claim: 'shared', readOnly: true },
    bundle: { mountPath: '/bundle', configMap: 'ca-bundle' },
    id: { mountPath: '/id', token: { audience: 'vault', expires: '2h' } },
  },
  serviceAccount: 'web',
  mountToken: true,
  security: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, readOnlyRootFilesystem: false },
  shutdown: { preStop: '10s', drain: '20s', grace: '45s' },
  spread: 'require',
  disruption: { maxUnavailable: '20%' },
  network: {
    from: ['shop', 'ingress'],
    egress: [
      { namespace: 'data', ports: [5432] },
      { cidr: '10.0.0.0/8', ports: [443, 8443] },
    ],
  },
  mesh: { jobs: 'quit', runner: true },
  sidecars: {
    proxy: {
      image: `registry.example.com/proxy:1@${DIGEST}`,
      command: ['/bin/proxy'],
      args: ['--quiet'],
      env: { MODE: 'fast', LEVEL: 'warn' },
      ports: { admin: 9901, stats: 9902 },
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
      readiness: { tcp: { port: 'admin' }, every: '4s', timeout: '3s', failures: 4 },
      mounts: { scratch: '/var/scratch', bundle: '/var/bundle' },
    },
    migrate: {
      image: `registry.example.com/migrate@${DIGIT('5')}`,
      init: true,
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } },
      mounts: { shared: '/work' },
    },
  },
  podTemplate: {
    metadata: { labels: { team: 'shop', tier: 'front' }, annotations: { 'example.com/a': '1', 'example.com/b': '2' } },
    spec: { priorityClassName: 'high', dnsConfig: { options: [{ name: 'ndots', value: '2' }] } },
  },
  traffic: {
    router: 'istio',
    callers: 'both',
    hosts: ['web.example.com', 'www.example.com'],
    gateways: ['istio-ingress/public', 'istio-ingress/partners'],
    paths: ['/', '/api'],
    port: 'http',
    timeout: '15s',
    retries: { attempts: 2, perTryTimeout: '5s', on: 'connect-failure' },
    connectionPool: { maxConnections: 100, connectTimeout: '1s', maxPendingRequests: 50, maxRequests: 500, maxRequestsPerConnection: 10 },
    outlierDetection: { consecutive5xx: 5, every: '15s', ejectFor: '20s', maxEjectedPercent: 40 },
    expected: { peakRps: 120, lowRps: 25, errorRate: '0.4%' },
  },
  strategy: {
    kind: 'canary',
    weights: [5, { weight: 20, watch: '3m' }, 50, 100],
    gates: [
      {
        ...errors,
        args: { team: 'shop', window: '2m' },
        provider: { prometheus: { address: 'http://prometheus:9090', query: 'errors{team="{{args.team}}"}[{{args.window}}]' } },
      },
      {
        ...errors,
        name: 'web-check',
        provider: {
          web: { url: 'http://{{args.candidate-service}}/check', method: 'POST', headers: { 'x-team': 'shop', accept: '*/*' }, body: '{}' },
        },
        successCondition: "result == 'ok'",
      },
      {
        name: 'journey',
        description: 'A customer can buy.',
        scope: 'candidate',
        provider: { job: { image: `registry.example.com/journey@${DIGEST}`, env: { CURRENCY: 'EUR', BASKET: '3' } } },
      },
    ],
    approval: { name: 'promote', reason: 'Look at it.', deadline: '8h', count: 2 },
  },
  smoke: [
    {
      name: 'api',
      http: [{ path: '/api/version', headers: { 'x-smoke': '1', accept: '*/*' }, json: { version: '{{version}}', ok: true } }],
    },
    {
      name: 'journey',
      container: { image: `registry.example.com/journey@${DIGEST}`, args: ['--fast'], env: { CURRENCY: 'EUR', BASKET: '3' } },
    },
  ],
  deadlines: { ready: '5m', step: '10m', release: '3h', scaleDownDelay: '1m' },
};

/** The same on the other router, scaled by load. */
export const RICH_BY_LOAD: ReleaseIntent = {
  ...without(RICH, 'replicas'),
  autoscale: { min: 3, max: 20, cpu: 70, memory: 80, custom: [{ metric: 'queue_length', average: '30' }] },
  traffic: { router: 'gateway-api', callers: 'both', hosts: ['web.example.com'], gateways: ['gateways/public/https'], port: 'http' },
};

/** The same intent with another image: what a release usually is. */
export const withImage = (intent: ReleaseIntent, digit: string): ReleaseIntent => ({
  ...intent,
  image: `registry.example.com/web:2.0.${digit}@${DIGIT(digit)}`,
});

/** An intent without some fields. */
export function without<K extends keyof ReleaseIntent>(intent: ReleaseIntent, ...fields: readonly K[]): Omit<ReleaseIntent, K> {
  const rest: Partial<ReleaseIntent> = { ...intent };
  for (const field of fields) delete rest[field];
  return rest as Omit<ReleaseIntent, K>;
}
