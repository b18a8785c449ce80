import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { ReleaseRecord } from '../../../lib/runner/report.ts';
import { until } from '../until.ts';
import { Flight, type Ground } from './flight.ts';
import { BRIEF } from './intent.ts';

const record = async (flight: Flight): Promise<ReleaseRecord> => JSON.parse((await flight.status())?.['record.json'] ?? 'null');
const flags = { 'new-ranking': { owner: 'search', created: '2026-11-01', expires: '2026-12-01', percent: 20 } };
const volumes = { flags: { mountPath: '/etc/flags', configMap: 'web-flags', overriddenBy: 'web-flags-off' } };

/** Releases whose gate has a flag switched off before it aborts. */
export function remedies(ground: () => Ground): void {
  it('switches a flag off in the cluster, measures anew and is promoted without it', async ({ onTestFinished }) => {
    // Nobody here waits for a kubelet.
    const flagOff = { flag: 'new-ranking', settle: '4s', within: '10s' };
    const changes = { ...BRIEF.changes, 'strategy.gates.0.onFailure': 'flagOff', flags, volumes, remedies: { flagOff } };
    const flight = await Flight.begin(ground(), onTestFinished, { changes });
    flight.application.errors = 0.2;
    const runner = await flight.runner();
    const off = await until('the override', () => flight.find('ConfigMap', 'web-flags-off'), { seconds: 60, everyMs: 200 });
    flight.application.errors = 0;
    const plan = await flight.live('ConfigMap', flight.planName);
    expect(off.metadata.ownerReferences).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', name: flight.planName, uid: plan.metadata.uid }]);
    await flight.reachesStep(BRIEF.approval);
    await flight.approve();
    expect(await runner.ended, runner.transcript).toBe(0);

    expect(flight.weights).toEqual([0, 50, 100]);
    const { outcome, remedies: tried, gates } = await record(flight);
    expect([outcome, tried?.map(({ remedy }) => remedy)]).toEqual(['promoted', ['flagOff']]);
    expect(gates.map((gate) => (gate as { verdict: string }).verdict).slice(0, 2)).toEqual(['fail', 'pass']);
    expect(await flight.events()).toEqual(expect.arrayContaining(['Remedy Deployment', 'RemedyDone Deployment', 'Promoted Deployment']));
  });

  it('is aborted in time where the flag service hangs', async ({ onTestFinished }) => {
    let asked = 0;
    const service = createServer(() => asked++).listen(0, '127.0.0.1');
    onTestFinished(() => {
      service.close();
      service.closeAllConnections();
    });
    await until('the flag service', async () => service.listening, { everyMs: 20 });
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/off`;
    const webhook = { url, flag: 'new-ranking', timeout: '2s', within: '5s' };
    const changes = { ...BRIEF.changes, 'strategy.gates.0.onFailure': 'webhook', remedies: { webhook } };
    const flight = await Flight.begin(ground(), onTestFinished, { changes });
    flight.application.errors = 0.2;
    await flight.runner();
    const { at = 0 } = (await flight.reaches('the remedy', ({ remedies: tried }) => tried.webhook != null)).remedies.webhook ?? {};
    const { reason } = await flight.reaches('the end', ({ phase }) => phase === 'Aborting');
    await flight.gives(0);
    const took = (flight.history.at(-1)?.at ?? 0) - at;
    expect([took >= 4_500, took < 15_000, asked > 0], `${took} ms, asked ${asked} times`).toEqual([true, true, true]);
    expect(reason).toContain('flag new-ranking was not switched off within 5s');
  });
}
