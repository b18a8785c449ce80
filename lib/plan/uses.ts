import type { ResolvedIntent } from '../intent/resolved.ts';
import type { Queue } from './plan.ts';

/**
 * Files that stand beside the runner's own program, `build/<name>.mjs` from `lib/runner/parts/<name>.ts`: what some
 * releases need and what the decision of none depends on does not make the program larger for all of them.
 */
export const PARTS = ['metrics', 'queue'] as const;
export type Part = (typeof PARTS)[number];

/** What every runner has, whatever its plan. */
export const EVERYWHERE: readonly Part[] = ['metrics'];

/** What a plan of this intent needs, by name. @param queue of the plan, where there is one already */
export function usesOf({ after, group }: ResolvedIntent, queue?: Queue): readonly Part[] {
  return after || group || queue ? ['queue'] : [];
}
