import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { readPlan } from '../../lib/runner/index.ts';
import {
  analysis,
  approval,
  bake,
  gate,
  pause,
  planConfigMap,
  planName,
  planOf,
  scale,
  setWeight,
  smoke,
  switchOver,
  WALK,
} from './release.ts';

const read = (plan: Plan) => readPlan(planName(plan), 'shop', planConfigMap(plan));
const readText = (text: string, name = 'web-plan-00000000') => readPlan(name, 'shop', { data: { 'plan.json': text } });
const refusal = (reading: ReturnType<typeof readPlan>) => ('refused' in reading ? reading.refused.join('\n') : 'accepted');
/** A plan with anything in it, correctly hashed. */
const spoilt = (change: object) => read({ ...planOf(), ...change } as Plan);
const steps = (...list: readonly object[]) => read(planOf(list as readonly Step[]));

describe('a plan is accepted', () => {
  test('as it was written, with its hash', () => {
    const plan = planOf();
    expect(read(plan)).toEqual({ plan, hash: shortHash(plan) });
  });

  test('with every kind of step, and header and mirror routes that its route has', () => {
    const all: readonly Step[] = [
      scale(),
      smoke(),
      { kind: 'setHeaderRoute', exposure: 0, deadlineSeconds: 60, name: 'staff', headers: {} },
      { kind: 'setMirrorRoute', exposure: 0, deadlineSeconds: 60, name: 'shadow', percent: 10 },
      setWeight(20),
      analysis(),
      pause(5),
      approval(),
      switchOver(),
      bake([gate]),
    ];
    const { route } = planOf();
    const headers = [{ name: 'staff', splits: route.splits }];
    const mirrors = [{ name: 'shadow', destination: { path: '/spec/x', value: 'web-cccccccc' }, percent: '/spec/y' }];
    expect(refusal(read(planOf(all, { route: { ...route, headers, mirrors } })))).toBe('accepted');
    expect(refusal(read(planOf(all)))).toContain('the route has no staff');
  });

  test('but not with two gates or two approvals of one name, of which one would stand for both', () => {
    const twice = { ...analysis(), gates: [gate, gate] } as Step;
    const steps = [scale(), smoke(), approval(), setWeight(20), twice, approval(), switchOver(), bake([gate])];
    expect(refusal(read(planOf(steps)))).toBe('gate errors of step 4 is there twice\napproval promote is there twice');
  });

  test('in any order of keys', () => {
    const plan = planOf();
    const reversed = Object.fromEntries(Object.entries({ ...plan, hash: shortHash(plan) }).reverse());
    expect(refusal(readText(JSON.stringify(reversed), planName(plan)))).toBe('accepted');
  });
});

describe('a plan is refused', () => {
  test.each([
    ['no key', readPlan('web-plan-1', 'shop', { data: {} }), 'has no key plan.json'],
    ['truncated JSON', readText('{"version": 1, "rel'), 'plan.json is no JSON'],
    ['JSON that is no plan', readText('null'), 'plan version undefined is unknown'],
    ['a list', readText('[1]'), 'plan version undefined is unknown'],
    ['too big', readText(' '.repeat(200 * 1024 + 1)), 'plan.json has 204801 bytes, more than 204800'],
    ['another version', spoilt({ version: 2 }), 'plan version 2 is unknown, this runner knows 1'],
    ['nothing but a version', readText('{"version": 1}'), 'plan: steps must be a list'],
    ['a field that it does not know', spoilt({ surge: true }), 'plan: surge is a field unknown to this runner'],
    ['another engine', spoilt({ engine: 'flagger' }), 'plan: engine must be native'],
    ['another acceptance', spoilt({ route: { ...planOf().route, acceptance: 'later' } }), 'plan: route.acceptance must be'],
    ['a route without splits', spoilt({ route: { ...planOf().route, splits: [] } }), 'plan: route.splits must be a list, not empty'],
    ['another namespace', readPlan(planName(planOf()), 'other', planConfigMap(planOf())), 'the plan is for namespace shop'],
    ['others that come first, without the part for it', spoilt({ queue: { group: null, limit: 1, ahead: [] } }), 'uses must name queue'],
    ['signers, without the part for them', spoilt({ signing: { validForSeconds: 60, signers: [] } }), 'uses must name signatures'],
    ['another name', readPlan('web-plan-00000000', 'shop', planConfigMap(planOf())), 'is named web-plan-'],
    ['no steps', spoilt({ steps: [] }), 'plan: steps must be a list, not empty'],
    ['steps that are no steps', steps(null as unknown as object), 'step 0: kind undefined is unknown'],
    ['an unknown step', steps(scale(), smoke(), { kind: 'teleport' }, switchOver()), 'step 2: kind "teleport" is unknown to this runner'],
    ['a step named like a method', steps({ kind: 'toString' }), 'step 0: kind "toString" is unknown'],
    [
      'a step with a field too many',
      steps(scale(), smoke(), { ...switchOver(), onlyIf: 'monday' }),
      'step 2 (switch): onlyIf is a field unknown',
    ],
    ['a step with a field too few', steps(scale(), smoke(), { kind: 'pause', exposure: 0, deadlineSeconds: 1 }), 'durationSeconds must be'],
    ['weights that fall', steps(scale(), smoke(), setWeight(20), setWeight(10), switchOver()), 'step 3: weight 10 does not rise above 20'],
    ['a weight twice', steps(scale(), smoke(), setWeight(20), setWeight(20), switchOver()), 'step 3: weight 20 does not rise above 20'],
    ['weight 0', steps(scale(), smoke(), setWeight(0), switchOver()), 'step 2: weight 0 is not a whole number from 1 to 100'],
    ['a fraction', steps(scale(), smoke(), setWeight(12.5), switchOver()), 'step 2: weight 12.5 is not'],
    ['more than all', steps(scale(), smoke(), { ...setWeight(101), exposure: 100 }), 'step 2: weight 101 is not'],
    ['an end below 100', steps(scale(), smoke(), setWeight(50)), 'the plan ends at weight 50: its last weight must be 100'],
    ['no weight at all', steps(scale(), smoke()), 'the plan ends at weight 0'],
    [
      'traffic before a smoke test',
      steps(scale(), setWeight(5), smoke(), switchOver()),
      'step 1 (setWeight) gives the candidate traffic before any smoke step',
    ],
  ])('%s', (_, reading, reason) => {
    expect(refusal(reading)).toContain(reason);
  });

  test.each(Object.keys(planOf()))('when %s is missing', (key) => {
    const { [key as keyof Plan]: _, ...rest } = planOf();
    expect(refusal(read(rest as Plan))).toMatch(key === 'version' ? /version undefined/ : new RegExp(`plan: ${key} must be`));
  });

  test('when any one character of a number or a text was changed', () => {
    const text = String(planConfigMap(planOf()).data['plan.json']);
    for (const match of text.matchAll(/[1-8](?=[,}\]])/g)) {
      const edited = `${text.slice(0, match.index)}9${text.slice(match.index + 1)}`;
      expect(refusal(readText(edited, planName(planOf())))).not.toBe('accepted');
    }
  });

  test('with all reasons at once', () => {
    expect(
      refusal(read({ ...planOf([{ ...WALK[0], replicas: -1 } as Step, smoke(), switchOver()]), risk: 'none' } as unknown as Plan)),
    ).toBe('plan: risk must be normal or high\nstep 0 (scale): replicas must be a whole number >= 0');
  });
});
