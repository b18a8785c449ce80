import { describe, expect, test } from 'vitest';
import type { Level } from '../../lib/runner/level.ts';
import { movementOf } from '../../lib/runner/movement.ts';
import { type RouteView, routePatch, viewRoute } from '../../lib/runner/route.ts';
import { newStatus, type Status } from '../../lib/runner/status.ts';
import type { KubeObject } from './fake-api.ts';
import { GITOPS, httpRoute, planOf } from './release.ts';

const instructions = planOf().route;
const at = (weight: number): Level => ({ weight, routes: {} });
const weighted = (...parts: readonly (readonly [stable: number | null, candidate: number | null])[]): RouteView => {
  const route = httpRoute();
  const backends = (stable: number | null, candidate: number | null) => [
    { name: 'web-aaaaaaaa', ...(stable === null ? {} : { weight: stable }) },
    { name: 'web-cccccccc', ...(candidate === null ? {} : { weight: candidate }) },
  ];
  const [first] = instructions.splits;
  const rule = (index: number) => JSON.parse(JSON.stringify(first).replaceAll('/rules/0/', `/rules/${index}/`));
  return viewRoute(
    { ...route, spec: { ...route.spec, rules: parts.map((part) => ({ backendRefs: backends(...part) })) } },
    { ...instructions, splits: parts.map((_, index) => rule(index)) },
  );
};
const split = (stable: number | null, candidate: number | null): RouteView => weighted([stable, candidate]);

describe('what a route gives the candidate', () => {
  test.each([
    [80, 20, 20],
    [100, 0, 0],
    [0, 100, 100],
    [4, 1, 20],
    [0, 0, 0],
    [null, 0, 0],
    [80, null, 100],
    [null, 20, 100],
    [-5, 20, 100],
  ])('stable %s, candidate %s: %s %%', (stable, candidate, share) => {
    expect(split(stable, candidate).level.weight).toBe(share);
  });

  test('is the most that any of its splits gives', () => {
    const route = weighted([100, 0], [70, 30]);
    expect([route.level.weight, route.even]).toEqual([30, false]);
  });
});

describe('the patch of a route', () => {
  test('replaces the version that was read, tests each destination, then sets both weights', () => {
    expect(routePatch(instructions, '42', at(20))).toEqual([
      { op: 'replace', path: '/metadata/resourceVersion', value: '42' },
      { op: 'test', path: '/spec/rules/0/backendRefs/0/name', value: 'web-aaaaaaaa' },
      { op: 'test', path: '/spec/rules/0/backendRefs/1/name', value: 'web-cccccccc' },
      { op: 'add', path: '/spec/rules/0/backendRefs/0/weight', value: 80 },
      { op: 'add', path: '/spec/rules/0/backendRefs/1/weight', value: 20 },
    ]);
  });
});

describe('a route is accepted', () => {
  const parent = { name: 'public', namespace: 'gateways' };
  const answer = (observedGeneration: number, status = 'True', parentRef: object = parent) => ({
    parentRef,
    conditions: [
      { type: 'ResolvedRefs', status: 'True', observedGeneration },
      { type: 'Accepted', status, observedGeneration },
    ],
  });
  test.each<[string, readonly object[], boolean]>([
    ['every parent says so', [answer(3)], true],
    ['nobody has answered', [], false],
    ['the answer is about an older generation', [answer(2)], false],
    ['a parent refuses', [answer(3, 'False')], false],
    ['one of two refuses', [answer(3), answer(3, 'False')], false],
    ['only somebody who was not asked has answered', [answer(3, 'True', { name: 'other', namespace: 'gateways' })], false],
    ['an answer has no Accepted', [{ parentRef: parent, conditions: [] }], false],
  ])('when %s: %s', (_, parents, accepted) => {
    const route = httpRoute();
    const answered = { ...route, metadata: { ...route.metadata, generation: 3 }, status: { parents } };
    expect(viewRoute(answered, instructions).accepted).toBe(accepted);
  });

  test('at once where the router says nothing', () => {
    expect(viewRoute(httpRoute(), { ...instructions, acceptance: 'none' }).accepted).toBe(true);
  });
});

describe('who owns the weights', () => {
  const owners = (...entries: readonly object[]) => {
    const route = httpRoute();
    return viewRoute({ ...route, metadata: { ...route.metadata, managedFields: entries } }, instructions).owners;
  };
  const entry = (manager: string, fields: object) => ({ manager, operation: 'Update', fieldsV1: { 'f:spec': fields } });

  test('whoever owns the list that they are in', () => {
    expect(owners(entry('argocd-controller', { 'f:hostnames': {} }), entry('kubectl-edit', { 'f:rules': {} }))).toEqual(['kubectl-edit']);
  });
  test('everybody who applied the same', () => {
    expect(owners(entry('a', { 'f:rules': {} }), entry('b', { 'f:rules': {}, 'f:hostnames': {} }))).toEqual(['a', 'b']);
  });
  test('not who reports its status', () => {
    expect(owners({ manager: 'gateway', subresource: 'status', fieldsV1: { 'f:status': { 'f:parents': {} } } })).toEqual([]);
  });
  test('nobody, where the API server was told to keep none', () => {
    expect(viewRoute(httpRoute(), instructions).owners).toEqual([]);
  });
});

