// What about a change a reviewer must not miss, and why.
import type { Difference } from './diff-tree.ts';

/** Why a change needs a second look; null: it does not. */
export type Beware = (difference: Difference) => string | null;

type Judge = (why: string) => Beware;

const there = (value: unknown): boolean => value !== null && value !== undefined;
const both = ({ before, after }: Difference): boolean => there(before) && there(after);

export const removed: Judge = (why) => (change) => (there(change.before) && !there(change.after) ? why : null);
export const added: Judge = (why) => (change) => (!there(change.before) && there(change.after) ? why : null);
export const altered: Judge = (why) => (change) => (both(change) ? why : null);
export const raised: Judge = (why) => moved(why, (before, after) => after > before);
export const lowered: Judge = (why) => moved(why, (before, after) => after < before);
export const always: Judge = (why) => () => why;

/** It was another value, or none, and is this one. */
export const became =
  (value: unknown, why: string): Beware =>
  ({ after }) =>
    after === value ? why : null;

/** Something that was in the list is not in it any more. */
export const lost: Judge = (why) => (change) => (items(change.before).some((item) => !items(change.after).includes(item)) ? why : null);

/** Something is in the list that was not. */
export const gained: Judge = (why) => (change) => (items(change.after).some((item) => !items(change.before).includes(item)) ? why : null);

/** Who may was limited, and is not any more, or less. */
export const widened: Judge = (why) => (change) => (there(change.before) && (!there(change.after) || gained(why)(change)) ? why : null);

/** The first of them that has something to say. */
export const either =
  (...judges: readonly Beware[]): Beware =>
  (change) =>
    judges.reduce<string | null>((said, judge) => said ?? judge(change), null);

/** Numbers, and numbers that are written as texts, such as shares of pods. */
function moved(why: string, worse: (before: number, after: number) => boolean): Beware {
  return (change) => {
    if (!both(change)) return null;
    const [before, after] = [change.before, change.after].map((value) => Number.parseFloat(String(value)));
    return before !== undefined && after !== undefined && worse(before, after) ? why : null;
  };
}

const items = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : []);
