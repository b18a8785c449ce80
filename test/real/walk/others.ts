import { expect, it } from 'vitest';
import { until } from '../until.ts';
import { Flight, type Ground } from './flight.ts';
import type { Application, Way } from './metrics.ts';

/** How long metrics are lost: Argo Rollouts would have aborted after 40 s. */
const OUTAGE_MILLISECONDS = 45_000;

/** What others do while a release is in flight: those who move its route, and those who answer its gates. */
export function others(ground: () => Ground): void {
  // At the approval the weight stands still.
  const APPROVAL = 6;

  it('returns to the level that it has earned when the reconciler resets its route', async ({ onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished);
    const runner = await flight.runner();
    await flight.reachesStep(APPROVAL);
    await flight.land();
    await until('return', async () => flight.weights.length >= 5);
    expect(flight.weights).toEqual([0, 20, 50, 0, 50]);
    const reset = flight.history.findLast(({ weight }) => weight === 0);
    expect(reset?.by).toEqual(['kustomize-controller']);
    await flight.approve();
    await flight.gives(100);
    expect((await flight.parsedStatus())?.resets).toMatchObject({ count: 1 });
    expect(runner.stderr).toBe('');
  });

  it.for([
    ['towards stable', 0],
    ['towards the candidate', 80],
  ] as const)(
    'is aborted by a person who moves its route %s, and goes to stable for good',
    async ([direction, weight], { onTestFinished }) => {
      const flight = await Flight.begin(ground(), onTestFinished);
      const runner = await flight.runner();
      await flight.reachesStep(APPROVAL);
      await flight.moveRoute(weight, 'kubectl-edit');
      expect(await runner.ended, runner.transcript).toBe(11);
      expect(flight.weights).toEqual(weight === 0 ? [0, 20, 50, 0] : [0, 20, 50, weight, 0]);
      expect(flight.history.at(-1)?.by).toEqual([weight === 0 ? 'kubectl-edit' : 'tidegate-runner']);
      const { phase, abort, reason } = (await flight.parsedStatus()) ?? {};
      expect({ phase, abort }).toMatchObject({ phase: 'Aborted', abort: { by: 'person' } });
      expect(reason).toMatch(new RegExp(`moved from 50 % to ${weight} % by kubectl-edit.*, ${direction}$`));
    },
  );

  const outages: readonly (readonly [string, readonly Way[], Application['exporter'], RegExp])[] = [
    ['refuses', ['refused'], 'counts', /^gate error-ratio: error, .*ECONNREFUSED/],
    ['answers with a page of HTML', ['html'], 'counts', /^gate error-ratio: error, /],
    ['has nothing to tell', ['open'], 'absent', /^gate error-ratio: no-data/],
    ['is slow, redirects, and answers with 50 MB', ['slow', 'redirect', 'huge'], 'counts', /^gate error-ratio: error, /],
    ['tells of NaN', ['open'], 'NaN', /^gate error-ratio: no-data/],
  ];
  it.for(outages)(
    'keeps its weight while Prometheus %s for long, and goes on after',
    async ([, ways, exporter, line], { onTestFinished }) => {
      const flight = await Flight.begin(ground(), onTestFinished);
      const runner = await flight.runner();
      await flight.reachesStep(APPROVAL);
      const [began, heard] = [Date.now(), runner.lines.length];
      flight.application.exporter = exporter;
      for (const [index, way] of ways.entries()) {
        await flight.door.set(way);
        if (index === 0) {
          await runner.says(line, heard);
          // People may say yes now, but nobody can say how the candidate does.
          await flight.approve();
        }
        const end = began + ((index + 1) / ways.length) * OUTAGE_MILLISECONDS;
        await until('end of the outage', async () => Date.now() >= end || flight.weights.length > 3, { seconds: 120 });
      }
      expect(flight.weights, runner.transcript).toEqual([0, 20, 50]);
      expect(await flight.parsedStatus()).toMatchObject({ phase: 'Progressing', step: 8, hold: null, approvals: [{ by: 'alice' }] });
      flight.application.exporter = 'counts';
      await flight.door.set('open');
      await flight.gives(100);
    },
  );
}
