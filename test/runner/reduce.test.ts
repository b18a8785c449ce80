import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import { newState, reduce, type Status, type World } from '../../lib/runner/index.ts';
import type { Level } from '../../lib/runner/level.ts';
import { viewRoute } from '../../lib/runner/route.ts';
import { newStatus } from '../../lib/runner/status.ts';
import { httpRoute, planOf } from './release.ts';

const plan = planOf();
const hash = shortHash(plan);
const MINUTE = 60_000;
const at = (weight: number): Level => ({ weight, routes: {} });
const nothing = { approvals: [], commands: {}, unreadable: [] };
const pods = (available: number, replicas = 3) => ({ resourceVersion: '5', replicas, available, current: true });

/** A world in which the candidate has `weight`, step `step` is next, and nothing is wrong. */
function world(weight: number, status: Partial<Status> | null, some: Partial<World> = {}): World {
  const earned = { set: at(weight), observed: weight, held: 0, since: 0, generation: 7 };
  return {
    plan: 'present',
    route: {
      ...viewRoute(httpRoute(weight), plan.route),
      resourceVersion: '40',
      generation: 7,
      owners: ['tidegate-runner'],
      accepted: true,
    },
    wrote: null,
    unseen: false,
    candidate: pods(3),
    stable: pods(3),
    planUid: 'u',
    jobs: {},
    orders: { git: nothing, cluster: nothing },
    status:
      status === null
        ? { kind: 'absent', resourceVersion: null }
        : {
            kind: 'ours',
            resourceVersion: '9',
            status: { ...newStatus({ plan: hash, planUid: 'u', at: 0, generation: 7 }), phase: 'Progressing', level: earned, ...status },
          },
    others: {},
    ...some,
  };
}

const decide = (seen: World, time = MINUTE / 2, fresh = true) =>
  reduce(newState({ plan, hash }), { kind: 'looked', at: time, world: seen, fresh });
const words = (effects: ReturnType<typeof decide>['effects']) =>
  effects
    .filter(({ kind }) => kind !== 'log')
    .map((effect) => {
      switch (effect.kind) {
        case 'setRoute':
          return `route ${effect.level.weight} over ${effect.resourceVersion}`;
        case 'saveStatus':
          return `save ${effect.status.phase} step ${effect.status.step} weight ${effect.status.level.set.weight} over ${effect.resourceVersion}`;
        case 'scale':
          return `scale ${effect.replicas} over ${effect.resourceVersion}`;
        case 'announce':
          return effect.reason;
        default:
          return effect.kind;
      }
    });

