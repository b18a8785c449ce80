import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lock } from '../../lib/lock/lock.ts';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { compile, image } from '../constructs/compiling.ts';

/** The plan of a release of `web` whose intent has these changes. */
function planFor(changes: Readonly<Record<string, unknown>>, project: string | null = null): Plan {
  const rest: Lock = compile({}, null).lock;
  const { inFlight } = compile({ image: image('a'), ...changes }, rest, { project }).lock;
  if (!inFlight) throw new Error('nothing is in flight');
  return inFlight.plan;
}

const words = (plan: Plan) => plan.steps.map((step) => `${step.kind} ${step.exposure}`);

describe('the steps of a canary', () => {
  it('put capacity and smoke tests before users, analysis after each weight, a person before the half is passed', () => {
    expect(words(planFor({}))).toEqual([
      'scale 0',
      'smoke 0',
      'setWeight 5',
      'analysis 5',
      'setWeight 20',
      'analysis 20',
      'setWeight 50',
      'analysis 50',
      'approval 50',
      'scale 50',
      'switch 100',
      'bake 100',
    ]);
  });

  it('go on measuring the last gates after the switch', () => {
    const plan = planFor({});
    const last = plan.steps.at(-1);
    expect(last?.kind === 'bake' && last.gates.map(({ name }) => name)).toEqual(['errors']);
  });

  it('compare with stable only while stable has traffic', () => {
    const against = { ...GATE, name: 'against', scope: 'comparison' };
    const last = planFor({ 'strategy.gates': [GATE, against] }).steps.at(-1);
    expect(last?.kind === 'bake' && last.gates.map(({ name }) => name)).toEqual(['errors']);
  });

  it('ask for one approval only, before the first weight above 50', () => {
    expect(words(planFor({ 'strategy.weights': [10, 75, 100] }))).toEqual([
      'scale 0',
      'smoke 0',
      'setWeight 10',
      'analysis 10',
      'approval 10',
      'scale 10',
      'setWeight 75',
      'analysis 75',
      'switch 100',
      'bake 100',
    ]);
  });

  it('have no approval where the target waives it, and say who waived', () => {
    const plan = planFor({}, 'targets: {production: {approvals: waived}}');
    expect(plan.steps.some(({ kind }) => kind === 'approval')).toBe(false);
    expect(plan.approvals).toEqual({ required: [], waived: 'tidegate.yaml: targets.production.approvals' });
  });

  it('begin with whoever has the headers, watched like users, but without counting them', () => {
    const volume = { ...GATE, name: 'enough', scope: 'volume' };
    const plan = planFor({ 'strategy.headers': { 'X-Canary': 'always' }, 'strategy.gates': [GATE, volume] });
    expect(words(plan).slice(0, 6)).toEqual(['scale 0', 'smoke 0', 'setHeaderRoute 0', 'analysis 0', 'setWeight 5', 'analysis 5']);
    const [route, analysis, , next] = plan.steps.slice(2);
    expect(route).toMatchObject({ name: 'headers', headers: { 'x-canary': 'always' } });
    expect(plan.route.headers?.map(({ name }) => name)).toEqual(['headers']);
    const names = (step: Step | undefined) => step?.kind === 'analysis' && step.gates.map(({ name }) => name);
    expect([names(analysis), names(next)]).toEqual([['errors'], ['errors', 'enough']]);
    expect(words(planFor({ risk: 'high', 'strategy.headers': { 'x-canary': 'always' } })).slice(1, 4)).toEqual([
      'smoke 0',
      'approval 0',
      'setHeaderRoute 0',
    ]);
  });

  it('end copies before the switch, unless the strategy did', () => {
    const analysis = { analysis: { gates: [GATE] } };
    const mirror = (percent: number) => ({ mirror: { name: 'shadow', percent } });
    const plan = (...more: object[]) =>
      planFor({ strategy: { kind: 'canary', steps: [mirror(10), analysis, ...more, { approval: {} }, { weight: 100 }] } });
    const kinds = (of: Plan) => of.steps.flatMap((step) => (step.kind === 'setMirrorRoute' ? `mirror ${step.percent}` : step.kind));
    expect(kinds(plan())).toEqual(['scale', 'smoke', 'mirror 10', 'analysis', 'approval', 'scale', 'mirror 0', 'switch', 'bake']);
    expect(kinds(plan(mirror(0)))).toEqual(['scale', 'smoke', 'mirror 10', 'analysis', 'mirror 0', 'approval', 'scale', 'switch', 'bake']);
    expect(plan().route.mirrors?.map(({ name }) => name)).toEqual(['shadow']);
  });

  it('begin with a person where risk is high', () => {
    expect(words(planFor({ risk: 'high' })).slice(0, 4)).toEqual(['scale 0', 'smoke 0', 'approval 0', 'setWeight 5']);
  });

  it('keep the approval of a high-risk release whatever the target says', () => {
    const highRisk = {
      risk: 'high',
      'strategy.weights': undefined,
      'strategy.gates': undefined,
      'strategy.steps': [
        { approval: { name: 'start', count: 2 } },
        { weight: 5 },
        { analysis: { gates: [GATE], watch: '5m' } },
        { approval: { name: 'promote', count: 2 } },
        { weight: 100 },
      ],
    };
    const plan = planFor(highRisk, 'targets: {production: {approvals: waived}}');
    expect(plan.approvals).toEqual({ required: ['start', 'promote'], waived: null });
    expect(words(plan)).toEqual([
      'scale 0',
      'smoke 0',
      'approval 0',
      'setWeight 5',
      'analysis 5',
      'approval 5',
      'scale 5',
      'switch 100',
      'bake 100',
    ]);
  });
});

