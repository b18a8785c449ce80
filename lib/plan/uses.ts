import type { ResolvedIntent, ResolvedRemedies } from '../intent/resolved.ts';

/**
 * Files that stand beside the runner's own program, `build/<name>.mjs` from `lib/runner/parts/<name>.ts`: what some
 * releases need and what the decision of none depends on does not make the program larger for all of them.
 */
export const PARTS = ['metrics', 'remedies'] as const;
export type Part = (typeof PARTS)[number];

/** What every runner has, whatever its plan. */
export const EVERYWHERE: readonly Part[] = ['metrics'];

/** What a plan of this intent needs, by name. */
export function usesOf(intent: ResolvedIntent): readonly Part[] {
  return remediesOf(intent) === undefined ? [] : ['remedies'];
}

/** Of the remedies outside the release, those that a gate names; undefined where none does. */
export function remediesOf({ strategy, remedies = {} }: ResolvedIntent): ResolvedRemedies | undefined {
  const named = new Set(
    strategy.steps.flatMap((step) => ('analysis' in step ? step.analysis.gates.map(({ onFailure }) => onFailure) : [])),
  );
  const { flagOff, webhook } = remedies;
  const used = { ...(flagOff && named.has('flagOff') ? { flagOff } : {}), ...(webhook && named.has('webhook') ? { webhook } : {}) };
  return Object.keys(used).length > 0 ? used : undefined;
}
