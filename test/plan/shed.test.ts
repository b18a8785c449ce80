import { describe, expect, test } from 'vitest';
import { checkIntent } from '../../lib/intent/check.ts';
import { levels } from '../../lib/plan/exposure.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { describeExposure, describeStep, route } from '../../lib/plan/words.ts';
import { planCourse } from '../../lib/policy/exposure/plan.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, image } from '../constructs/compiling.ts';
import { accepted, errors } from '../intent/valid.ts';

const headers = { 'X-Priority': 'low' };
const shed = { remedies: { shed: { headers } }, 'strategy.gates': [{ ...errors, onFailure: 'shed' }] };
const released = (changes: Readonly<Record<string, unknown>>) => compile({ image: image('b'), ...changes }, compile(changes, null).lock);

interface Rule {
  readonly name: string;
  readonly match?: unknown;
  readonly route: readonly { readonly weight: number }[];
}

function rulesOf(objects: readonly KubeObject[]): readonly Rule[] {
  const route = objects.find(({ kind }) => kind === 'VirtualService');
  if (route === undefined) throw new Error('there is no route');
  return (route.spec as { http: readonly Rule[] }).http;
}

function flown(changes: Readonly<Record<string, unknown>> = shed) {
  const { lock, objects } = released(changes);
  if (!lock.inFlight) throw new Error('nothing is in flight');
  return { plan: lock.inFlight.plan, objects };
}

describe('a plan whose gates have requests given up', () => {
  const { plan, objects } = flown();

  test('has all of them judged before the switch, and gives none up from then on', () => {
    const steps = plan.steps.map((step) => ('gates' in step ? `${step.kind} ${step.gates.map(({ onFailure }) => onFailure)}` : step.kind));
    expect(steps.slice(-7)).toEqual(['analysis shed', 'approval', 'scale', 'setHeaderRoute', 'analysis abort', 'switch', 'bake abort']);
    expect(plan.remedies).toEqual({ shed: { headers: { 'x-priority': 'low' }, withinSeconds: 120 } });
    expect(plan.uses).toEqual(['remedies']);
    expect(plan.steps.map(describeStep).join('\n')).toContain('shed: requests with x-priority');
  });

  test('has a rule of the route for them, which is as the lock says: all to stable', () => {
    const http = rulesOf(objects);
    expect(http.map(({ name, match, route: to }) => [name, match, to.map(({ weight }) => weight)])).toEqual([
      ['headers-shed', [{ headers: { 'x-priority': { exact: 'low' } } }], [100, 0]],
      ['primary', undefined, [100, 0]],
    ]);
    expect(plan.route.headers?.map(({ name }) => name)).toEqual(['shed']);
  });

  test('is told by that name, and never as a header route of people', () => {
    expect(route(plan)).toMatch(/50 → approval → shed → 100$/);
    expect(levels(plan).map(({ exposure, beside }) => describeExposure(exposure, beside))).toEqual([
      '5 %',
      '20 %',
      '50 %',
      '50 % + shed',
      '100 %',
    ]);
  });

  test('needs no second approval for the step that gives all of them', () => {
    const courseOf = (of: Plan) => JSON.stringify(planCourse(of as never));
    expect(courseOf(plan)).not.toContain('shed');
    expect(courseOf({ ...plan, remedies: {} })).toContain('shed');
    const first = plan.steps.filter(({ kind }) => kind === 'setHeaderRoute');
    expect(courseOf({ ...plan, steps: [...first, ...plan.steps] })).toContain('shed');
  });

  test('is another than without it only where a gate names it', () => {
    const plain = flown({}).plan;
    expect(flown({ remedies: shed.remedies }).plan).toEqual(plain);
    expect(flown(shed).plan.steps.length).toBe(plain.steps.length + 2);
  });

  test('has no rule at rest', () => {
    expect(rulesOf(compile(shed, null).objects)).toHaveLength(1);
  });
});

test.each<[why: string, changes: Readonly<Record<string, unknown>>, said: string]>([
  ['no requests', { ...shed, remedies: {} }, 'there is no remedies.shed'],
  ['requests without headers', { ...shed, remedies: { shed: { headers: {} } } }, 'remedies.shed.headers'],
  ['a route that is a Service', { ...shed, 'traffic.router': 'service' }, 'requests can be given up only where a route splits them'],
  [
    'a header route of that name',
    { ...shed, strategy: { kind: 'canary', steps: [{ headerRoute: { name: 'shed', headers } }, { weight: 100 }] } },
    "a header route is named 'shed'",
  ],
  [
    'what a header route leads to the candidate',
    {
      ...shed,
      strategy: { kind: 'canary', steps: [{ headerRoute: { name: 'batch', headers: { 'x-priority': 'low' } } }, { weight: 100 }] },
    },
    "remedies.shed.headers: every request with these headers fits header route 'batch' already",
  ],
  ['the same in the short form', { ...shed, 'strategy.headers': { 'x-priority': 'low' } }, "fits header route 'headers' already"],
])('%s cannot be given up', (_, changes, said) => {
  const problems = checkIntent('web', accepted(changes)).map(({ path, message }) => `${path}: ${message}`);
  expect(problems.join('\n')).toContain(said);
});