const GATE = {
  name: 'errors',
  description: 'Fewer than 1 % of requests of {{args.candidate}} fail.',
  scope: 'candidate',
  provider: {
    prometheus: { address: 'http://prometheus:9090', query: 'errors{workload="{{args.candidate}}"} / errors{workload="{{args.stable}}"}' },
  },
  successCondition: 'result[0] < 0.01',
};

describe('the steps of blue-green', () => {
  const after = { ...GATE, name: 'after' };
  const strategy = { kind: 'blueGreen', preview: { gates: [GATE] }, after: { gates: [after] }, keepOld: '10m' };
  const steps = ['scale 0', 'smoke 0', 'analysis 0', 'approval 0', 'scale 0', 'switch 100', 'analysis 100', 'pause 100', 'bake 100'];

  it('judge the preview at full capacity, ask a person, switch once, and go on judging', () => {
    const plan = planFor({ strategy });
    expect(words(plan)).toEqual(steps);
    const gates = plan.steps.flatMap((step) =>
      step.kind === 'analysis' || step.kind === 'bake' ? [step.gates.map(({ name }) => name)] : [],
    );
    expect(gates).toEqual([['errors'], ['after'], ['after']]);
    expect(plan.approvals).toEqual({ required: ['promote'], waived: null });
  });

  it('leave the person out where the target waives it, but never where risk is high', () => {
    const waived = 'targets: {production: {approvals: waived}}';
    expect(words(planFor({ strategy }, waived))).toEqual(steps.filter((step) => step !== 'approval 0'));
    const high = planFor({ strategy, risk: 'high' }, waived);
    expect(words(high)).toEqual(steps);
    expect(high.steps.find(({ kind }) => kind === 'approval')).toMatchObject({ count: 2 });
  });
});

