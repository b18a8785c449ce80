import { expect, it } from 'vitest';
import type { ReleaseRecord } from '../../../lib/runner/report.ts';
import { Repository } from '../../cli/repository.ts';
import { kubeconfig } from '../kubeconfig.ts';
import { Flight, type Ground } from './flight.ts';

const record = async (flight: Flight): Promise<ReleaseRecord> => JSON.parse((await flight.status())?.['record.json'] ?? 'null');
const conditions = async (flight: Flight) =>
  JSON.parse((await flight.status())?.conditions ?? '[]').filter(({ status }: { status: string }) => status === 'True');

/** Lines after which a runner is killed: in each of the ten steps, and beside each write. */
const MOMENTS = [
  /^plan .* begins/,
  /^step [0134569] .* begins/,
  /^the candidate gets/,
  /^the route holds \d+ %$/,
  /^alice approved/,
] as const;

/** How releases end when nobody interferes but those who may. */
export function outcomes(ground: () => Ground): void {
  it.for(['istio', 'gateway-api'] as const)('on %s is promoted', async (router, { onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished, { router, gates: 'flagship' });
    const runner = await flight.runner();
    await flight.reachesStep(6);
    await flight.approve();
    expect(await runner.ended, runner.transcript).toBe(0);

    expect(flight.weights).toEqual([0, 20, 50, 100]);
    expect(new Set(flight.history.filter(({ weight }) => weight > 0).flatMap(({ by }) => by))).toEqual(new Set(['tidegate-runner']));
    const { route } = flight.plan;
    expect(await flight.events()).toEqual([
      'Started Deployment',
      ...[`WeightSet ${route.kind}`, `WeightSet ${route.kind}`],
      'Approved Deployment',
      `WeightSet ${route.kind}`,
      'Promoted Deployment',
    ]);
    expect(await conditions(flight)).toMatchObject([{ type: 'Ready', reason: 'Promoted' }]);
    const { outcome, steps, approvals, gates } = await record(flight);
    expect({ outcome, approvals }).toMatchObject({ outcome: 'promoted', approvals: [{ by: 'alice', approval: 'promote' }] });
    expect(steps.map(({ kind, weight }) => `${kind} ${weight}`)).toEqual([
      ...['scale 0', 'smoke 0', 'setWeight 20', 'analysis 20', 'setWeight 50', 'analysis 50', 'approval 50', 'scale 50', 'switch 100'],
    ]);
    expect(gates).toHaveLength(10);
    for (const gate of gates) expect(gate).toMatchObject({ verdict: 'pass', fail: 0 });
  });

  it('is aborted by a metric that turns bad, and its candidate is scaled down', async ({ onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished);
    flight.application.errors = 0.2;
    const runner = await flight.runner();
    expect(await runner.ended, runner.transcript).toBe(10);

    expect(flight.weights).toEqual([0, 20, 0]);
    expect((await flight.deployment('candidate')).spec.replicas).toBe(0);
    expect((await flight.deployment('stable')).spec.replicas).toBe(2);
    expect(await flight.events()).toContain('Aborted Deployment');
    expect(await conditions(flight)).toMatchObject([{ type: 'Stalled', reason: 'Aborted' }]);
    const { outcome, by, reason, gates } = await record(flight);
    expect({ outcome, by }).toEqual({ outcome: 'aborted', by: 'gate' });
    expect(reason).toMatch(/gate error-ratio .* more than 1 failures/);
    expect(gates).toMatchObject([{ gate: 'error-ratio', weight: 20, verdict: 'fail', fail: 2 }]);
  });

  it('ends as it would have, though its runner is killed at each step and beside each write', async ({ onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished, { gates: 'flagship' });
    const seen = new Set<string>();
    const killedAt: number[] = [];
    for (let code: number | null = null; code === null; ) {
      const runner = await flight.runner();
      let killed = false;
      runner.onLine(({ message, step = 0 }) => {
        if (killed || seen.has(message) || !MOMENTS.some((moment) => moment.test(message))) return;
        seen.add(message);
        killedAt.push(Number(/^step (\d)/.exec(message)?.[1] ?? step));
        killed = true;
        void runner.kill();
      });
      const status = await flight.parsedStatus();
      if (status?.step === 6 && status.approvals.length === 0) await flight.approve();
      code = await runner.ended;
      expect([0, null], runner.transcript).toContain(code);
    }
    expect(killedAt.length).toBeGreaterThanOrEqual(10);
    expect(killedAt, [...seen].join('\n')).toEqual([...killedAt].sort((a, b) => a - b));
    expect(flight.weights).toEqual([0, 20, 50, 100]);
    const events = await flight.events();
    for (const [reason, most] of [
      ['Started', 1],
      ['WeightSet', 3],
      ['Approved', 1],
      ['Promoted', 1],
    ] as const)
      expect(events.filter((event) => event.startsWith(reason)).length, reason).toBeLessThanOrEqual(most);
    const { outcome, run, approvals, steps: done } = await record(flight);
    expect({ outcome, run, approvals: approvals.length, steps: done.map(({ index }) => index) }).toEqual({
      ...{ outcome: 'promoted', run: 1, approvals: 1 },
      steps: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    });
  });

  it('gives way to the next plan, which begins at nothing', async ({ onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished);
    const first = await flight.runner();
    const { service } = flight.plan.candidate;
    await flight.gives(20);
    await flight.supersede('b');
    const second = await flight.runner();
    expect(await first.ended, first.transcript).toBe(12);
    await flight.gives(20);
    const { run, consumed } = await flight.reachesStep(2);
    expect({ run, consumed }).toEqual({ run: 1, consumed: [] });
    expect(flight.weights).toEqual([0, 20, 0, 20]);
    expect(JSON.stringify(await flight.route())).not.toContain(service);
    expect(second.stderr).toBe('');
  });

  it('begins anew when the same plan lands again, and takes no word that was meant for the first time', async ({ onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished);
    const first = await flight.runner();
    await flight.gives(20);
    await flight.approve('bob');
    await flight.revert();
    expect(await first.ended, first.transcript).toBe(12);
    await flight.land();
    const second = await flight.runner();
    const { reason, approvals: taken } = await flight.reachesStep(6);
    expect(reason).toContain('the approval of bob is not taken: it was given before the release waited for it');
    expect(taken).toEqual([]);
    await flight.approve('alice');
    expect(await second.ended, second.transcript).toBe(0);
    const { run, approvals } = await record(flight);
    expect({ run, approvals }).toMatchObject({ run: 2, approvals: [{ by: 'alice' }] });
    expect(flight.weights).toEqual([0, 20, 0, 20, 50, 100]);
  });

  it('is held, resumed, approved, aborted and retried by the commands of people', async ({ onTestFinished }) => {
    const { connection } = ground();
    const flight = await Flight.begin(ground(), onTestFinished);
    const person = new Repository({ 'kubeconfig.yaml': kubeconfig(connection, flight.namespace) }, onTestFinished);
    const tidegate = async (...args: readonly string[]) => {
      const outcome = await person.tidegate(...args, '--kubeconfig', 'kubeconfig.yaml', '--by', 'alice');
      expect(outcome, outcome.err).toMatchObject({ code: 0 });
    };
    const runner = await flight.runner({});
    await flight.reachesStep(3);
    await tidegate('pause', 'web', '--reason', 'lunch');
    await runner.says(/^held: alice paused it: lunch/);
    expect((await flight.reaches('hold', ({ phase }) => phase === 'Held')).hold).toMatchObject({ at: 'operator' });
    await tidegate('resume', 'web');
    await flight.reachesStep(6);
    await tidegate('approve', 'web', 'promote');
    await flight.reachesStep(8);
    await tidegate('abort', 'web', '--reason', 'orders drop');
    const { abort, reason } = await flight.reaches('abort', ({ phase }) => phase === 'Aborting');
    expect({ abort, reason }).toMatchObject({ abort: { by: 'person' }, reason: 'alice said so: orders drop' });
    await tidegate('retry', 'web');
    const again = await flight.reaches('second run', ({ run, step }) => run === 2 && step === 3);
    expect(again).toMatchObject({ phase: 'Progressing', approvals: [] });
    expect(flight.weights).toEqual([0, 20, 50, 100, 0, 20]);
  });
}
