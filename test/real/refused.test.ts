import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { freePort, hasPrometheus } from '../gates/providers/prometheus-process.ts';
import { describeCluster, type Kube, skipped, until } from './harness.ts';
import { controlPlane, Flight, type Ground } from './walk/flight.ts';
import { Metrics } from './walk/metrics.ts';
import type { RunnerProcess } from './walk/runner-process.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What a runner could have touched, and whether it did. */
async function traces(kube: Kube, flight: Flight): Promise<object> {
  const { stable, candidate, route } = flight.plan;
  const [live, ...deployments] = await Promise.all(
    [flight.ref('Route', route.name), flight.ref('Deployment', stable.deployment), flight.ref('Deployment', candidate.deployment)].map(
      (ref) => kube.get(ref),
    ),
  );
  return {
    route: live?.metadata.resourceVersion,
    deployments: deployments.map(({ metadata }) => metadata.generation),
    status: await flight.status(),
    events: await flight.events(),
  };
}

/** A run that is to exit: its code, and what it said. */
async function run(flight: Flight): Promise<{ readonly code: number | null; readonly runner: RunnerProcess }> {
  const runner = await flight.runner();
  await until('exit', async () => runner.exited).catch((error: Error) => {
    throw new Error(`${error.message}\n${runner.transcript}`);
  });
  return { code: await runner.ended, runner };
}

