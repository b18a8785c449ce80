import { describe, expect, test } from 'vitest';
import type { Plan, PlanGate, Step } from '../../lib/plan/plan.ts';
import type { KubeObject } from './fake-api.ts';
import { analysis, Judged, WAIVED } from './judged.ts';
import { bake, gate, PATHS, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const HEADERS = { 'x-priority': 'low' };
/** Measured every 10 s; the first failure fails it. */
const quick: PlanGate = { ...gate, intervalSeconds: 10, initialDelaySeconds: 10, count: 3, failureLimit: 0 };
const shedding: PlanGate = { ...quick, onFailure: 'shed' };
const giveAll: Step = { kind: 'setHeaderRoute', exposure: 50, deadlineSeconds: 120, name: 'shed', headers: HEADERS };
const STEPS: readonly Step[] = [
  scale(),
  smoke(),
  setWeight(20),
  analysis([shedding]),
  setWeight(50),
  analysis([shedding], 50),
  scale(),
  giveAll,
  analysis([quick], 50),
  switchOver(),
  bake([quick]),
];

const split = (rule: number) => {
  const backend = (index: number, value: string) => ({
    destination: { path: `/spec/rules/${rule}/backendRefs/${index}/name`, value },
    weight: `/spec/rules/${rule}/backendRefs/${index}/weight`,
  });
  return { stable: backend(0, 'web-aaaaaaaa'), candidate: backend(1, 'web-cccccccc') };
};

/** Rule 0 is for requests that may be given up. */
function planWith(steps: readonly Step[] = STEPS): Plan {
  const plan = planOf(steps, { ...WAIVED, uses: ['remedies'], remedies: { shed: { headers: HEADERS, withinSeconds: 60 } } });
  return { ...plan, route: { ...plan.route, splits: [split(1)], headers: [{ name: 'shed', splits: [split(0)] }] } };
}

class Shedding extends Judged {
  /** What each rule has given the candidate, in order. */
  readonly levels: string[] = [];

  constructor(plan = planWith()) {
    super(plan);
    this.api.edit(PATHS.route, 'argocd-controller', ({ spec }) => {
      spec.rules = [structuredClone(spec.rules[0]), spec.rules[0]];
    });
  }

  /** Share of the requests that may be given up, and of all others. */
  get shares(): readonly [shed: number, others: number] {
    const { rules } = this.api.at(PATHS.route).spec;
    return rules.map(({ backendRefs }: KubeObject) => backendRefs[1].weight);
  }

  async at(weight: number): Promise<this> {
    if (this.status === null) this.start();
    await this.time.run(600_000, () => this.shares[1] === weight);
    return this;
  }

  async shed(): Promise<this> {
    this.said = 0.5;
    await this.time.run(120_000, () => this.shares[0] === 0);
    return this;
  }

  get told(): string {
    return this.api.events.join('\n');
  }
}

describe('requests that may be given up', () => {
  test('have the share of all others for as long as no gate fails, and are judged alone before the switch', async () => {
    const scene = await new Shedding().at(20);
    expect(scene.shares).toEqual([20, 20]);
    await scene.at(50);
    expect(scene.shares).toEqual([50, 50]);
    await scene.time.run(600_000, () => scene.shares[0] === 100);
    expect(scene.shares).toEqual([100, 50]);
    await scene.until(['Promoted'], 600);
    expect(scene.shares).toEqual([100, 100]);
  });

  test('go to stable when a gate fails, and no later weight gives them back, but the step before the switch', async () => {
    const scene = await (await new Shedding().at(20)).shed();
    expect(scene.shares).toEqual([0, 20]);
    scene.said = 0;
    const { asked } = scene;
    await scene.time.run(14_000);
    expect([scene.shares, scene.asked]).toEqual([[0, 20], asked]);
    await scene.at(50);
    expect(scene.shares).toEqual([0, 50]);
    await scene.time.run(600_000, () => scene.shares[0] > 0);
    expect(scene.shares).toEqual([100, 50]);
    await scene.until(['Promoted'], 600);
    expect([scene.shares, scene.told.match(/may be given up go to stable and/g)?.length]).toEqual([[100, 100], 1]);
  });

  test('are given up once: a gate that fails again aborts, at this weight or at a later one', async () => {
    const scene = await (await new Shedding().at(20)).shed();
    await scene.until(['Aborting'], 60);
    expect(scene.shares).toEqual([0, 0]);
    const later = await (await new Shedding().at(20)).shed();
    later.said = 0;
    await later.at(50);
    later.said = 0.5;
    await later.until(['Aborting'], 60);
    expect(later.shares).toEqual([0, 0]);
  });

  test('are not given up once the candidate has all of them', async () => {
    const scene = await new Shedding().at(50);
    await scene.time.run(600_000, () => scene.shares[0] === 100);
    scene.said = 0.5;
    await scene.until(['Aborting'], 60);
    expect(scene.shares).toEqual([0, 0]);
  });

  test('are not given up where no step would give them back', async () => {
    const scene = await new Shedding(planWith(STEPS.filter((step) => step !== giveAll))).at(20);
    scene.said = 0.5;
    await scene.until(['Aborting'], 60);
    expect([scene.shares, scene.status?.reason]).toEqual([[0, 0], 'there are no requests that could be given up']);
  });

  test('stay given up when Git applies the route again, and when the runner is killed', async () => {
    const scene = await (await new Shedding().at(20)).shed();
    scene.said = 0;
    scene.api.edit(PATHS.route, 'argocd-controller', ({ spec }) => {
      for (const { backendRefs } of spec.rules) [backendRefs[0].weight, backendRefs[1].weight] = [100, 0];
    });
    await scene.time.run(30_000, () => scene.shares[1] === 20);
    expect(scene.shares).toEqual([0, 20]);
    for (const process of scene.processes) process.alive = false;
    scene.start();
    await scene.at(50);
    expect(scene.shares).toEqual([0, 50]);
  });

  test('are not given up where a person has said so, and the gate aborts', async () => {
    const scene = await new Shedding().at(20);
    scene.say('without-shed', scene.order('ann'));
    scene.said = 0.5;
    await scene.until(['Aborting'], 60);
    expect([scene.shares, scene.told.includes('may be given up')]).toEqual([[0, 0], false]);
  });

  test('are taken for moved by a person when one gives them back', async () => {
    const scene = await (await new Shedding().at(20)).shed();
    scene.said = 0;
    await scene.time.run(10_000);
    scene.api.edit(PATHS.route, 'kubectl-edit', ({ spec }) => {
      [spec.rules[0].backendRefs[0].weight, spec.rules[0].backendRefs[1].weight] = [80, 20];
    });
    await scene.until(['Aborting'], 30);
    expect(scene.shares).toEqual([0, 0]);
  });
});