describe('one look, one decision', () => {
  test.each<[string, World, readonly string[]]>([
    ['no status: one is created, if there still is none', world(0, null), ['save Starting step 0 weight 0 over null', 'Started']],
    ['no status but traffic: first back to stable', world(30, null), ['route 0 over 40']],
    [
      'another plan’s status: it is replaced',
      world(0, null, { status: { kind: 'otherPlan', plan: 'x', resourceVersion: '3' } }),
      ['save Starting step 0 weight 0 over 3', 'Started'],
    ],
    ['the plan is gone: nothing', world(20, { step: 3 }, { plan: 'gone' }), []],
    ['the plan may not be read any more: nothing', world(20, { step: 3 }, { plan: 'forbidden', candidate: null }), []],
    [
      'too few pods: the step is written down, then they are asked for',
      world(0, { step: 0 }, { candidate: pods(1, 1) }),
      ['save Progressing step 0 weight 0 over 9', 'scale 3 over 5'],
    ],
    ['enough pods: the next step', world(0, { step: 0 }), ['save Progressing step 1 weight 0 over 9']],
    [
      'numbers older than the specification: wait',
      world(0, { step: 0, stepStartedAt: 1 }, { candidate: { ...pods(3), current: false } }),
      [],
    ],
    [
      'a raise: written down before it is done',
      world(0, { step: 2 }),
      ['save Progressing step 2 weight 20 over 9', 'route 20 over 40', 'WeightSet'],
    ],
    [
      'a raise that was written down and not done: done, if nobody has written anything else since',
      world(0, {
        step: 2,
        stepStartedAt: 1,
        level: { set: at(20), observed: 0, held: null, since: null, generation: 7 },
        pending: { from: at(0), generation: 7 },
      }),
      ['save Progressing step 2 weight 20 over 9', 'route 20 over 40'],
    ],
    [
      'a weight that has not settled: wait',
      world(0, { step: 2, stepStartedAt: 1, level: { set: at(0), observed: 0, held: 29_000, since: null, generation: 7 } }),
      [],
    ],
    ['a pause: wait', world(20, { step: 3, stepStartedAt: 1 }), []],
    [
      'an abort: done before it is written down',
      world(20, { step: 3, stepStartedAt: 1 }, { candidate: pods(0) }),
      ['route 0 over 40', 'save Aborting step 3 weight 0 over 9', 'Aborted'],
    ],
    [
      'an abort of a candidate without traffic: only written down',
      world(
        0,
        { step: 1, stepStartedAt: 1 },
        { jobs: { [`web-smoke-${hash}-1`]: { resourceVersion: '1', suspended: false, answer: { kind: 'fail', message: 'x' } } } },
      ),
      ['save Aborting step 1 weight 0 over 9', 'Aborted'],
    ],
    ['everything done: promoted', world(100, { step: 9 }), ['save Promoted step 9 weight 100 over 9', 'Promoted']],
  ])('%s', (_, seen, effects) => {
    expect(words(decide(seen).effects)).toEqual(effects);
  });

  test('the same look gives the same decision', () => {
    const seen = world(20, { step: 3 });
    expect(decide(seen)).toEqual(decide(structuredClone(seen)));
  });

  test('a waiting runner writes its heartbeat when a minute has passed, and not before', () => {
    const long = { ...plan, steps: plan.steps.map((step) => (step.kind === 'pause' ? { ...step, durationSeconds: 600 } : step)) };
    const waiting = world(20, { step: 3, stepStartedAt: 1, heartbeat: 1_000 });
    const then = (time: number) =>
      words(reduce(newState({ plan: long, hash }), { kind: 'looked', at: time, world: waiting, fresh: true }).effects);
    expect(then(60_900)).toEqual([]);
    expect(then(61_000)).toEqual(['save Progressing step 3 weight 20 over 9']);
  });

  test('what it waits for is said once', () => {
    const first = decide(world(20, { step: 3, stepStartedAt: 1 }));
    expect(first.effects).toEqual([expect.objectContaining({ kind: 'log', message: expect.stringContaining('pausing until') })]);
    const again = reduce(first.state, { kind: 'looked', at: 31_000, world: world(20, { step: 3, stepStartedAt: 1 }), fresh: true });
    expect(again.effects).toEqual([]);
  });

  test('an effect that was not done is said, and decides nothing', () => {
    const effect = { kind: 'setRoute', level: at(20), resourceVersion: '4' } as const;
    const state = newState({ plan, hash });
    const after = reduce(state, { kind: 'failed', at: 1, effect, why: 'conflict' });
    expect(after.state).toEqual(state);
    expect(after.effects).toEqual([{ kind: 'log', level: 'warning', message: 'setRoute was not done, all is read again: conflict' }]);
  });

  test('the log of the status keeps its latest 40 lines', () => {
    const log = Array.from({ length: 40 }, (_, index) => ({ at: '', message: `line ${index}` }));
    const saved = decide(world(0, { step: 0, log })).effects.find((effect) => effect.kind === 'saveStatus');
    expect(saved?.status.log).toHaveLength(40);
    expect(saved?.status.log.at(-1)?.message).toContain('step 1 (smoke) begins');
    expect(saved?.status.log[0]?.message).toBe('line 3');
  });
});