describe('an analysis', () => {
  it('measures for as long as its weight is watched', () => {
    const plan = planFor({ 'strategy.weights': [{ weight: 20, watch: '10m' }, 100], 'strategy.gates': [GATE] });
    const analysis = plan.steps.find((step) => step.kind === 'analysis');
    expect(analysis).toMatchObject({ durationSeconds: 600, deadlineSeconds: 600 + 900, gates: [{ count: 20, intervalSeconds: 30 }] });
  });

  it('lasts as long as its slowest gate needs, however short the watch', () => {
    const plan = planFor({ 'strategy.weights': [{ weight: 20, watch: '10s' }, 100], 'strategy.gates': [GATE] });
    expect(plan.steps.find((step) => step.kind === 'analysis')).toMatchObject({ durationSeconds: 150, gates: [{ count: 5 }] });
  });

  it('names the revisions it compares', () => {
    const plan = planFor({ 'strategy.gates': [GATE] });
    const analysis = plan.steps.find((step) => step.kind === 'analysis');
    expect(analysis?.gates[0]?.provider).toEqual({
      prometheus: {
        address: 'http://prometheus:9090',
        query: `errors{workload="${plan.candidate.deployment}"} / errors{workload="${plan.stable.deployment}"}`,
        timeoutSeconds: 10,
      },
    });
  });
});

describe('the parts that a plan names', () => {
  it.each([
    ['result[0] < 0.01', undefined],
    ['all(result, # < 0.01) && len(result) == 1', undefined],
    ['mean(result) < 0.01', ['conditions']],
    ['len(result) == 0 || any(result, max([#, 1]) > 2 ** 3)', ['conditions']],
    ['result[0] in 1..3', ['conditions']],
  ])('%s: %j', (successCondition, uses) => {
    expect(planFor({ 'strategy.gates': [{ ...GATE, successCondition }] }).uses).toEqual(uses);
  });
});

describe('the question how much is served', () => {
  it('is part of the plan where it was written, with the names of this attempt', () => {
    const query = 'share{of="{{args.candidate}}"}';
    const served = { prometheus: { address: 'http://prometheus:9090', query } };
    const { served: asked, candidate } = planFor({ 'traffic.served': served });
    expect(asked).toEqual({
      prometheus: { address: 'http://prometheus:9090', query: `share{of="${candidate.deployment}"}`, timeoutSeconds: 10 },
    });
    expect(planFor({})).not.toHaveProperty('served');
  });
});

describe('a smoke test', () => {
  it("asks the candidate's own Service for the candidate's version", () => {
    const plan = planFor({});
    expect(plan.steps.find((step) => step.kind === 'smoke')).toMatchObject({
      test: {
        http: {
          url: `http://${plan.candidate.service}.shop.svc.cluster.local:80`,
          checks: [{ path: '/api/version', json: { version: '1.5.0' } }],
        },
      },
    });
  });
});

describe('whatever weights are written', () => {
  const weights = fc
    .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 8 })
    .map((list) => [...list.sort((a, b) => a - b), 100]);

  it('exposure rises only with a weight, never falls, ends at 100, and every level below 100 is analysed before the next', () => {
    fc.assert(
      fc.property(weights, (list) => {
        const { steps } = planFor({ 'strategy.weights': list });
        expect(steps.filter(({ kind }) => kind === 'setWeight' || kind === 'switch').map(({ exposure }) => exposure)).toEqual(list);
        let exposure = 0;
        let analysed = true;
        for (const step of steps) {
          if (step.kind === 'setWeight' || step.kind === 'switch') {
            expect(analysed).toBe(true);
            expect(step.exposure).toBeGreaterThan(exposure);
            analysed = step.exposure === 100;
          } else expect(step.exposure).toBe(exposure);
          if (step.kind === 'analysis') analysed = true;
          exposure = step.exposure;
        }
        expect(exposure).toBe(100);
      }),
      { numRuns: 40 },
    );
  });

  it('a person stands between the last level up to 50 and the first above it', () => {
    fc.assert(
      fc.property(weights, (list) => {
        const { steps } = planFor({ 'strategy.weights': list });
        const first = steps.findIndex(({ exposure }) => exposure > 50);
        const approvals = steps.flatMap((step, index) => (step.kind === 'approval' ? [index] : []));
        expect(approvals).toHaveLength(1);
        expect(approvals[0]).toBeLessThan(first);
        expect(steps.slice(approvals[0], first).every(({ exposure }) => exposure <= 50)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
