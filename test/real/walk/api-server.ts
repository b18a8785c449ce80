import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startApiServer } from '../envtest.ts';
import { type Finally, Kube, until } from '../harness.ts';
import { Flight, type FlightOptions, type Ground } from './flight.ts';
import type { Metrics } from './metrics.ts';

/** Of an approval wait that is looked at. */
const WATCHED_MILLISECONDS = 60_000;
const OUTAGE_MILLISECONDS = 20_000;

/** What releases ask of an API server of their own, and how they do without it. */
export function apiServer(metrics: () => Metrics, assets: string): void {
  const own = async (atEnd: Finally, audit: boolean) => {
    const server = await startApiServer(assets, { audit });
    const kube = new Kube(server.connection);
    atEnd(() => server.stop());
    atEnd(() => kube.close());
    const ground: Ground = { kube, connection: server.connection, metrics: metrics(), controllers: false };
    return { server, ground };
  };

  it('asks for next to nothing while it waits for a person', async ({ onTestFinished }) => {
    const { server, ground } = await own(onTestFinished, true);
    const flight = await waiting(ground, onTestFinished, { gates: 'every 15s' });
    const began = Date.now();
    await pause(WATCHED_MILLISECONDS);
    const [runner] = flight.runners;
    const asked = server
      .requests()
      .filter(({ userAgent, requestReceivedTimestamp: at }) => userAgent === 'tidegate-runner' && Date.parse(at) >= began)
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
    const minutes = (Date.now() - began) / 60_000;
    expect(asked.length / minutes, asked.join('\n')).toBeLessThanOrEqual(6);
    expect(runner?.residentMiB).toBeLessThanOrEqual(60);
    // It did its work meanwhile.
    const { gates } = (await flight.parsedStatus()) ?? {};
    expect(Object.values(gates ?? {})[0]?.counters.pass).toBeGreaterThanOrEqual(3);
  });

  it('takes a bad candidate off the route as soon as its API server is back, from a freeze and from a crash', async ({
    onTestFinished,
  }) => {
    const { server, ground } = await own(onTestFinished, false);
    const [first, second] = await Promise.all([waiting(ground, onTestFinished), waiting(ground, onTestFinished)]);
    const backAfter = async (flight: Flight) => {
      const back = performance.now();
      await until('stable', async () => (await flight.routeWeight()) === 0, { seconds: 10, everyMs: 20 });
      return performance.now() - back;
    };
    server.freeze();
    first.application.errors = 0.2;
    await pause(OUTAGE_MILLISECONDS);
    server.thaw();
    expect(await backAfter(first), first.transcript).toBeLessThanOrEqual(2_000);

    await server.crash();
    second.application.errors = 0.2;
    await pause(OUTAGE_MILLISECONDS);
    await server.restart();
    expect(await backAfter(second), second.transcript).toBeLessThanOrEqual(2_000);
  });
}

/** A release that waits for its approval at 50 %, its Deployments and Jobs as controllers would have them. */
async function waiting(ground: Ground, atEnd: Finally, options: FlightOptions = {}): Promise<Flight> {
  const flight = await Flight.begin(ground, atEnd, { ...options, changes: { 'strategy.weights': [{ weight: 50, watch: '3s' }, 100] } });
  const approval = flight.plan.steps.findIndex(({ kind }) => kind === 'approval');
  await flight.runner({});
  await until(
    'approval',
    async () => {
      await Promise.all([flight.settle('stable'), flight.settle('candidate'), flight.finishJobs()]);
      return ((await flight.parsedStatus())?.step ?? 0) >= approval;
    },
    { seconds: 100, everyMs: 300 },
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${flight.transcript}`);
  });
  return flight;
}
