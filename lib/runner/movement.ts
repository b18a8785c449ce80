import { FIELD_MANAGER } from './effect.ts';
import { isAbove, isSame } from './level.ts';
import type { RouteView } from './route.ts';
import type { Status } from './status.ts';

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

/** Who moved the route, decided from its generation and its field managers (S13). */
export function movementOf(route: RouteView, status: Status, gitopsManagers: readonly string[]): Movement {
  const { level, pending } = status;
  const by = route.owners.join(', ') || 'an unknown manager';
  if (route.even && isSame(route.level, level.set)) return { is: 'held' };
  // A switch takes copies away, so the route before it may hold more of them than was earned since.
  if (pending?.generation != null && route.generation === pending.generation) return { is: 'unwritten' };
  if (isAbove(route.level, level.set)) return { is: 'raised', by };
  if (pending !== null && isAbove(route.level, pending.from)) return { is: 'raised', by };
  const known = pending === null ? level.generation : pending.generation;
  const onlyGitops = route.owners.length > 0 && route.owners.every((owner) => gitopsManagers.includes(owner));
  // One change is the reset. Of more than one, the last writer hides who came before, and that may have been a person.
  if (onlyGitops && known !== null && route.generation === known + 1) return { is: 'reset', by };
  const own =
    route.owners.includes(FIELD_MANAGER) && route.owners.every((owner) => owner === FIELD_MANAGER || gitopsManagers.includes(owner));
  return { is: 'lowered', by: onlyGitops ? `${by} after a change by someone unseen` : by, person: !own };
}
