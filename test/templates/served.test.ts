import { describe, expect, it } from 'vitest';
import { substituteServed } from '../../lib/gates/arguments.ts';
import { resolvePrometheus } from '../../lib/intent/resolve-strategy.ts';
import { httpRequests, istio, servedShare } from '../../templates/index.ts';
import { WEB } from '../gates/fixture.ts';
import { evaluate, hasPromtool, type Series } from './promtool.ts';

const address = 'http://prometheus:9090';
const asked = (options: Parameters<typeof servedShare>[0]) =>
  substituteServed({ prometheus: resolvePrometheus(servedShare(options).prometheus) }, WEB).prometheus;

describe('the served share', () => {
  it('is asked of the metrics of a mesh or of the application', () => {
    const of = (workload: string) =>
      `(sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="shop",destination_workload="${workload}"}[1m])) or vector(0))`;
    const [candidate, stable] = [of('web-1a2b3c4d'), of('web-0f0f0f0f')];
    expect(asked({ address, source: istio() }).query).toBe(`100 * ${candidate}\n/\n(${candidate} + ${stable} > 0)`);
    expect(asked({ address, source: httpRequests(), window: '30s' }).query).toContain(
      'rate(http_requests_total{namespace="shop",service="web-0f0f0f0f"}[30s])',
    );
  });

  it('is asked with the headers and credentials that are given', () => {
    const auth = { bearer: { tokenSecret: { name: 'reader', key: 'token' } } };
    const more = { auth, headers: { 'X-Scope-OrgID': 'shop' }, timeout: '5s' };
    expect(asked({ address, source: istio(), ...more })).toMatchObject({ address, auth, headers: more.headers, timeoutSeconds: 5 });
  });

  it('needs a window of two scrapes', () => {
    expect(() => servedShare({ address, source: istio(), window: '29s' })).toThrow(
      /servedShare: window must span 2 scrapes of 15s: at least 30s, not 29s/,
    );
    expect(() => servedShare({ address, source: istio({ scrapeInterval: '40s' }) })).toThrow(/at least 1m20s, not 1m\./);
  });
});

describe.skipIf(!hasPromtool)('Prometheus itself answers', () => {
  const { query } = asked({ address, source: istio() });
  const requests = (workload: string, perScrape: string): Series => ({
    [`istio_requests_total{reporter="destination",destination_workload_namespace="shop",destination_workload="${workload}",pod="a"}`]:
      perScrape,
  });

  it('with one number in percent, or nothing', () => {
    const situations: [name: string, series: Series, value: number | null][] = [
      ['a fifth', { ...requests('web-1a2b3c4d', '0+20x60'), ...requests('web-0f0f0f0f', '0+80x60') }, 20],
      ['a candidate that nobody has asked', requests('web-0f0f0f0f', '0+80x60'), 0],
      ['a stable that nobody asks any more', { ...requests('web-1a2b3c4d', '0+20x60'), ...requests('web-0f0f0f0f', '7+0x60') }, 100],
      ['a stable that is gone', requests('web-1a2b3c4d', '0+20x60'), 100],
      ['what was before the window', { ...requests('web-1a2b3c4d', '0+5x34 190+50x6'), ...requests('web-0f0f0f0f', '0+50x60') }, 50],
      ["others' requests", { ...requests('web-1a2b3c4d', '0+20x60'), ...requests('web-99999999', '0+80x60') }, 100],
      ['no requests', { ...requests('web-1a2b3c4d', '7+0x60'), ...requests('web-0f0f0f0f', '7+0x60') }, null],
      ['no series', {}, null],
    ];
    expect(evaluate(situations.map(([name, series, value]) => ({ name, series, query, value })))).toBeNull();
  });
});
