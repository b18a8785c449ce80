import { ask } from '../../lib/gates/providers/index.ts';
import { type CanaryWeight, canary } from '../../lib/index.ts';
import { networkExchange } from '../../lib/runner/exchange.ts';
import { errorsAgainstStable, httpRequests, latency, minimumRequests, servedShare, successRatio } from '../../templates/index.ts';
import { type PrometheusProcess, startPrometheus } from '../gates/providers/prometheus-process.ts';
import type { Changes } from './repository.ts';

/** Prometheus on the metrics of the pods themselves, which `TIDEGATE_TRAFFIC_PODS` lists. */
export function watchPods(pods: string): Promise<PrometheusProcess> {
  const scrape = {
    job_name: 'pods',
    honor_labels: true,
    http_sd_configs: [{ url: `${pods}/targets`, refresh_interval: '1s' }],
  };
  const network = networkExchange();
  const context = { exchange: network.exchange, readFile: async () => '', now: Date.now, signal: new AbortController().signal };
  return startPrometheus(
    { 'prometheus.yml': JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [scrape] }) },
    () => [],
    (port) => ask({ prometheus: { address: `http://127.0.0.1:${port}`, query: 'vector(1)', timeoutSeconds: 5 } }, context),
  );
}

const approval = { reason: 'Compare stock and price answers of both revisions on the store dashboard.' };
const watch = '10s';

/** What the Gateway API flagship says of its traffic and its gates, in windows for which a test can wait. */
export function flagship(address: string, weights: readonly number[]): Changes {
  const { gates, ...traffic } = judged(address);
  return {
    ...traffic,
    strategy: canary({ weights: weights.map((weight): CanaryWeight => ({ weight, watch })), gates, approval }),
  };
}

/** The same, with requests of certain headers before the first weight. */
export function withInsiders(address: string, headers: Readonly<Record<string, string>>): Changes {
  const { gates, ...traffic } = judged(address);
  const [success, latencies, errors] = gates;
  return {
    ...traffic,
    strategy: canary
      .steps()
      .headerRoute({ name: 'insiders', headers })
      .analysis({ gates: [success, latencies, errors], watch })
      .weight(5)
      .analysis({ gates, watch })
      .weight(50)
      .analysis({ gates, watch })
      .approval(approval)
      .weight(100),
  };
}

/** One weight, and requests of certain headers that are given up there before anything else. */
export function withShedding(address: string, headers: Readonly<Record<string, string>>): Changes {
  const { gates, ...traffic } = judged(address, '5s');
  const gate = { ...gates[0], onFailure: 'shed' } as const;
  return {
    ...traffic,
    remedies: { shed: { headers } },
    strategy: canary({ weights: [{ weight: 50, watch: '4s' }, 100], gates: [gate], approval }),
  };
}

/** @param window of the gates, which say nothing before they have one */
function judged(address: string, window = '8s') {
  const source = httpRequests({
    label: 'workload',
    holds: 'deployment',
    statusLabel: 'code',
    duration: 'http_request_duration_seconds_bucket',
    scrapeInterval: '1s',
  });
  const gate = { address, source, window, initialDelay: window, interval: '1s', count: 3 } as const;
  return {
    replicas: 3,
    'traffic.expected': { peakRps: 200, errorRate: '0.2%' },
    'traffic.served': servedShare({ address, source, window: '3s' }),
    gates: [
      successRatio({ ...gate, min: 0.99 }),
      latency({ ...gate, quantile: 0.99, maxMs: 500 }),
      errorsAgainstStable(gate),
      minimumRequests({ ...gate, min: 50 }),
    ],
  } as const;
}
