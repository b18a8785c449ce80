import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../lib/runner/index.ts';
import { METRICS, metrics, serve } from '../../lib/runner/parts/metrics.ts';
import { approval, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import { Scene, type SceneOptions } from './scene.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.warn('skipped: what promtool says of metrics needs it (Debian: apt-get install prometheus)');

const waiting = planOf([scale(), smoke(), setWeight(20), approval(), switchOver()], { approvals: { required: ['promote'], waived: null } });

/** A release that waits for people, and what its latest runner reports. */
async function reporting(fault: SceneOptions['fault'] = () => 'none') {
  let latest: Report | undefined;
  const onReport = (report: Report) => {
    latest = report;
  };
  const scene = new Scene({ plan: waiting, fault, runner: { onReport } });
  scene.start();
  await scene.time.run(300_000);
  return { scene, report: () => latest as Report };
}

const reported = async (): Promise<Report> => (await reporting()).report();

/** How long ago it was, in seconds, by a metric of a moment. */
function ago(name: string, text: string, now: number): number {
  return now / 1_000 - Number(new RegExp(`^tidegate_runner_${name}_timestamp_seconds\\{.*\\} (.*)$`, 'm').exec(text)?.[1]);
}
const LABELS = 'release="web",release_namespace="shop"';

describe('/metrics', () => {
  test('tells plan, step, weight, and for how long people have been waited for', async () => {
    const report = await reported();
    const text = metrics(report);
    expect(text).toContain(
      `tidegate_runner_info{${LABELS},plan="${report.release?.hash}",attempt="1",target="production",risk="normal",stable="web-aaaaaaaa",candidate="web-cccccccc"} 1\n`,
    );
    for (const line of [
      `phase{${LABELS},phase="Progressing"} 1`,
      `step{${LABELS}} 3`,
      `weight{${LABELS}} 20`,
      `observed_weight{${LABELS}} 20`,
      `exposed{${LABELS}} 1`,
      `approvals_missing{${LABELS},approval="promote"} 1`,
    ])
      expect(text).toContain(`\ntidegate_runner_${line}\n`);
    expect(text).toMatch(/\ntidegate_runner_approval_waiting_since_timestamp_seconds\{.*\} \d{10}(\.\d+)?\n/);
    expect(text).not.toContain('held_since');
  });

  test('tells of a runner that looks and reaches nobody', async () => {
    let out = false;
    const { scene, report } = await reporting(() => (out ? 'unavailable' : 'none'));
    expect(ago('heartbeat', metrics(report()), scene.time.now)).toBeLessThanOrEqual(60);
    out = true;
    await scene.time.run(300_000);
    const text = metrics(report());
    expect(ago('last_look', text, scene.time.now)).toBeLessThanOrEqual(30);
    expect(ago('heartbeat', text, scene.time.now)).toBeGreaterThan(180);
    expect(text).toContain(`exposed{${LABELS}} 1\n`);
  });

  test('says nothing of what is exposed while it cannot know', async () => {
    let out = false;
    const { scene, report } = await reporting(() => (out ? 'unavailable' : 'none'));
    out = true;
    for (const process of scene.processes) process.alive = false;
    scene.start();
    await scene.time.run(60_000);
    const text = metrics(report());
    expect(text).toMatch(/\ntidegate_runner_ready\{.*\} 0\n/);
    expect(text).not.toContain('exposed');
    out = false;
    await scene.time.run(60_000);
    expect(metrics(report())).toContain(`exposed{${LABELS}} 1\n`);
  });

  test('is in OpenMetrics: families without suffix, units, an end', async () => {
    const text = metrics(await reported(), 'openmetrics');
    expect(text).toContain('# TYPE tidegate_runner info\n');
    expect(text).toContain('# TYPE tidegate_runner_failed_looks counter\n');
    expect(text).toContain(`\ntidegate_runner_failed_looks_total{${LABELS}} 0\n`);
    expect(text).toContain('# UNIT tidegate_runner_last_look_timestamp_seconds seconds\n');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    for (const { name, unit } of METRICS) if (unit) expect(name.endsWith(`_${unit}`)).toBe(true);
  });

  test.each([
    [
      'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
  ])('asked for %s answers with %s', async (accept, type) => {
    const server = createServer((request, response) => serve(null, request, response)).listen(0);
    const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { accept } });
    expect(headers.get('content-type')).toBe(type);
    server.closeAllConnections();
    server.close();
  });

  test('escapes what people have named', async () => {
    const report = await reported();
    const [step] = waiting.steps.filter(({ kind }) => kind === 'approval');
    const named = { ...step, name: 'a "b"\\c\nd' } as (typeof waiting.steps)[number];
    const steps = waiting.steps.map((one) => (one === step ? named : one));
    const release = { plan: { ...waiting, steps }, hash: 'x' };
    expect(metrics({ ...report, release })).toContain('approval="a \\"b\\"\\\\c\\nd"');
  });

  test.skipIf(!hasPromtool)('is well named and formed to promtool', async () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: metrics(await reported()), encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
