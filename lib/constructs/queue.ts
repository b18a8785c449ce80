import type { Groups } from '../intent/project.ts';
import type { ResolvedIntent } from '../intent/resolved.ts';
import type { Lock } from '../lock/lock.ts';
import type { Ahead, Queue } from '../plan/plan.ts';
import { ProblemError } from '../schema/index.ts';

/** The other releases of a target and namespace. */
export interface Neighbours {
  /** As this run leaves it; null: there is none. */
  next(release: string): Lock | null;
  /** The same where it is known by now, else as Git has it. */
  now(release: string): Lock | null;
}

/**
 * Which of the releases that are in flight come before a new attempt: those that its intent names, and of its group those
 * that were there before, or that begin in the same run and stand before it in the group's list.
 * @returns undefined where nobody does, nor ever will
 * @throws ProblemError where one that it waits for waits for it
 */
export function queueOf({ release, after = [], group }: ResolvedIntent, groups: Groups, others: Neighbours): Queue | undefined {
  const before = after.flatMap((name) => aheadOf(name, others.next(name), 'promoted'));
  const atRest = after.filter((name) => !before.some((ahead) => ahead.release === name));
  const waiting = before.find((ahead) => waitsFor(ahead.release, release, others));
  if (waiting)
    throw new ProblemError([
      {
        path: 'after',
        message: `${release} comes after ${waiting.release}, and the plan of ${waiting.release} in flight waits for ${release}.`,
        help: `Let ${release} end first, or give ${waiting.release} a new place: \`tidegate synth --refresh --only ${waiting.release}\`.`,
      },
    ]);
  const members = (group && groups[group.name]?.releases) ?? [];
  const place = members.indexOf(release);
  const beside = members
    .filter((name) => name !== release && !before.some((ahead) => ahead.release === name))
    .flatMap((name) => aheadOf(name, members.indexOf(name) < place ? others.next(name) : others.now(name), 'over'))
    // Who waits for this one lets it pass.
    .filter((ahead) => !waitsFor(ahead.release, release, others));
  const limit = group?.limit ?? 1;
  const ahead = before.length === 0 && beside.length < limit ? [] : [...before, ...beside];
  const behind = members.filter((name) => name !== release && !atRest.includes(name) && !ahead.some((one) => one.release === name));
  if (ahead.length + behind.length + atRest.length === 0) return undefined;
  return {
    group: group?.name ?? null,
    limit,
    ahead,
    ...(behind.length > 0 ? { behind } : {}),
    ...(atRest.length > 0 ? { atRest } : {}),
  };
}

function aheadOf(release: string, lock: Lock | null, until: Ahead['until']): readonly Ahead[] {
  return lock?.inFlight ? [{ release, attempt: lock.attempts, until }] : [];
}

/** Whether what is in flight of a release waits for a new attempt of another, itself or by what it waits for. */
function waitsFor(release: string, other: string, others: Neighbours, seen = new Set<string>()): boolean {
  if (seen.has(release)) return false;
  seen.add(release);
  return (others.now(release)?.inFlight?.plan.queue?.ahead ?? []).some((ahead) => {
    // Whose place a later attempt takes, nobody waits for in a group.
    if (ahead.release === other) return ahead.until === 'promoted';
    const lock = others.now(ahead.release);
    const stands = ahead.until === 'promoted' || (lock?.inFlight != null && lock.attempts === ahead.attempt);
    return stands && waitsFor(ahead.release, other, others, seen);
  });
}
