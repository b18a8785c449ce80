import { describe, expect, test } from 'vitest';
import type { Level } from '../../lib/runner/level.ts';
import { movementOf } from '../../lib/runner/movement.ts';
import { viewRoute } from '../../lib/runner/route.ts';
import { newStatus } from '../../lib/runner/status.ts';
import { GITOPS, httpRoute, planOf } from './release.ts';

const at = (weight: number, copies = 0): Level => ({ weight, routes: { copies } });

/** The route of generation 7, given by `owners`. */
function moved(level: Level, status: { readonly set: Level; readonly from?: Level }, generation = 7, owners = ['tidegate-runner']) {
  const route = { ...viewRoute(httpRoute(0), planOf().route), level, generation, owners };
  const { set, from } = status;
  const before = newStatus({ plan: 'p', planUid: 'u', at: 0, generation: 7 });
  const pending = from === undefined ? null : { from, generation: 7 };
  return movementOf(route, { ...before, level: { ...before.level, set }, pending }, [GITOPS], null).is;
}

describe('who moved the route', () => {
  test.each([
    ['nobody yet, a raise was announced', moved(at(20), { set: at(50), from: at(20) }), 'unwritten'],
    ['nobody yet, fewer copies were announced', moved(at(20, 30), { set: at(20), from: at(20, 30) }), 'unwritten'],
    ['nobody yet, a switch without copies was announced', moved(at(50, 30), { set: at(100), from: at(50, 30) }), 'unwritten'],
    ['nobody, it is as announced', moved(at(50), { set: at(50), from: at(20) }, 8), 'held'],
    ['somebody, to more', moved(at(60), { set: at(50), from: at(20) }, 8, ['kubectl-edit']), 'raised'],
    ['somebody, to what there was before', moved(at(20, 30), { set: at(20), from: at(20, 30) }, 9, ['kubectl-edit']), 'raised'],
    ['the GitOps tool', moved(at(0), { set: at(20) }, 8, [GITOPS]), 'reset'],
    ['a person', moved(at(0), { set: at(20) }, 8, ['kubectl-edit']), 'lowered'],
  ])('%s', (_, is, expected) => {
    expect(is).toBe(expected);
  });
});

describe('who moved a route that gives all or nothing, and has no generation', () => {
  /** A Service of version 12, where the status knows it from version 7. */
  const service = (
    weight: 0 | 100,
    status: { readonly set: Level; readonly from?: Level; readonly known?: number },
    ...owners: string[]
  ) => {
    const route = { ...viewRoute(httpRoute(0), planOf().route), level: at(weight), generation: 12, whole: true, owners };
    const before = newStatus({ plan: 'p', planUid: 'u', at: 0, generation: 7 });
    const { set, from, known = 7 } = status;
    const pending = from === undefined ? null : { from, generation: known };
    return movementOf(route, { ...before, level: { ...before.level, set }, pending }, [GITOPS], null).is;
  };
  const switched = { set: at(100) };
  const announced = { set: at(100), from: at(0) };

  test.each([
    ['nobody, it is as earned', service(100, switched, 'tidegate-runner'), 'held'],
    ['the GitOps tool, however many changes there were', service(0, switched, GITOPS), 'reset'],
    ['a person', service(0, switched, 'kubectl-edit'), 'lowered'],
    ['a person, and the GitOps tool applied the same', service(0, switched, 'kubectl-edit', GITOPS), 'lowered'],
    ['a person, towards the candidate', service(100, { set: at(0) }, 'kubectl-edit'), 'raised'],
    ['nobody yet, a switch was announced', service(0, { ...announced, known: 12 }, GITOPS), 'unwritten'],
    ['a person, after a switch was announced', service(0, announced, 'kubectl-edit'), 'lowered'],
    ['the GitOps tool, after a switch was announced', service(0, announced, GITOPS), 'reset'],
  ])('%s', (_, is, expected) => {
    expect(is).toBe(expected);
  });
});
