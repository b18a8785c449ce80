import { shortHash } from '../../plan/hash.ts';
import type { Ahead, Plan, Queue } from '../../plan/plan.ts';
import type { OtherFate, Said } from '../cluster/others.ts';
import type { Random } from '../random.ts';
import type { Draft } from './plans.ts';

const NAMES = ['pay', 'cart', 'mail'] as const;
const SAID = ['nothing', 'earlier', 'goes', 'held', 'promoted', 'aborted', 'tampered', 'later', 'later promoted'] as const;

/** Releases that come first, in some of all fates; most of them end at last. */
export function drawOthers(random: Random): readonly OtherFate[] {
  if (!random.chance(0.12)) return [];
  return NAMES.slice(0, random.whole(1, NAMES.length)).map((release): OtherFate => {
    let at = 0;
    const life: OtherFate['life'][number][] = [{ at, says: random.pick(['nothing', 'earlier', 'goes', 'promoted']) }];
    const say = (says: Said) => {
      at += random.between(2, 120);
      life.push({ at, says });
    };
    for (let more = random.whole(0, 4); more > 0; more--) say(random.pick(SAID));
    if (random.chance(0.8)) say(random.pick(['promoted', 'promoted', 'later promoted']));
    return { release, attempt: random.whole(1, 9), until: random.pick(['promoted', 'over']), life };
  });
}

/** The same plan, and these come first. */
export function withQueue({ plan, route }: Draft, others: readonly OtherFate[]): Draft {
  const ahead = others.map(({ release, attempt, until }): Ahead => ({ release, attempt, until }));
  const queued = { ...plan, ...queueing({ group: 'shop', limit: 1 + (others.length % 2), ahead }, plan.uses) };
  return { plan: queued, hash: shortHash(queued), route };
}

export const queueing = (queue: Queue | undefined, uses: Plan['uses'] = []): Pick<Plan, 'uses' | 'queue'> =>
  queue ? { uses: [...uses, 'queue'], queue } : {};
