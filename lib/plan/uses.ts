import type { ResolvedIntent } from '../intent/resolved.ts';

/**
 * Files that stand beside the runner's own program, `build/<name>.mjs` from `lib/runner/parts/<name>.ts`: what some
 * releases need and what the decision of none depends on does not make the program larger for all of them.
 */
export const PARTS = ['argo', 'metrics'] as const;
export type Part = (typeof PARTS)[number];

/** What every runner has, whatever its plan. */
export const EVERYWHERE: readonly Part[] = ['metrics'];

/** What a plan of this intent needs, by name. */
export function usesOf({ strategy }: ResolvedIntent): readonly Part[] {
  const gates = strategy.steps.flatMap((step) => ('analysis' in step ? step.analysis.gates : []));
  return gates.some(({ argo }) => argo !== undefined) ? ['argo'] : [];
}
