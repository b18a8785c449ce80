import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResolvedIntent, ResolvedStrategyStep, ResolvedTraffic } from '../../lib/intent/resolved.ts';
import type { RouterName } from '../../lib/intent/traffic.ts';
import type { RouteInstructions } from '../../lib/plan/plan.ts';
import { type Destinations, ROUTERS } from '../../lib/routers/index.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { checkObject } from '../../lib/schema/validate.ts';
import { withTraffic } from '../engines/fixtures.ts';
import { numbersNamed, patched, valueAt, WEIGHTED, weightedSplits } from './pointers.ts';

const flight: Destinations = {
  stable: 'web-aaaaaaaa',
  candidate: 'web-bbbbbbbb',
  revisions: ['web-aaaaaaaa', 'web-bbbbbbbb'],
  roles: null,
  labels: {},
};
const rest: Destinations = { ...flight, candidate: null, revisions: ['web-aaaaaaaa'] };

const insiders: ResolvedStrategyStep = { headerRoute: { name: 'insiders', headers: { 'x-canary': 'always' } } };
const testers: ResolvedStrategyStep = { headerRoute: { name: 'testers', headers: { 'x-canary': 'always', 'x-team': 'test' } } };
const mirror: ResolvedStrategyStep = { mirror: { name: 'shadow', percent: 10 } };

/** `web` with steps before its own. */
function withSteps(router: RouterName, steps: readonly ResolvedStrategyStep[], traffic: Partial<ResolvedTraffic> = {}): ResolvedIntent {
  const intent = withTraffic({ router, ...traffic });
  return { ...intent, strategy: { ...intent.strategy, steps: [...steps, ...intent.strategy.steps] } };
}

function routeOf(intent: ResolvedIntent, destinations = flight): KubeObject {
  const [object] = ROUTERS[intent.traffic.router].render(intent, destinations);
  if (!object) throw new Error('no route');
  return object;
}

const instructionsOf = (intent: ResolvedIntent): RouteInstructions =>
  ROUTERS[intent.traffic.router].instructions(intent, { stable: 'web-aaaaaaaa', candidate: 'web-bbbbbbbb' });

const numbered = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'yes']));
const headerRoutesOf = (count: number): ResolvedStrategyStep[] =>
  Array.from({ length: count }, (_, index) => ({ headerRoute: { name: `route-${index}`, headers: { 'x-canary': `${index}` } } }));

/** Up to five header routes of different headers, and perhaps a mirror, in any order. */
const exposures: fc.Arbitrary<ResolvedStrategyStep[]> = fc
  .tuple(
    fc.array(fc.dictionary(fc.constantFrom('x-canary', 'x-team', 'cookie'), fc.constantFrom('a', 'b'), { minKeys: 1 }), { maxLength: 5 }),
    fc.integer({ min: 0, max: 2 }),
  )
  .chain(([headers, mirrors]) =>
    fc.shuffledSubarray<ResolvedStrategyStep>(
      [
        ...headers.map((each, index) => ({ headerRoute: { name: `route-${index}`, headers: each } })),
        ...Array.from({ length: mirrors }, (_, index) => ({ mirror: { name: 'shadow', percent: 10 * index + 1 } })),
      ],
      { minLength: 0 },
    ),
  );

