import { describe, expect, test } from 'vitest';
import { NO_COUNTERS } from '../../lib/gates/verdict.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { newState, reduce, type Status, type World } from '../../lib/runner/index.ts';
import { viewRoute } from '../../lib/runner/route.ts';
import { newStatus } from '../../lib/runner/status.ts';
import { analysis } from './judged.ts';
import { httpRoute, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const copy = (percent: number): Step => ({ kind: 'setMirrorRoute', exposure: 50, deadlineSeconds: 300, name: 'copies', percent });
const plan: Plan = planOf([scale(), smoke(), copy(30), setWeight(50), analysis(), copy(0), switchOver()]);
const hash = shortHash(plan);
const pods = { resourceVersion: '5', replicas: 3, available: 3, current: true };
const nothing = { approvals: [], commands: {}, unreadable: [] };

/** Everybody's copies are to end after the analysis, of which the gate has passed and is silent since. */
function ending(copies: number, step: number): World {
  const set = { weight: 50, routes: { copies } };
  const counters = { ...NO_COUNTERS, pass: 5, noData: 1, last: { at: 50_000, outcome: 'no-data' as const }, silentSince: 50_000 };
  const status: Status = {
    ...newStatus({ plan: hash, planUid: 'u', at: 0, generation: 7 }),
    phase: 'Progressing',
    step,
    stepStartedAt: 51_000,
    level: { set, observed: 50, held: 1, since: 1, generation: 7 },
    gates: { '4.errors': { since: 1, passedAt: 40_000, counters, began: null } },
  };
  return {
    plan: 'present',
    planUid: 'u',
    wrote: null,
    unseen: false,
    route: { ...viewRoute(httpRoute(50), plan.route), level: set, generation: 7, owners: ['tidegate-runner'], accepted: true },
    candidate: pods,
    stable: pods,
    jobs: {},
    orders: { git: nothing, cluster: nothing },
    status: { kind: 'ours', status, resourceVersion: '9' },
    others: {},
  };
}

const look = (world: World) => reduce(newState({ plan, hash }), { kind: 'looked', at: 60_000, world, fresh: true }).effects;

describe('the end of copies', () => {
  test('takes no word from the gates that judge', () => {
    const saved = look(ending(30, 5)).find((effect) => effect.kind === 'saveStatus');
    expect(saved?.status).toMatchObject({ level: { set: { weight: 50, routes: { copies: 0 } } }, gates: { '4.errors': {} } });
  });

  test('lets nothing be raised that a silent gate would not let', () => {
    expect(look(ending(0, 6)).filter(({ kind }) => kind === 'setRoute')).toEqual([]);
  });
});
