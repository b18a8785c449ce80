import type { ResolvedIntent } from '../intent/resolved.ts';

/**
 * Files that stand beside the runner's own program, `build/<name>.mjs` from `lib/runner/parts/<name>.ts`: what some
 * releases need and what the decision of none depends on does not make the program larger for all of them.
 */
export const PARTS = ['argo', 'metrics', 'signatures'] as const;
export type Part = (typeof PARTS)[number];

/** Something of every part, by its name. */
export const ofParts = <Of>(of: (part: Part) => Of): Readonly<Record<Part, Of>> =>
  Object.fromEntries(PARTS.map((part) => [part, of(part)])) as Record<Part, Of>;

/** What every runner has, whatever its plan. */
export const EVERYWHERE: readonly Part[] = ['metrics'];

/**
 * What a plan of this intent needs, by name.
 * @param signed whether approvals are signed where it runs
 */
export function usesOf({ strategy }: ResolvedIntent, signed: boolean): readonly Part[] {
  const gates = strategy.steps.flatMap((step) => ('analysis' in step ? step.analysis.gates : []));
  const asArgo = gates.some(({ argo }) => argo !== undefined);
  return [...(asArgo ? ['argo' as const] : []), ...(signed ? ['signatures' as const] : [])];
}
