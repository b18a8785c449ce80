import type { ResolvedIntent } from '../intent/resolved.ts';

/**
 * Files that stand beside the runner's own program, `build/<name>.mjs` from `lib/runner/parts/<name>.ts`: what some
 * releases need and what the decision of none depends on does not make the program larger for all of them.
 */
export const PARTS = ['metrics', 'signatures'] as const;
export type Part = (typeof PARTS)[number];

/** What every runner has, whatever its plan. */
export const EVERYWHERE: readonly Part[] = ['metrics'];

/**
 * What a plan of this intent needs, by name.
 * @param signed whether approvals are signed where it runs
 */
export function usesOf(_intent: ResolvedIntent, signed: boolean): readonly Part[] {
  return signed ? ['signatures'] : [];
}
