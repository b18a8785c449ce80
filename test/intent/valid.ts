import type { Gate } from '../../lib/intent/gate.ts';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import { readIntent } from '../../lib/intent/validate.ts';

export const DIGEST = `sha256:${'4f'.repeat(32)}`;

export const errors: Gate = {
  name: 'errors',
  description: 'Fewer than 1 % of requests fail.',
  scope: 'candidate',
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'errors' } },
  successCondition: 'result[0] < 0.01',
};

/** An intent without a fault that says a little of everything. */
export const VALID: ReleaseIntent = {
  image: `registry.example.com/web:1.4.0@${DIGEST}`,
  ports: { http: 8080, metrics: { container: 9090 } },
  replicas: 3,
  probes: {
    startup: { http: { path: '/healthz' }, every: '2s', timeout: '1s', failures: 30 },
    readiness: { http: { path: '/readyz' }, every: '5s', timeout: '2s' },
    liveness: { http: { path: '/healthz' }, every: '10s', timeout: '2s' },
  },
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
  env: { LOG_LEVEL: 'info', TOKEN: { secret: 'web', key: 'token' }, COLOR: { config: 'app', key: 'color' } },
  config: { app: { data: { color: 'blue' }, mountPath: '/etc/app' } },
  secrets: [{ name: 'database', env: true }],
  volumes: { scratch: { mountPath: '/tmp', emptyDir: { sizeLimit: '64Mi' } } },
  shutdown: { preStop: '10s', drain: '20s', grace: '40s' },
  sidecars: {
    proxy: {
      image: `registry.example.com/proxy@${DIGEST}`,
      ports: { admin: 9901 },
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } },
      readiness: { tcp: { port: 'admin' } },
      mounts: { scratch: '/var/scratch' },
    },
  },
  traffic: {
    router: 'istio',
    hosts: ['web.example.com'],
    gateways: ['istio-ingress/public'],
    timeout: '15s',
    retries: { attempts: 2, perTryTimeout: '5s' },
    expected: { peakRps: 120, lowRps: 25, errorRate: '0.4%' },
  },
  strategy: { kind: 'canary', weights: [5, { weight: 20, watch: '3m' }, 50, 100], gates: [errors] },
  smoke: [{ name: 'api', http: [{ path: '/api/version', json: { version: '{{version}}' } }] }],
  deadlines: { scaleDownDelay: '30s' },
};

/** `VALID` with other values at places such as `traffic.hosts[0]`; `undefined` removes the field. */
export function valid(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const intent = structuredClone(VALID) as unknown as Record<string, unknown>;
  for (const [place, value] of Object.entries(changes)) {
    const keys = place.split(/[.[\]]+/).filter((key) => key !== '');
    const last = keys.pop() ?? '';
    let holder = intent;
    for (const key of keys) {
      holder[key] ??= {};
      holder = holder[key] as Record<string, unknown>;
    }
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return intent;
}

/** The same as a typed intent, once its shape has been accepted. */
export function accepted(changes: Readonly<Record<string, unknown>> = {}): ReleaseIntent {
  const { intent, problems } = readIntent(valid(changes));
  if (!intent) throw new Error(`the test's own intent has a wrong shape: ${JSON.stringify(problems)}`);
  return intent;
}
