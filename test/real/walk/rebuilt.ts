import { expect, it } from 'vitest';
import type { ReleaseRecord } from '../../../lib/runner/report.ts';
import type { KubeObject } from '../../../lib/schema/index.ts';
import { Flight, type Ground } from './flight.ts';
import { BRIEF, smokeAs } from './intent.ts';

interface Moment {
  readonly moment: string;
  readonly reached: (flight: Flight) => Promise<unknown>;
  /** What the route had given until then. */
  readonly given: readonly number[];
}

const { approval, changes, last } = BRIEF;
const MOMENTS: readonly Moment[] = [
  { moment: 'at 50 %', reached: (flight) => flight.gives(50), given: [0, 50] },
  { moment: 'while it waits for a person', reached: (flight) => flight.reachesStep(approval), given: [0, 50] },
  { moment: 'at 100 %, before it is recorded', reached: promoted, given: [0, 50, 100] },
];

/** What becomes of a release whose cluster is lost, and built again from Git. */
export function rebuilt(ground: () => Ground): void {
  it.for(MOMENTS)('$moment comes back on stable, and passes every gate and its approval again', async (story, { onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished, { changes });
    await flight.runner();
    await story.reached(flight);
    await flight.rebuild();
    expect(await flight.status()).toBeNull();
    await passesAll(flight, [...story.given, 0], 1);
  });

  it('before its first weight comes back on stable, and its smoke test has to pass there', async ({ onTestFinished }) => {
    let behaviour = 'hang';
    const altered = (object: KubeObject) => smokeAs({}, { 'fake-kubelet/behaviour': behaviour })(object);
    const flight = await Flight.begin(ground(), onTestFinished, { changes, altered });
    const before = await flight.runner();
    await before.says(/^smoke test .* is running$/);
    await flight.rebuild();
    const after = await flight.runner();
    await after.says(/^smoke test .* is running$/);
    expect(flight.weights).toEqual([0]);
    behaviour = 'succeed';
    await flight.rebuild();
    await passesAll(flight, [0], 1);
  });

  it('with a backup of its status at 100 % and of its approval is walked again all the same', async ({ onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished, { changes });
    await flight.runner();
    await promoted(flight);
    const backup = await Promise.all(['web-status', 'web-operator'].map((name) => flight.live('ConfigMap', name)));
    await flight.rebuild(backup.map(asBackedUp));
    await passesAll(flight, [0, 50, 100, 0], 2);
  });

  it('after its gates gave it up comes back on stable, and is given up by them again', async ({ onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished, { changes });
    flight.application.errors = 0.2;
    await flight.runner();
    const aborted = () => flight.reaches('abort', ({ phase }) => phase === 'Aborting');
    await aborted();
    await flight.rebuild();
    expect(await flight.routeWeight()).toBe(0);
    await flight.runner();
    expect(await aborted()).toMatchObject({ run: 1, abort: { by: 'gate' } });
    expect(flight.weights).toEqual([0, 50, 0, 50, 0]);
  });
}

async function promoted(flight: Flight): Promise<void> {
  await flight.reachesStep(approval);
  await flight.approve();
  await flight.reaches('promotion', ({ phase }) => phase === 'Promoted');
}

/** From nothing to the end, by way of everything. */
async function passesAll(flight: Flight, given: readonly number[], run: number): Promise<void> {
  expect(await flight.routeWeight()).toBe(0);
  const runner = await flight.runner();
  const waiting = await flight.reaches('wait for a person', (status) => status.run === run && status.step === approval);
  expect(waiting.approvals).toEqual([]);
  expect(flight.weights).toEqual([...given, 50]);
  await flight.approve('bob');
  expect(await runner.ended, runner.transcript).toBe(0);
  expect(flight.weights).toEqual([...given, 50, 100]);
  const { outcome, approvals, steps, gates } = JSON.parse((await flight.status())?.['record.json'] ?? 'null') as ReleaseRecord;
  expect({ outcome, approvals }).toMatchObject({ outcome: 'promoted', approvals: [{ by: 'bob' }] });
  expect(steps.map(({ index }) => index)).toEqual(Array.from({ length: last + 1 }, (_, index) => index));
  for (const gate of gates) expect(gate).toMatchObject({ verdict: 'pass', fail: 0 });
}

/** As a backup holds it: the server gives it another identity. */
function asBackedUp({ apiVersion, kind, metadata: { name, namespace }, data }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, data } as KubeObject;
}
