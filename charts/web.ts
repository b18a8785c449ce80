import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { canary, Release } from 'tidegate';
import {
  errorRatio,
  errorsAgainstStable,
  healthEndpoints,
  httpSmoke,
  istio,
  latencyAgainstStable,
  minimumRequests,
  restarts,
  servedShare,
  versionReported,
} from 'tidegate/templates';

const prometheus = { address: 'http://prometheus.monitoring.svc.cluster.local:9090' };
const requests = { ...prometheus, source: istio() };

/** The shop's front end: a canary behind Istio, with a person before the half is passed. */
export class Web extends Chart {
  constructor(scope: Construct) {
    super(scope, 'web', { namespace: 'shop' });

    new Release(this, 'web', {
      image: 'registry.example.com/shop/web:2.14.0@sha256:5f0c4b9c2e1d7a86f3b1c05d94e8a72b6d3f1e0c9b8a7465d2e3f4a5b6c7d8e9',
      ports: { http: 8080 },
      replicas: 6,
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
      probes: {
        startup: { http: { path: '/healthz' }, every: '2s', failures: 30 },
        readiness: { http: { path: '/readyz' }, every: '5s', timeout: '2s', failures: 3 },
        liveness: { http: { path: '/healthz' }, every: '10s', timeout: '2s', failures: 3 },
      },
      config: {
        settings: {
          mountPath: '/etc/web',
          data: {
            'settings.yaml': `checkout:
  url: http://checkout.shop.svc.cluster.local
  timeout: 2s
catalogue:
  url: http://catalogue.shop.svc.cluster.local
  cache: 60s
`,
          },
        },
      },
      volumes: { tmp: { mountPath: '/tmp', emptyDir: { sizeLimit: '64Mi' } } },
      traffic: {
        router: 'istio',
        callers: 'both',
        hosts: ['web.example.com'],
        gateways: ['istio-ingress/public'],
        timeout: '10s',
        connectionPool: { maxConnections: 200, connectTimeout: '1s' },
        outlierDetection: { consecutive5xx: 5, every: '10s', ejectFor: '30s', maxEjectedPercent: 50 },
        expected: { peakRps: 120, lowRps: 25, errorRate: '0.4%' },
        served: servedShare(requests),
      },
      mesh: { jobs: 'native-sidecar' },
      smoke: [httpSmoke('shop', healthEndpoints('/healthz'), versionReported('/api/version'), { path: '/api/checkout/smoke' })],
      strategy: canary({
        weights: [{ weight: 5, watch: '2m' }, { weight: 20, watch: '3m' }, { weight: 50, watch: '5m' }, 100],
        gates: [
          errorRatio({ ...requests, max: 0.01, window: '2m' }),
          latencyAgainstStable({ ...requests, quantile: 0.95, tolerance: 0.2 }),
          errorsAgainstStable(requests),
          restarts(prometheus),
          minimumRequests({ ...requests, min: 100 }),
        ],
        approval: { reason: 'Look at checkout conversion and at the error budget before more than half of the shop sees it.' },
      }),
      deadlines: { release: '2h' },
    });
  }
}
