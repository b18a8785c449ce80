import { describe, expect, test } from 'vitest';
import { checkIntent } from '../../lib/intent/check.ts';
import { describeStep } from '../../lib/plan/words.ts';
import { compile, image } from '../constructs/compiling.ts';
import { accepted, errors } from '../intent/valid.ts';

const headers = { 'X-Priority': 'low' };
const shed = { remedies: { shed: { headers } }, 'strategy.gates': [{ ...errors, onFailure: 'shed' }] };
const released = (changes: Readonly<Record<string, unknown>>) => compile({ image: image('b'), ...changes }, compile(changes, null).lock);

function flown(changes: Readonly<Record<string, unknown>> = shed) {
  const { lock, objects } = released(changes);
  if (!lock.inFlight) throw new Error('nothing is in flight');
  return { plan: lock.inFlight.plan, objects };
}

describe('a plan whose gates have requests given up', () => {
  const { plan, objects } = flown();

  test('has all of them judged before the switch, and gives none up from then on', () => {
    const steps = plan.steps.map((step) => ('gates' in step ? `${step.kind} ${step.gates.map(({ onFailure }) => onFailure)}` : step.kind));
    expect(steps.slice(-7)).toEqual(
      ['analysis shed', 'approval', 'scale', 'setHeaderRoute', 'analysis abort', 'switch', 'bake abort'].slice(-7),
    );
    const { kind } = plan.steps.at(-5) ?? {};
    expect([kind, plan.uses, plan.remedies]).toEqual([
      'scale',
      ['remedies'],
      { shed: { headers: { 'x-priority': 'low' }, withinSeconds: 120 } },
    ]);
    expect(plan.steps.map(describeStep).join('\n')).toContain('shed: requests with x-priority');
  });

  test('has a rule of the route for them, which is as the lock says: all to stable', () => {
    const route = objects.find((object) => object.kind === 'VirtualService');
    const { http } = route?.spec as { http: { name: string; match?: unknown; route: { weight: number }[] }[] };
    expect(http.map(({ name, match, route: to }) => [name, match, to.map(({ weight }) => weight)])).toEqual([
      ['headers-shed', [{ headers: { 'x-priority': { exact: 'low' } } }], [100, 0]],
      ['primary', undefined, [100, 0]],
    ]);
    expect(plan.route.headers?.map(({ name }) => name)).toEqual(['shed']);
  });

  test('is another than without it only where a gate names it', () => {
    const plain = flown({}).plan;
    expect(flown({ remedies: shed.remedies }).plan).toEqual(plain);
    expect(flown(shed).plan.steps.length).toBe(plain.steps.length + 2);
  });

  test('has no rule at rest', () => {
    const route = compile(shed, null).objects.find((object) => object.kind === 'VirtualService');
    expect((route?.spec as { http: unknown[] }).http).toHaveLength(1);
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
])('%s cannot be given up', (_, changes, said) => {
  const problems = checkIntent('web', accepted(changes)).map(({ path, message }) => `${path}: ${message}`);
  expect(problems.join('\n')).toContain(said);
});
