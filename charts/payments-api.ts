import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { blueGreen, Release } from 'tidegate';
import {
  errorRatio,
  healthEndpoints,
  httpSmoke,
  istio,
  latency,
  minimumRequests,
  restarts,
  servedShare,
  versionReported,
  webCheck,
} from 'tidegate/templates';

const prometheus = { address: 'http://prometheus.monitoring.svc.cluster.local:9090' };
const requests = { ...prometheus, source: istio() };

/** A whole purchase in the provider's sandbox, by the candidate itself: no card is charged. */
const checkout = webCheck({
  name: 'checkout-journey',
  method: 'POST',
  path: '/api/checkout/synthetic',
  headers: { 'content-type': 'application/json' },
  body: '{"provider":"sandbox","amount":"1.00","currency":"EUR"}',
  interval: '30s',
});

/** Payments: a version that is half here and half there would settle twice, so all requests move at once. */
export class PaymentsApi extends Chart {
  constructor(scope: Construct) {
    super(scope, 'payments-api', { namespace: 'production' });

    new Release(this, 'payments-api', {
      risk: 'high',
      image: 'registry.example.com/payments/api:3.8.2@sha256:d271859606b9cd8f1065deb3b766d74b2f427f160cf66e28ae63b31b95cf3532',
      ports: { http: 8080 },
      replicas: 5,
      resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      probes: {
        startup: { http: { path: '/healthz' } },
        readiness: { http: { path: '/readyz' } },
        liveness: { http: { path: '/healthz' } },
      },
      env: {
        DATABASE_URL: { secret: 'payments-database', key: 'url' },
        PROVIDER_KEY: { secret: 'payments-provider', key: 'key' },
      },
      network: {
        from: ['shop'],
        egress: [
          { namespace: 'data', ports: [5432] },
          { cidr: '203.0.113.0/24', ports: [443] },
        ],
      },
      traffic: {
        router: 'istio',
        callers: 'mesh',
        timeout: '20s',
        expected: { peakRps: 40, lowRps: 4, errorRate: '0.1%' },
        served: servedShare(requests),
      },
      // The journey asks the candidate, whose sidecar accepts callers of the mesh only.
      mesh: { jobs: 'native-sidecar', runner: true },
      notifications: [
        {
          slack: { url: { name: 'payments-chat', key: 'slack-url' } },
          on: ['approvalNeeded', 'held', 'aborted', 'stalled'],
          approvers: ['@payments-leads', 'not who wrote the change'],
        },
      ],
      smoke: [
        httpSmoke('api', healthEndpoints('/healthz', '/readyz'), versionReported('/api/version')),
        {
          name: 'contract',
          container: {
            image: 'registry.example.com/payments/smoke:3.8.2@sha256:38ed4cbbe5c1aae012804802011996a4a834deafb0cce7453311d01f72af6d0b',
            args: ['--suite=contract', '--provider=sandbox'],
          },
          deadline: '5m',
        },
      ],
      strategy: blueGreen({
        preview: { gates: [checkout, restarts(prometheus)], watch: '10m' },
        approval: { reason: 'Buy something from the preview, and look at the ledger of the sandbox.' },
        after: {
          gates: [
            errorRatio({ ...requests, max: 0.005 }),
            latency({ ...requests, quantile: 0.99, maxMs: 1500 }),
            restarts(prometheus),
            minimumRequests({ ...requests, min: 100 }),
          ],
          watch: '10m',
        },
        keepOld: '1h',
      }),
    });
  }
}
