import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { canary, Release } from 'tidegate';
import {
  errorsAgainstStable,
  healthEndpoints,
  httpRequests,
  httpSmoke,
  latency,
  minimumRequests,
  servedShare,
  successRatio,
} from 'tidegate/templates';

const requests = {
  address: 'http://prometheus.monitoring.svc.cluster.local:9090',
  source: httpRequests({ label: 'service', statusLabel: 'status' }),
};

/** Stock and prices: the same intent on Gateway API, with as many pods as the load asks for. */
export class StoreApi extends Chart {
  constructor(scope: Construct) {
    super(scope, 'store-api', { namespace: 'production' });

    new Release(this, 'store-api', {
      image: 'registry.example.com/store/api:5.3.1@sha256:c1a9e7f20b6d4853a2f7c8e91b0d3a64f5e2c7b8d9016a3f4e5b6c7d8e9f0a1b',
      ports: { http: 8080 },
      autoscale: { min: 3, max: 20, cpu: 70 },
      resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      probes: {
        startup: { http: { path: '/health/live' } },
        readiness: { http: { path: '/health/ready' } },
        liveness: { http: { path: '/health/live' } },
      },
      env: { DATABASE_URL: { secret: 'store-database', key: 'url' } },
      traffic: {
        router: 'gateway-api',
        hosts: ['store.example.com'],
        gateways: ['gateways/public'],
        expected: { peakRps: 300, lowRps: 60, errorRate: '0.2%' },
        served: servedShare(requests),
      },
      smoke: [httpSmoke('api', healthEndpoints('/health/ready', '/health/live'), { path: '/api/v1/stock?limit=1' })],
      strategy: canary({
        weights: [5, 25, { weight: 50, watch: '5m' }, 100],
        gates: [
          successRatio({ ...requests, min: 0.99 }),
          latency({ ...requests, quantile: 0.99, maxMs: 500 }),
          errorsAgainstStable(requests),
          minimumRequests({ ...requests, min: 100 }),
        ],
        approval: { reason: 'Compare stock and price answers of both revisions on the store dashboard.' },
      }),
      deadlines: { scaleDownDelay: '30s' },
    });
  }
}
