import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { alertRules } from '../../lib/engines/native/alerts.ts';
import { ask } from '../../lib/gates/providers/index.ts';
import { networkExchange } from '../../lib/runner/exchange.ts';
import { METRICS } from '../../lib/runner/parts/metrics.ts';
import { freePort, hasPrometheus, startPrometheus } from '../gates/providers/prometheus-process.ts';
import { contextOf } from '../gates/providers/questions.ts';
import { describeCluster, type Finally, installCrds, type Kube, skipped, until } from './harness.ts';
import { controlPlane, Flight, type Ground } from './walk/flight.ts';
import { BRIEF } from './walk/intent.ts';
import { Metrics } from './walk/metrics.ts';

type State = 'inactive' | 'pending' | 'firing';

/** Of three seconds, where people wait for hours: a release here is a minute. */
const WAITING_MINUTES = 0.05;

if (!hasPrometheus) skipped('alerts', "need Prometheus (Debian's package prometheus)");
else
  describeCluster('alerts on a real release', (kube) => {
    let ground: Ground;
    beforeAll(async () => {
      ground = { kube, connection: controlPlane(), metrics: await Metrics.start() };
    });
    afterAll(() => ground.metrics.stop());

    it('begin and end with what they are for, in a Prometheus that scrapes its runner', async ({ onTestFinished }) => {
      const flight = await Flight.begin(ground, onTestFinished, { changes: BRIEF.changes });
      // As pods do, each runner has an address of its own, so what one said stays what it said.
      const ports = [await freePort(), await freePort()] as const;
      const start = (port: number) => flight.runner({ TIDEGATE_METRICS_PORT: String(port) });
      const runner = await start(ports[0]);
      await runner.says(/./);
      const prometheus = await watching(kube, flight.namespace, ports, onTestFinished);
      const { becomes } = prometheus;

      await becomes({});
      await flight.reachesStep(BRIEF.approval);
      await becomes({ TidegateReleaseWaiting: 'firing' });

      await flight.say('pause');
      await becomes({ TidegateReleaseWaiting: 'firing', TidegateReleaseStalled: 'pending' });
      await kube.mergePatch(flight.ref('ConfigMap', 'web-operator'), { data: { pause: null } });
      await becomes({ TidegateReleaseWaiting: 'firing' });
      await checkScrape(ports[0], prometheus.answer);

      // Its pod is lost, and the next one has no rights: neither knows what users get.
      const role = flight.object('Role', 'web-runner');
      await runner.kill();
      await becomes({ TidegateRunnerSilent: 'pending' });
      await kube.remove(role);
      const powerless = await start(ports[1]);
      await becomes({ TidegateRunnerSilent: 'pending', TidegateReleaseStalled: 'pending' });
      await kube.apply(role, { manager: 'kustomize-controller', force: true });
      await becomes({ TidegateReleaseWaiting: 'firing' });

      await flight.say('abort');
      await becomes({ TidegateReleaseAborted: 'firing' });
      await flight.revert();
      await powerless.kill();
      // Nobody is left to contradict what the first pod said last.
      await prometheus.forgets();
      expect(await prometheus.judges('TidegateRunnerSilent')).toEqual([]);
      await becomes({});
    });
  });

interface Group {
  readonly name: string;
  readonly rules: readonly { readonly alert: string; readonly expr: string; readonly for: string }[];
}

/**
 * A Prometheus that scrapes the runner and judges the release's PrometheusRule, as the API server has it, twice: as it
 * is, and with a second for each minute for which something has to be so.
 */
