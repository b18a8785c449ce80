import { describeCluster, type Kube, skipped, until } from '../real/harness.ts';
import { share, startLoad } from './load.ts';

/** The proxy serves a change this much later: its throttle of 2 s, and what it takes itself on a busy machine. */
export const PROXY_MILLISECONDS = 3_500;

const proxy = process.env.TIDEGATE_TRAFFIC_PROXY;

/** Tests that send requests through a real proxy; skipped where `TIDEGATE_TRAFFIC_PROXY` names none. */
export function describeTraffic(title: string, tests: (kube: Kube, proxy: string) => void): void {
  if (proxy === undefined) skipped(title, 'needs a proxy at TIDEGATE_TRAFFIC_PROXY');
  else describeCluster(title, (kube) => tests(kube, proxy));
}

/** Waits until the proxy answers for a host as wanted: what the API server accepted is served a moment later. */
export async function served(url: string, host: string, revision: string, percent: number): Promise<void> {
  await until(`${percent} % for ${revision} at ${host}`, async () => {
    const probe = startLoad({ url, host, rate: 500 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const sum = await probe.stop();
    return sum.failed === 0 && Object.keys(sum.revisions).length > 0 && Math.abs(share(sum, revision) - percent) <= 3;
  });
}
