import { FIELD_MANAGER } from './effect.ts';
import { isAbove, isExposed, isSame } from './level.ts';
import type { RouteView } from './route.ts';
import type { Status } from './status.ts';

/** Why the route is not the one that the plan knows, or null. */
export const strange = (route: RouteView | null): string | null =>
  route === null ? 'it is not there' : (route.foreign ?? route.unmarked ?? (route.extra && `${route.extra} names the candidate too`));

/** Whether the route is the plan's, and nobody gets anything of the candidate by it. */
export const isAtRest = (route: RouteView | null): route is RouteView =>
  route !== null && strange(route) === null && !isExposed(route.level);

/** What happened to the route since the level was earned. */
export type Movement =
  | { readonly is: 'held' }
  /** The write that `pending` announces has not been made: the route is still the one of that decision. */
  | { readonly is: 'unwritten' }
  /** The GitOps tool, and nobody else, put it back. */
  | { readonly is: 'reset'; readonly by: string }
  /** Towards stable by somebody who is not undone. */
  | { readonly is: 'lowered'; readonly by: string; readonly person: boolean }
  /** Towards the candidate by anyone but the runner. */
  | { readonly is: 'raised'; readonly by: string };

/**
 * Who moved the route, decided from its generation and its field managers (S13).
 * @param wrote the generation that this process's own latest write gave the route; null: it has made none
 */
export function movementOf(route: RouteView, status: Status, gitopsManagers: readonly string[], wrote: number | null): Movement {
  const { level, pending } = status;
  const by = route.owners.join(', ') || 'an unknown manager';
  if (route.even && isSame(route.level, level.set)) return { is: 'held' };
  // A switch takes copies away, so the route before it may hold more of them than was earned since.
  if (pending?.generation != null && route.generation === pending.generation) return { is: 'unwritten' };
  if (isAbove(route.level, level.set)) return { is: 'raised', by };
  if (pending !== null && isAbove(route.level, pending.from)) return { is: 'raised', by };
  const known = (pending ?? level).generation;
  const onlyGitops = route.owners.length > 0 && route.owners.every((owner) => gitopsManagers.includes(owner));
  // One change is the reset. Of more than one, the last writer hides who came before, and that may have been a person; but
  // where there is only all or nothing, a person who said nothing stays an owner beside the tool that says the same.
  if (onlyGitops && (route.whole || (known !== null && route.generation === Math.max(known, wrote ?? 0) + 1))) return { is: 'reset', by };
  const own =
    route.owners.includes(FIELD_MANAGER) && route.owners.every((owner) => owner === FIELD_MANAGER || gitopsManagers.includes(owner));
  return { is: 'lowered', by: onlyGitops ? `${by} after a change by someone unseen` : by, person: !own };
}
