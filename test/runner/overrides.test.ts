import { describe, expect, test } from 'vitest';
import type { KubeObject } from './fake-api.ts';
import { PATHS } from './release.ts';
import { FLAGS_OFF, planWith, REMEDIES, Remedied } from './remedied.ts';

const FILE = 'flags-off.json';
const switchOff = (flag: string) => ({ [flag]: { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' } });
/** What a person applies; of the plan's own flag, of another, or of none. */
const override = (flags: object = switchOff('new-ranking')): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web-flags-off' },
  data: { [FILE]: JSON.stringify({ flags }) },
});
const OTHERS: readonly [what: string, applied: KubeObject][] = [
  ["the plan's flag", override()],
  ['another flag', override(switchOff('checkout'))],
  ['no flag', override({})],
];

test('the override of a run before is known to the next when the status is lost, and is not tried twice', async () => {
  const scene = await new Remedied(planWith('flagOff')).failing(30);
  scene.api.delete(PATHS.status);
  await scene.time.run(120_000, () => scene.weight === 20 && scene.status?.remedies.flagOff?.readyAt != null);
  await scene.until(['Aborting'], 300);
  expect([scene.weight, scene.told.match(/switched off \(/g)?.length]).toEqual([0, 1]);
});

describe.each(OTHERS)('an override of others, of %s,', (_, applied) => {
  test('is waited for before the first step, left alone, and may take effect once it is gone', async () => {
    const scene = new Remedied(planWith('flagOff'));
    scene.api.apply(FLAGS_OFF, applied, 'kubectl-edit');
    await scene.failing(300);
    expect([scene.weight, scene.phase, scene.api.at(FLAGS_OFF).data]).toEqual([0, 'Starting', applied.data]);
    expect(scene.status?.reason).toContain('ConfigMap web-flags-off is of others, or was edited: waiting until it is gone');
    scene.said = 0;
    scene.api.delete(FLAGS_OFF);
    await scene.time.run(115_000);
    expect(scene.phase).toBe('Starting');
    await scene.until(['Promoted'], 600);
    expect(scene.weight).toBe(100);
  });

  test('ends a release that has measured without it, and is left alone', async () => {
    const scene = new Remedied(planWith('flagOff'));
    scene.start();
    await scene.time.run(60_000, () => scene.weight === 20);
    scene.api.apply(FLAGS_OFF, applied, 'kubectl-edit');
    await scene.time.run(5_000);
    expect([scene.weight, scene.phase, scene.api.at(FLAGS_OFF).data]).toEqual([0, 'Aborting', applied.data]);
    expect(scene.told).toContain('ConfigMap web-flags-off is of others, or was edited: gates have measured without it');
  });

  test('moves nothing once the release is promoted', async () => {
    const scene = new Remedied(planWith('flagOff'));
    scene.start();
    await scene.until(['Promoted'], 600);
    scene.api.apply(FLAGS_OFF, applied, 'kubectl-edit');
    await scene.time.run(60_000);
    expect([scene.weight, scene.phase, scene.api.at(FLAGS_OFF).data]).toEqual([100, 'Promoted', applied.data]);
  });

  test('is left alone by a runner that is about to write its own', async () => {
    const scene = new Remedied(planWith('flagOff'));
    scene.arriving = ({ method, path }) => {
      if (method === 'PATCH' && path.includes('web-flags-off?')) scene.api.apply(FLAGS_OFF, applied, 'kubectl-edit');
    };
    await scene.failing(5);
    expect([scene.weight, scene.phase, scene.api.at(FLAGS_OFF).data]).toEqual([0, 'Aborting', applied.data]);
  });
});

test('an override that comes back has to settle anew once it is gone', async () => {
  const scene = new Remedied(planWith('flagOff'));
  scene.api.apply(FLAGS_OFF, override(), 'kubectl-edit');
  scene.start();
  await scene.time.run(60_000);
  scene.api.delete(FLAGS_OFF);
  await scene.time.run(20_000);
  scene.api.apply(FLAGS_OFF, override(), 'kubectl-edit');
  await scene.time.run(200_000);
  scene.api.delete(FLAGS_OFF);
  await scene.time.run(115_000);
  expect([scene.phase, scene.weight]).toEqual(['Starting', 0]);
  await scene.until(['Promoted'], 600);
});

test('a release that is paused before its first step waits for an override of others as one that is not', async () => {
  const scene = new Remedied(planWith('flagOff'));
  scene.say('pause', scene.order('ann'));
  scene.start();
  await scene.time.run(20_000);
  scene.api.apply(FLAGS_OFF, override(), 'kubectl-edit');
  await scene.time.run(5_000);
  expect([scene.phase, scene.status?.step, scene.status?.stepStartedAt]).toEqual(['Held', 0, null]);
  scene.api.delete(FLAGS_OFF);
  scene.say('pause', null);
  await scene.until(['Promoted', 'Aborting'], 600);
  expect([scene.phase, scene.weight]).toEqual(['Promoted', 100]);
});

describe('an override of the plan that somebody changes', () => {
  const text = (scene: Remedied): string => scene.api.at(FLAGS_OFF).data[FILE];
  const edits: readonly [what: string, edit: (scene: Remedied) => void][] = [
    ['is taken away', ({ api }) => api.delete(FLAGS_OFF)],
    ['gives the flag on', (scene) => rewrite(scene, text(scene).replace('"defaultVariant": "off"', '"defaultVariant": "on"'))],
    ['disables the flag', (scene) => rewrite(scene, text(scene).replace('ENABLED', 'DISABLED'))],
    ['has another flag', (scene) => rewrite(scene, JSON.stringify({ flags: switchOff('checkout') }))],
    ['is no JSON', (scene) => rewrite(scene, `${text(scene)}"new-ranking"`)],
    ['is empty', ({ api }) => api.edit(FLAGS_OFF, 'kubectl-edit', (object) => void delete object.data)],
  ];
  const rewrite = ({ api }: Remedied, changed: string) =>
    api.edit(FLAGS_OFF, 'kubectl-edit', ({ data }) => {
      data[FILE] = changed;
    });

  test.each(edits)('ends the release that was measured without the flag: it %s', async (_, edit) => {
    const scene = await new Remedied(planWith('flagOff')).failing(5);
    scene.said = 0;
    await scene.time.run(60_000);
    edit(scene);
    await scene.time.run(5_000);
    expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
    expect(scene.told).toContain('flag new-ranking is not off any more: ConfigMap web-flags-off is not as it was written');
  });

  test.each(['state', 'off', 'flags'])('ends it whatever words the name of the flag is among: %s', async (flag) => {
    const scene = await new Remedied(planWith('flagOff', [], { remedies: { flagOff: { ...REMEDIES.flagOff, flag } } })).failing(5);
    rewrite(scene, JSON.stringify({ flags: switchOff('checkout') }));
    await scene.time.run(5_000);
    expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
  });

  test('is waited for by the next run, which would not know what it does', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(110);
    await scene.until(['Aborted'], 300);
    rewrite(scene, text(scene).replace('"defaultVariant": "off"', '"defaultVariant": "on"'));
    scene.said = 0;
    scene.say('retry', scene.order());
    await scene.time.run(300_000);
    expect([scene.phase, scene.status?.run, scene.weight]).toEqual(['Starting', 2, 0]);
    scene.api.delete(FLAGS_OFF);
    await scene.until(['Promoted'], 600);
  });
});