describe.each(WEIGHTED)('header routes and mirrors of %s', (router) => {
  test('has a rule of its own for each header route, before the primary one, and a mirror that copies nothing', () => {
    const intent = withSteps(router, [insiders, testers, mirror]);
    const object = routeOf(intent);
    const { headers, mirrors } = instructionsOf(intent);
    expect(checkObject(object)).toEqual([]);
    expect(headers?.map(({ name }) => name)).toEqual(['testers', 'insiders']);
    expect(mirrors?.map(({ name, percent }) => [name, valueAt(object, percent)])).toEqual([['shadow', 0]]);
    expect(numbersNamed(object, 'weight')).toEqual([100, 0, 100, 0, 100, 0]);
  });

  test('has neither at rest', () => {
    expect(routeOf(withSteps(router, [insiders, mirror]), rest)).toEqual(routeOf(withSteps(router, []), rest));
  });

  test('says nothing of either where the strategy has none', () => {
    const { headers, mirrors } = instructionsOf(withSteps(router, []));
    expect([headers, mirrors]).toEqual([undefined, undefined]);
  });

  test('whatever routes and mirrors there are: all point at stable, and each can be moved alone and back', () => {
    fc.assert(
      fc.property(exposures, fc.constantFrom(['/'], ['/api', '/v2/']), (steps, paths) => {
        const intent = withSteps(router, steps, { paths });
        const object = routeOf(intent);
        const instructions = instructionsOf(intent);
        const { headers = [], mirrors = [] } = instructions;
        const all = weightedSplits(instructions);
        expect(ROUTERS[router].check(intent)).toEqual([]);
        expect(checkObject(object)).toEqual([]);
        expect(headers).toHaveLength(steps.filter((step) => 'headerRoute' in step).length);
        expect(mirrors).toHaveLength(steps.some((step) => 'mirror' in step) ? 1 : 0);
        for (const { stable, candidate } of all) {
          expect([valueAt(object, stable.weight), valueAt(object, candidate.weight)]).toEqual([100, 0]);
          for (const { destination } of [stable, candidate]) expect(valueAt(object, destination.path)).toBe(destination.value);
          const moved = patched(object, [
            [stable.weight, 0],
            [candidate.weight, 100],
          ]);
          const others = all.filter((split) => split.candidate.weight !== candidate.weight);
          expect(others.every((split) => valueAt(moved, split.candidate.weight) === 0)).toBe(true);
          expect(
            patched(moved, [
              [stable.weight, 100],
              [candidate.weight, 0],
            ]),
          ).toEqual(object);
        }
        for (const { destination, percent } of mirrors) {
          expect(valueAt(object, destination.path)).toBe(destination.value);
          expect(valueAt(object, percent)).toBe(0);
          expect(checkObject(patched(object, [[percent, 50]]))).toEqual([]);
        }
        // every place that names the candidate is one that the runner knows
        const known = all.length + mirrors.length;
        expect(JSON.stringify(object.spec).split('web-bbbbbbbb').length - 1).toBe(known);
      }),
      { numRuns: 60 },
    );
  });
});

describe('header routes and mirrors of istio', () => {
  test('tells requests apart by headers and path, and copies from the primary rule only', () => {
    const [first, primary] = (routeOf(withSteps('istio', [insiders, mirror], { paths: ['/api'] })).spec as { http: object[] }).http;
    expect(first).toMatchObject({
      name: 'headers-insiders',
      match: [
        { uri: { exact: '/api' }, headers: { 'x-canary': { exact: 'always' } } },
        { uri: { prefix: '/api/' }, headers: { 'x-canary': { exact: 'always' } } },
      ],
      timeout: '15s',
      retries: { attempts: 0 },
    });
    expect(first).not.toHaveProperty('mirror');
    expect(primary).toMatchObject({
      name: 'primary',
      mirror: { host: 'web-bbbbbbbb.shop.svc.cluster.local', port: { number: 80 } },
      mirrorPercentage: { value: 0 },
    });
    const [everywhere] = (routeOf(withSteps('istio', [insiders])).spec as { http: { match: object }[] }).http;
    expect(everywhere?.match).toEqual([{ headers: { 'x-canary': { exact: 'always' } } }]);
  });

  test('refuses headers that Istio ignores, which would let everybody through', () => {
    const intent = withSteps('istio', [{ headerRoute: { name: 'a', headers: { method: 'GET', 'x-canary': 'always' } } }]);
    expect(ROUTERS.istio.check(intent)).toMatchObject([{ path: 'strategy', message: expect.stringContaining("'method'") }]);
  });
});

describe('header routes and mirrors of gateway-api', () => {
  test('tells requests apart by headers and path, and copies from the primary rule only', () => {
    const { rules } = routeOf(withSteps('gateway-api', [insiders, mirror], { paths: ['/', '/api'] })).spec as { rules: object[] };
    const headers = [{ type: 'Exact', name: 'x-canary', value: 'always' }];
    expect(rules).toMatchObject([
      {
        matches: [
          { path: { type: 'PathPrefix', value: '/' }, headers },
          { path: { type: 'PathPrefix', value: '/api' }, headers },
        ],
        timeouts: { request: '15s' },
      },
      {
        filters: [
          {
            type: 'RequestMirror',
            requestMirror: { backendRef: { group: '', kind: 'Service', name: 'web-bbbbbbbb', port: 80 }, percent: 0 },
          },
        ],
      },
    ]);
    expect(rules[0]).not.toHaveProperty('filters');
  });

  test.each<[string, ResolvedStrategyStep[], string[]]>([
    ['rules', headerRoutesOf(16), ['/']],
    ['matches', headerRoutesOf(2), Array.from({ length: 43 }, (_, index) => `/${index}`)],
    ['headers', [{ headerRoute: { name: 'many', headers: numbered(17) } }], ['/']],
  ])('keeps to the limits of an HTTPRoute: %s', (word, steps, paths) => {
    const problems = ROUTERS['gateway-api'].check(withSteps('gateway-api', steps, { paths }));
    expect(problems).toMatchObject([{ path: 'strategy', message: expect.stringContaining(word) }]);
  });
});
