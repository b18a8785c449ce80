import { describe, expect, test } from 'vitest';
import type { Plan, Step } from '../../lib/plan/plan.ts';
import { Draft } from '../../lib/runner/draft.ts';
import { SERVED } from '../../lib/runner/effect.ts';
import type { Answered } from '../../lib/runner/memory.ts';
import { unserved } from '../../lib/runner/serving.ts';
import { newStatus } from '../../lib/runner/status.ts';
import { analysis, pause, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const served = { prometheus: { address: 'http://prometheus:9090', query: 'share', timeoutSeconds: 10 } };
const steps: readonly Step[] = [scale(), smoke(), setWeight(20), analysis(), pause(60), switchOver()];
const plan: Plan = { ...planOf(steps), served };
const [SETTING, JUDGING] = [2, 3];

interface Sight {
  readonly step?: number;
  readonly heldFor: number;
  readonly share?: number;
  readonly insiders?: number;
  readonly of?: Plan;
}

/** What is missing before 20 % count as served, the route having held them for so many seconds. */
function missing({ step = SETTING, heldFor, share, insiders = 0, of = plan }: Sight) {
  const at = 1_000_000;
  const held = at - heldFor * 1_000;
  const status = newStatus({ plan: 'p', planUid: 'u', at: 0, generation: 7 });
  const level = { set: { weight: 20, routes: { insiders } }, observed: 20, held, since: null, generation: 7 };
  const draft = new Draft({ ...status, phase: 'Progressing', step, stepStartedAt: 0, level, heartbeat: at }, at);
  const answers =
    share === undefined
      ? []
      : [{ question: { key: SERVED, epoch: '', weight: 20 }, answer: { kind: 'numbers', values: [share] }, at: at - 1, seen: false }];
  const memory = {
    owned: true,
    lost: false,
    fresh: true,
    answers: answers as unknown as Answered[],
    asking: { waiting: new Set(''), asked: new Set('') },
  };
  const why = unserved({ plan: of, hash: 'p' }, memory, draft);
  return { why, asked: draft.urgent.some(({ kind }) => kind === 'ask') };
}

describe('a weight of 20 % that the route holds', () => {
  test.each([
    { share: 15, insiders: 0, is: 'served' },
    { share: 25, insiders: 0, is: 'served' },
    { share: 14, insiders: 0, is: 'not' },
    { share: 26, insiders: 0, is: 'not' },
    // Nobody knows how many requests have the headers: the candidate gets them beside its share.
    { share: 26, insiders: 100, is: 'served' },
    { share: 90, insiders: 100, is: 'served' },
    { share: 14, insiders: 100, is: 'not' },
  ])('is $is served where $share % are seen and $insiders % of insiders are led to the candidate', ({ share, insiders, is }) => {
    const { why } = missing({ heldFor: 30, share, insiders });
    expect(why).toBe(is === 'served' ? '' : `the route holds 20 %, but ${share} % is served`);
  });

  test.each<[string, Sight, string]>([
    ['settles first', { heldFor: 4, share: 20 }, '20 % settles'],
    ['is asked for', { heldFor: 5 }, '20 % is held; which share is served is not known yet'],
    ['that no metric sees for a minute, counts', { heldFor: 60 }, ''],
    ['that is seen to be less, never counts', { heldFor: 600, share: 3 }, 'the route holds 20 %, but 3 % is served'],
    ['back after a reset, settles as well', { step: JUDGING, heldFor: 4 }, '20 % settles'],
    ['back after a reset, is asked for as well', { step: JUDGING, heldFor: 5, share: 3 }, 'the route holds 20 %, but 3 % is served'],
    ['back after a reset, is guarded again after a minute', { step: JUDGING, heldFor: 60, share: 3 }, ''],
    ['of which nothing can tell, settles and counts', { heldFor: 5, of: planOf(steps) }, ''],
    ['held in the future of a clock that was set back, counts', { heldFor: -3_600 }, ''],
  ])('%s', (_, sight, why) => {
    expect(missing(sight).why).toBe(why);
  });

  test('is asked for once it has settled, and not where nothing can tell', () => {
    const asked = [missing({ heldFor: 4 }), missing({ heldFor: 5 }), missing({ heldFor: 5, of: planOf(steps) })].map((one) => one.asked);
    expect(asked).toEqual([false, true, false]);
  });
});
