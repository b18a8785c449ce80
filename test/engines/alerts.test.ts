import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkObject } from '../../lib/schema/validate.ts';
import { atRest, context, find, inFlight, listed, render, web } from './fixtures.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.warn('skipped: promtool test rules needs it (Debian: apt-get install prometheus)');

const alerting = {
  ...context,
  project: { ...context.project, alerts: { labels: { prometheus: 'team' }, stalledMinutes: 15, waitingMinutes: 240 } },
};
const rule = () => find(render(inFlight(web), alerting), 'PrometheusRule', 'web-runner');

describe('alerts', () => {
  it('are there while a release is in flight and asked for, and nowhere else', () => {
    expect(checkObject(rule())).toEqual([]);
    expect(rule().metadata.labels).toMatchObject({ prometheus: 'team', 'tidegate.dev/release': 'web' });
    expect(listed(render(atRest(web), alerting))).not.toContain('PrometheusRule/web-runner');
    expect(listed(render(inFlight(web)))).not.toContain('PrometheusRule/web-runner');
  });

  const own = 'release="web",release_namespace="shop"';
  const series = (name: string, values: string, more = '', pod = 'a') => ({
    series: `tidegate_runner_${name}{${own},pod="${pod}"${more}}`,
    values,
  });
  /** What a pod says of the candidate's requests, and when it last wrote its status: each minute, as long as it lives. */
  const pod = (exposed: string, beats: string, name = 'a') => [
    series('exposed', exposed, '', name),
    series('heartbeat_timestamp_seconds', beats, '', name),
  ];
  const promoted = (values: string, name = 'a') => series('phase', values, ',phase="Promoted"', name);
  const lost = [...pod('1x10 stale', '0+60x10 stale'), promoted('0x10 stale')];
  it.skipIf(!hasPromtool)('fire when they must, and only then', () => {
    const cases: [title: string, input: object[], minute: number, firing: readonly string[]][] = [
      ['all is well', [...pod('1+0x60', '0+60x60'), series('ready', '1+0x60')], 50, []],
      ['the runner is gone at 20 %', pod('1+0x10', '0+60x10'), 30, ['TidegateRunnerSilent']],
      ['it has been gone for hours', pod('1+0x10', '0+60x10'), 600, ['TidegateRunnerSilent']],
      ['it is gone with nothing exposed', pod('0+0x10', '0+60x10'), 30, []],
      ['another pod took over', [...lost, ...pod('_x9 1+0x50', '_x9 540+60x50', 'b')], 30, []],
      [
        'another pod took over, and is gone too',
        [...lost, ...pod('_x10 1x10 stale', '_x10 660+60x10 stale', 'b')],
        40,
        ['TidegateRunnerSilent'],
      ],
      [
        'another pod took over, promoted, and Git dropped it',
        [...lost, ...pod('_x10 1x20 stale', '_x10 660+60x20 stale', 'b'), promoted('_x10 0x5 1x15 stale', 'b')],
        40,
        [],
      ],
      [
        'another pod took over and aborted, and the next attempt has no runner yet',
        [...lost, ...pod('_x10 1x2 0x10 stale', '_x10 660+60x2 780x10 stale', 'b')],
        40,
        [],
      ],
      [
        'after an abort the next attempt loses its runner',
        [...pod('1x5 0x5 stale', '0+60x5 300x5 stale'), ...pod('_x15 1x5 stale', '_x15 960+60x5 stale', 'b')],
        40,
        ['TidegateRunnerSilent'],
      ],
      ['another pod took over that has no rights', [...lost, series('ready', '_x10 0x40', '', 'b')], 20, ['TidegateRunnerSilent']],
      [
        'it was there again and cannot read what was reached',
        [...pod('1+0x10', '0+60x10'), series('ready', '1x10 0x20')],
        20,
        ['TidegateRunnerSilent'],
      ],
      ['it hangs, or reaches nobody', pod('1+0x60', '0+0x60'), 30, ['TidegateRunnerSilent']],
      ['Git has dropped what was promoted', [...pod('1+0x10', '0+60x10'), promoted('0x5 1x5')], 30, []],
      [
        'the next release loses its runner',
        [...pod('1+0x10', '0+60x10'), promoted('0x5 1x5'), ...pod('_x15 1x5', '_x15 900+60x5', 'b')],
        30,
        ['TidegateRunnerSilent'],
      ],
      ['aborted', [series('phase', '0x5 1+0x60', ',phase="Aborting"')], 20, ['TidegateReleaseAborted']],
      ['held for a moment', [series('phase', '0x15 1x5 0x60', ',phase="Held"')], 20, []],
      ['held', [series('phase', '1+0x60', ',phase="Held"')], 20, ['TidegateReleaseStalled']],
      ['refused', [series('ready', '0+0x60')], 20, ['TidegateReleaseStalled']],
      [
        'people are waited for',
        [series('approval_waiting_since_timestamp_seconds', '0+0x300', ',approval="promote"')],
        241,
        ['TidegateReleaseWaiting'],
      ],
      ['others are waited for', [series('queue_waiting_since_timestamp_seconds', '0+0x300')], 241, ['TidegateReleaseWaiting']],
      ['people were asked just now', [series('approval_waiting_since_timestamp_seconds', '0+0x300')], 200, []],
      ['another release', [{ series: 'tidegate_runner_ready{release="pay",release_namespace="shop"}', values: '0+0x60' }], 50, []],
    ];
    const directory = mkdtempSync(join(tmpdir(), 'tidegate-alerts-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const { groups } = rule().spec as { groups: { rules: { alert: string; labels: object; annotations: object }[] }[] };
    const all = groups.flatMap(({ rules }) => rules);
    writeFileSync(join(directory, 'rules.yml'), JSON.stringify({ groups }));
    const tests = cases.map(([name, input_series, minute, firing]) => ({
      name,
      interval: '1m',
      input_series,
      alert_rule_test: all.map(({ alert, labels, annotations }) => ({
        alertname: alert,
        eval_time: `${minute}m`,
        exp_alerts: firing.includes(alert)
          ? [{ exp_labels: { ...labels, release: 'web', release_namespace: 'shop' }, exp_annotations: annotations }]
          : [],
      })),
    }));
    writeFileSync(join(directory, 'tests.yml'), JSON.stringify({ rule_files: ['rules.yml'], tests }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'tests.yml'], { cwd: directory, encoding: 'utf8' });
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
