import { describe, expect, it } from 'vitest';
import { analysis, gate, planOf, scale, switchOver, weight } from '../plan/plans.ts';
import { level, Scene } from './cluster.ts';

const terms = { flag: 'new-ranking', settleSeconds: 120, withinSeconds: 60 };
const plan = planOf([scale(), weight(5), analysis(5, 300, [gate({ onFailure: 'flagOff' })]), switchOver], {
  uses: ['remedies'],
  remedies: { flagOff: terms },
});

async function flying(): Promise<Scene> {
  const scene = await Scene.start(plan);
  scene.says({ phase: 'Progressing', step: 2, level: level(5) });
  return scene;
}

describe('without', () => {
  it('is one entry of web-operator, which stands until it is taken back', async () => {
    const scene = await flying();
    const said = await scene.tidegate('without', 'web', 'flagOff', '--by', 'alice', '--reason', 'the sale');
    expect([said.code, said.out]).toEqual([0, `without flagOff: web, plan ${scene.hash}, by alice, target production\n`]);
    expect(said.err).toContain('`tidegate without web flagOff --take-back` ends it');
    expect(scene.orders).toMatchObject({ 'without-flagOff': { plan: scene.hash, by: 'alice', reason: 'the sale' } });
    const again = await scene.tidegate('without', 'web', 'flagOff', '--by', 'bob');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('goes without flagOff already: alice said so')]);
    expect((await scene.tidegate('status', 'web')).out).toMatch(/without-flagOff +by alice at .*: the sale/);
    const back = await scene.tidegate('without', 'web', 'flagOff', '--take-back', '--by', 'bob');
    expect([back.code, scene.orders]).toEqual([0, {}]);
  });

  it.each([
    [['flagOff', '--take-back'], 1, 'nobody said that web goes without flagOff'],
    [['webhook'], 1, 'has webhook done; there is flagOff'],
    [['flags'], 2, 'without takes a remedy, one of scaleUp, flagOff, webhook'],
    [[], 2, 'without takes a remedy'],
  ])('%j is refused', async (args, code, why) => {
    const scene = await flying();
    const said = await scene.tidegate('without', 'web', ...args);
    expect([said.code, said.err, scene.orders]).toEqual([code, expect.stringContaining(why), null]);
  });

  it('is refused where nothing is in flight', async () => {
    const scene = await flying();
    scene.rests();
    expect((await scene.tidegate('without', 'web', 'flagOff')).code).toBe(1);
  });
});

describe('status', () => {
  it('shows what was tried because a gate failed, and since when it is in effect', async () => {
    const scene = await flying();
    const at = Date.now() - 300_000;
    scene.says({
      phase: 'Progressing',
      step: 2,
      level: level(5),
      remedies: { scaleUp: null, flagOff: { at, doneAt: at, readyAt: at + 120_000 }, webhook: { at, readyAt: null } },
    });
    const { out } = await scene.tidegate('status', 'web');
    expect(out).toMatch(/\nremedy +flagOff, tried 5m ago, in effect since 3m ago\nremedy +webhook, tried 5m ago, not in effect yet\n/);
    expect((await scene.json('status', 'web')).remedies).toEqual([
      { remedy: 'flagOff', at: new Date(at).toISOString(), inEffectSince: new Date(at + 120_000).toISOString() },
      { remedy: 'webhook', at: new Date(at).toISOString(), inEffectSince: null },
    ]);
  });
});