if (!hasPrometheus) skipped('what cannot be walked', "needs Prometheus (Debian's package prometheus)");
else
  describeCluster('what cannot be walked', (kube) => {
    let ground: Ground;
    beforeAll(async () => {
      ground = { kube, connection: controlPlane(), metrics: await Metrics.start() };
    });
    afterAll(() => ground.metrics.stop());

    it('without any one of its rights: each is named, nothing is touched, and in the cluster it stays up, not ready', async () => {
      const flight = await Flight.begin(ground, onTestFinished);
      const role = flight.object('Role', 'web-runner') as unknown as { readonly rules: readonly Rule[] };
      const [runnerClient, port] = [kube.as(await kube.token(flight.namespace, 'web-runner')), await freePort()];
      const before = await traces(kube, flight);
      for (const [index, rule] of role.rules.entries()) {
        for (const verb of rule.verbs) {
          const [group = '', resource = '', subresource] = [rule.apiGroups[0], ...(rule.resources[0] ?? '').split('/')];
          // The scale is written without being read.
          if (subresource === 'scale' && verb === 'get') continue;
          const rules = role.rules.map((other, at) =>
            at === index ? { ...rule, verbs: rule.verbs.filter((word) => word !== verb) } : other,
          );
          const left = { ...flight.object('Role', 'web-runner'), rules: rules.filter(({ verbs }) => verbs.length > 0) };
          await kube.apply(left, { manager: 'kustomize-controller', force: true });
          const attributes = {
            ...{ verb, group, resource, namespace: flight.namespace },
            ...(subresource === undefined ? {} : { subresource }),
            ...(rule.resourceNames?.[0] === undefined ? {} : { name: rule.resourceNames[0] }),
          };
          await until(`loss of ${verb} ${resource}`, async () => !(await runnerClient.may(attributes)));

          const missing = new RegExp(`Role lacks verb ${verb} on ${rule.resources[0]}(:|\\s|$)`);
          const { code, runner } = await run(flight);
          expect({ missing: `${missing}`, code }, runner.transcript).toEqual({ missing: `${missing}`, code: 20 });
          expect(runner.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
            expect.stringMatching(missing),
          ]);
          const staying = await flight.runner({ TIDEGATE_METRICS_PORT: String(port) });
          const why = await until(`${missing} as the reason of not being ready`, async () => {
            const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
            const text = (await answer?.text()) ?? '';
            return answer?.status === 503 && missing.test(text) ? text : null;
          });
          expect(why).toMatch(missing);
          await staying.kill();
          expect(await traces(kube, flight), runner.transcript).toEqual(before);
        }
      }
    });

    const spoiled: readonly (readonly [string, (text: string) => string, RegExp])[] = [
      ['is truncated', (text) => text.slice(0, -100), /plan\.json is no JSON/],
      [
        'is of another version',
        (text) => text.replace(/"version": ?1/, '"version":2'),
        /version 2 is unknown, .*use the runner of the same commit/,
      ],
      ['has a step that nobody knows', (text) => text.replace(/"kind": ?"switch"/, '"kind":"leap"'), /kind "leap" is unknown/],
      ['has weights that do not rise', (text) => text.replace(/"weight": ?50/, '"weight":20'), /weight 20 does not rise above 20/],
      ['was edited', (text) => text.replace(/"attempt": ?1/, '"attempt":2'), /it was edited: delete it, and Git brings it back/],
      ['is too big', (text) => `${text}${' '.repeat(205_000)}`, /more than 204800/],
    ];
    it('plans that nobody reviewed: nothing is touched, and one line says why', async () => {
      const flight = await Flight.begin(ground, onTestFinished);
      const before = await traces(kube, flight);
      const plan = flight.object('ConfigMap', flight.planName) as unknown as { readonly data: Readonly<Record<string, string>> };
      const text = plan.data['plan.json'] ?? '';
      for (const [what, spoil, why] of spoiled) {
        expect(spoil(text), what).not.toBe(text);
        await kube.remove(flight.ref('ConfigMap', flight.planName));
        await kube.create({ ...flight.object('ConfigMap', flight.planName), data: { ...plan.data, 'plan.json': spoil(text) } });
        const { code, runner } = await run(flight);
        expect({ what, code, lines: runner.lines }, runner.transcript).toMatchObject({
          ...{ what, code: 20 },
          lines: [{ level: 'error', phase: 'Refused', message: expect.stringMatching(why) }],
        });
        expect(await traces(kube, flight)).toEqual(before);
      }
    });

    it('a route without the rule, a Deployment or a smoke Job that is gone: stable keeps all traffic while it waits', async () => {
      const flight = await Flight.begin(ground, onTestFinished);
      const { candidate, route } = flight.plan;
      const smoke = flight.objects.find(({ kind }) => kind === 'Job')?.metadata.name ?? '';
      const live = await flight.route();
      await kube.remove(flight.ref('Job', smoke));
      const runner = await flight.runner({});
      await runner.says(new RegExp(`Job ${smoke} of smoke test api is not there`));
      await runner.kill();

      await kube.remove(flight.ref('ConfigMap', 'web-status'));
      await kube.remove(flight.ref('Deployment', candidate.deployment), 'Foreground');
      const second = await flight.runner({});
      await second.says(new RegExp(`Deployment ${candidate.deployment} is not there`));
      await second.kill();

      await kube.remove(flight.ref('ConfigMap', 'web-status'));
      await kube.jsonPatch(flight.ref('Route', route.name), [
        { op: 'remove', path: '/spec/http/0/route/1' },
        { op: 'replace', path: '/spec/http/0/route/0/weight', value: 100 },
      ]);
      const third = await flight.runner({});
      await third.says(/waiting for VirtualService web: \/spec\/http\/0\/route\/1\/destination\/host is missing/);
      expect(await flight.status()).toBeNull();
      expect(flight.weights).toEqual([0]);
      expect((await flight.route()).metadata.generation).toBe((live.metadata.generation ?? 0) + 1);
    });

    it('a status that was edited by hand: traffic is on stable, and the line says what to do', async () => {
      const flight = await Flight.begin(ground, onTestFinished);
      const runner = await flight.runner({});
      await flight.gives(20);
      const status = await flight.status();
      const edited = status?.['status.json']?.replace('"step":2', '"step":4') ?? '';
      await kube.mergePatch(flight.ref('ConfigMap', 'web-status'), { data: { 'status.json': edited } });
      expect(await runner.says(/held on stable: ConfigMap web-status cannot be believed: .*tidegate retry web starts over/)).toMatchObject({
        level: 'warning',
      });
      await flight.gives(0);
      await flight.say('retry');
      await runner.says(/starts it again/);
      await flight.gives(20);
    });
  });
