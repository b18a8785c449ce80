import type { Ahead, Plan, Queue } from '../../plan/plan.ts';
import type { Random } from '../random.ts';

/** What the status of another release says of it, or does not say. */
export type Said =
  | 'nothing'
  /** An attempt before the one that is waited for; it was promoted. */
  | 'earlier'
  | 'goes'
  /** It goes, and its candidate has requests. */
  | 'has traffic'
  | 'held'
  | 'promoted'
  | 'aborted'
  /** It goes on, and somebody has written by hand that it was promoted. */
  | 'tampered'
  /** Another attempt has taken its place. */
  | 'later'
  | 'later promoted';

/** Another release, and what becomes of it: the first entry is there from the beginning. */
export interface OtherFate extends Omit<Ahead, 'until'> {
  /** `unexposed`: it has no requests any more; it stands behind. `at rest`: the same of one that was at rest in the plan. */
  readonly until: Ahead['until'] | 'unexposed' | 'at rest';
  readonly life: readonly { readonly at: number; readonly says: Said }[];
}

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

/** Releases that come later, and may have begun all the same. Few, as few are begun on two branches or again. */
export const drawBehind = (random: Random): readonly OtherFate[] =>
  random.chance(0.15) ? (['desk', 'docs'] as const).slice(0, random.whole(1, 2)).map((name) => drawExposed(name, 'unexposed', random)) : [];

/** One that was at rest when the release was planned, and was begun on another branch. */
export const drawAtRest = (random: Random): readonly OtherFate[] => (random.chance(0.05) ? [drawExposed('bank', 'at rest', random)] : []);

function drawExposed(release: string, until: OtherFate['until'], random: Random): OtherFate {
  let at = random.between(0, 200);
  const life: OtherFate['life'][number][] = [{ at: 0, says: 'nothing' }];
  for (let more = random.whole(1, 3); more > 0; more--) {
    life.push({ at, says: random.pick(['goes', 'has traffic', 'has traffic', 'tampered', 'aborted']) });
    at += random.between(2, 200);
  }
  if (random.chance(0.9)) life.push({ at, says: random.pick(['promoted', 'aborted']) });
  return { release, attempt: 1, until, life };
}

export const queueing = (queue: Queue | undefined, uses: Plan['uses'] = []): Pick<Plan, 'uses' | 'queue'> =>
  queue ? { uses: [...uses, 'queue'], queue } : {};
