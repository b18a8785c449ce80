import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { canary, Release } from 'tidegate';
import {
  burnRate,
  errorRatio,
  errorsAgainstStable,
  healthEndpoints,
  httpRequests,
  httpSmoke,
  latency,
  minimumRequests,
  restarts,
  servedShare,
  versionReported,
  webCheck,
} from 'tidegate/templates';

const prometheus = { address: 'http://prometheus.monitoring.svc.cluster.local:9090' };
const requests = { ...prometheus, source: httpRequests() };

/** The service's objective is 99.9 %: where too much of its error budget burns already, no user sees anything new. */
const budget = burnRate({ ...requests, objective: 0.999 });
const database = { secret: 'api-database', key: 'url' };
const ranking = webCheck({ name: 'ranking', path: '/api/ranking/self-test' });

const watched = [
  budget,
  errorRatio({ ...requests, max: 0.005 }),
  errorsAgainstStable(requests),
  latency({ ...requests, quantile: 0.99, maxMs: 400 }),
  minimumRequests({ ...requests, min: 100 }),
] as const;

/** Search and ranking: people who send a header see the candidate first, everybody else by weight. */
export class ApiService extends Chart {
  constructor(scope: Construct) {
    super(scope, 'api-service', { namespace: 'production' });

    new Release(this, 'api-service', {
      image: 'registry.example.com/platform/api-service:1.41.0@sha256:22550afeb10db91474c358e7fcba0b233809dbf7c6e49d29b60092c9d20234d3',
      ports: { http: 8080 },
      autoscale: { min: 3, max: 20, cpu: 70 },
      resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      probes: {
        startup: { http: { path: '/healthz' } },
        readiness: { http: { path: '/readyz' } },
        liveness: { http: { path: '/healthz' } },
      },
      env: { DATABASE_URL: database },
      // Read anew when they change: no release, and no pod restarts.
      volumes: { flags: { mountPath: '/etc/api-service/flags', configMap: 'api-service-flags', readOnly: true } },
      flags: {
        'new-ranking': {
          owner: 'team-search@example.com',
          created: '2026-11-16',
          expires: '2027-02-12',
          description: 'Results in the order of the learned score.',
          percent: 0,
        },
      },
      // Its contract counterpart, which drops the old column, belongs to a later release.
      migrations: [
        {
          name: 'ranking-score',
          kind: 'expand',
          description: 'adds the column score beside position, without a value',
          container: { command: ['/app/migrate', 'ranking-score'], env: { DATABASE_URL: database } },
        },
      ],
      network: {
        from: ['gateways', 'monitoring'],
        egress: [
          { namespace: 'data', ports: [5432, 6379] },
          { namespace: 'production', ports: [8080] },
        ],
      },
      traffic: {
        router: 'gateway-api',
        hosts: ['api.example.com'],
        gateways: ['gateways/public'],
        expected: { peakRps: 250, lowRps: 40, errorRate: '0.05%' },
        served: servedShare(requests),
      },
      smoke: [httpSmoke('api', healthEndpoints('/healthz', '/readyz'), versionReported('/api/version'))],
      strategy: canary
        .steps()
        .analysis({ gates: [budget] })
        .headerRoute({ name: 'insiders', headers: { 'x-canary': 'always' } })
        // At night nobody may send the header: what is asked here answers without their requests.
        .analysis({ gates: [ranking, restarts(prometheus), budget], watch: '10m' })
        .weight(5)
        .analysis({ gates: watched, watch: '3m' })
        .weight(25)
        .analysis({ gates: watched, watch: '3m' })
        .weight(50)
        .analysis({ gates: watched, watch: '5m' })
        .approval({ reason: 'Compare click-through of both revisions on the ranking dashboard.' })
        .weight(100),
    });
  }
}