describe('what happened to a route', () => {
  const earned = (set: number, pending: Status['pending'] = null): Status => ({
    ...newStatus({ plan: 'p', planUid: 'u', at: 0, generation: 7 }),
    level: { set: at(set), observed: set, held: 0, since: 0, generation: 7 },
    pending,
  });
  const route = (weight: number, generation: number, ...owners: readonly string[]): RouteView => ({
    ...split(100 - weight, weight),
    generation,
    owners,
  });
  const runner = 'tidegate-runner';

  test.each<[string, RouteView, Status, object]>([
    ['as earned', route(20, 7, runner), earned(20), { is: 'held' }],
    ['as earned, whoever wrote it', route(20, 9, 'kubectl-edit'), earned(20), { is: 'held' }],
    ['reset by GitOps alone, in one change', route(0, 8, GITOPS), earned(20), { is: 'reset', by: GITOPS }],
    ['reset by GitOps after a change that nobody saw', route(0, 9, GITOPS), earned(20), { is: 'lowered', person: true }],
    ['lowered by a person', route(0, 8, 'kubectl-edit'), earned(20), { is: 'lowered', by: 'kubectl-edit', person: true }],
    ['lowered by a person, then applied alike by GitOps', route(0, 8, 'kubectl-edit', GITOPS), earned(20), { is: 'lowered', person: true }],
    ['lowered by nobody knows whom', route(0, 8), earned(20), { is: 'lowered', person: true }],
    ['lowered by a runner that died before it could say why', route(0, 8, runner), earned(20), { is: 'lowered', person: false }],
    ['raised by a person', route(40, 8, 'kubectl-edit'), earned(20), { is: 'raised', by: 'kubectl-edit' }],
    ['raised by GitOps', route(100, 8, GITOPS), earned(20), { is: 'raised' }],
    ['raised in the runner’s name', route(40, 8, runner), earned(20), { is: 'raised' }],
    ['not yet raised', route(5, 7, runner), earned(20, { from: at(5), generation: 7 }), { is: 'unwritten' }],
    ['raised as announced', route(20, 8, runner), earned(20, { from: at(5), generation: 7 }), { is: 'held' }],
    ['reset by GitOps before it was raised', route(0, 8, GITOPS), earned(20, { from: at(5), generation: 7 }), { is: 'reset' }],
    [
      'raised and reset, or lowered and reset: nobody can tell',
      route(0, 9, GITOPS),
      earned(20, { from: at(5), generation: 7 }),
      { is: 'lowered', person: true },
    ],
    [
      'raised, and taken back to where it was by a person',
      route(5, 9, 'kubectl-edit'),
      earned(20, { from: at(5), generation: 7 }),
      { is: 'lowered', person: true },
    ],
    [
      'raised by a person before the runner did',
      route(10, 8, 'kubectl-edit'),
      earned(20, { from: at(5), generation: 7 }),
      { is: 'raised' },
    ],
  ])('%s', (_, view, status, movement) => {
    expect(movementOf(view, status, [GITOPS], null)).toMatchObject(movement);
  });

  test.each<[string, RouteView, number, object]>([
    ['raised and then reset by GitOps, this process having raised it', route(0, 9, GITOPS), 8, { is: 'reset', by: GITOPS }],
    ['raised, lowered by somebody and reset by GitOps', route(0, 10, GITOPS), 8, { is: 'lowered', person: true }],
    ['reset by GitOps, this process having written it long before', route(0, 8, GITOPS), 3, { is: 'reset' }],
  ])('%s', (_, view, wrote, movement) => {
    expect(movementOf(view, earned(20, { from: at(5), generation: 7 }), [GITOPS], wrote)).toMatchObject(movement);
  });

  test('an API server that counts no generations proves no reset', () => {
    const status: Status = { ...earned(20), level: { set: at(20), observed: 20, held: 0, since: 0, generation: null } };
    expect(movementOf({ ...route(0, 8, GITOPS), generation: null }, status, [GITOPS], null).is).toBe('lowered');
  });
});

describe('a route that the plan does not know', () => {
  const view = (change: (route: KubeObject) => void) => {
    const route = httpRoute(20);
    change(route);
    return viewRoute(route, instructions);
  };
  test('another destination', () => {
    expect(view((route) => (route.spec.rules[0].backendRefs[0].name = 'other')).foreign).toBe(
      '/spec/rules/0/backendRefs/0/name is "other", the plan says web-aaaaaaaa',
    );
  });
  test('a destination too few', () => {
    expect(view((route) => route.spec.rules[0].backendRefs.pop()).foreign).toContain('/spec/rules/0/backendRefs/1/name is missing');
  });
  test('the candidate in a second place, such as a mirror', () => {
    const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'web-cccccccc' } } };
    expect(view((route) => (route.spec.rules[0].filters = [mirror])).extra).toBe('/spec/rules/0/filters/0/requestMirror/backendRef/name');
  });
});