async function watching(kube: Kube, namespace: string, ports: readonly number[], atEnd: Finally) {
  await installCrds(kube, ['prometheusrules.monitoring.coreos.com']);
  const alerts = { labels: {}, stalledMinutes: 2, waitingMinutes: WAITING_MINUTES };
  const [rule] = alertRules(alerts, { release: 'web', namespace, target: 'production', risk: 'normal' });
  if (rule === undefined) throw new Error('there is no PrometheusRule');
  await kube.apply(rule, { manager: 'kustomize-controller', force: true });
  const { groups } = (await kube.get(rule)).spec as { readonly groups: readonly Group[] };
  const hurried = groups.map(({ rules }) => ({
    name: 'hurried',
    rules: rules.map((one) => ({ ...one, for: one.for.replace(/m$/, 's') })),
  }));
  const config = {
    global: { scrape_interval: '200ms', scrape_timeout: '200ms', evaluation_interval: '200ms' },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'tidegate', static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }] }],
  };
  const network = networkExchange();
  atEnd(() => network.close());
  const question = { query: 'tidegate_runner_exposed', timeoutSeconds: 5 };
  const prometheus = await startPrometheus(
    { 'prometheus.yml': JSON.stringify(config), 'rules.yml': JSON.stringify({ groups: [...groups, ...hurried] }) },
    () => [],
    (own) =>
      ask({ prometheus: { ...question, address: `http://127.0.0.1:${own}` } }, contextOf({ exchange: network.exchange, now: Date.now })),
  );
  atEnd(() => prometheus.stop());
  const answer = async <T>(path: string): Promise<T> =>
    ((await (await fetch(`http://127.0.0.1:${prometheus.port}/api/v1/${path}`)).json()) as { data: T }).data;

  const query = async (text: string) => (await answer<{ result: readonly object[] }>(`query?query=${encodeURIComponent(text)}`)).result;

  const states = async () => {
    const { groups: judged } = await answer<{ groups: { name: string; rules: { name: string; state: State }[] }[] }>('rules?type=alert');
    const by = (own: boolean) =>
      Object.fromEntries(
        judged.filter(({ name }) => (name !== 'hurried') === own).flatMap(({ rules }) => rules.map(({ name, state }) => [name, state])),
      );
    return { written: by(true), soon: by(false) };
  };
  return {
    answer,
    /** Waits until no runner answers a scrape. */
    forgets: () => until('no runner', async () => (await query('tidegate_runner_ready')).length === 0),
    /** What an alert is about at this moment, whether or not the rule was evaluated since. */
    judges: (alert: string) => query(groups.flatMap(({ rules }) => rules).find((one) => one.alert === alert)?.expr ?? ''),
    /** Waits until these alerts are so and all others inactive, and until those that are pending fire where a minute is a second. */
    becomes: async (wanted: Readonly<Record<string, State>>) => {
      let last: unknown;
      await until('such alerts', async () => {
        const { written, soon } = await states();
        last = { written, soon };
        return Object.keys(written).every(
          (alert) => written[alert] === (wanted[alert] ?? 'inactive') && soon[alert] === (wanted[alert] ? 'firing' : 'inactive'),
        );
      }).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify({ wanted, last })}`);
      });
    },
  };
}

/** What Prometheus read of the OpenMetrics form, and what its tool says of the other. */
async function checkScrape(port: number, answer: <T>(path: string) => Promise<T>): Promise<void> {
  const { activeTargets } = await answer<{ activeTargets: { scrapeUrl: string }[] }>('targets?state=active');
  expect(activeTargets).toContainEqual(
    expect.objectContaining({ scrapeUrl: `http://127.0.0.1:${port}/metrics`, health: 'up', lastError: '' }),
  );
  const told = await answer<{ metric: string; type: string; unit: string; help: string }[]>('targets/metadata');
  const known = new Map(METRICS.map((metric) => [`tidegate_runner_${metric.name}`.replace(/_info$/, ''), metric]));
  expect(told.length).toBeGreaterThanOrEqual(15);
  for (const { metric, type, unit, help } of told) {
    const { type: documented, unit: measured = '', help: described } = known.get(metric) ?? {};
    expect({ metric, type, unit, help }).toEqual({ metric, type: documented, unit: measured, help: described });
  }
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}
