import { isRare } from '../gates/condition/native.ts';
import type { OnFailure } from '../intent/gate.ts';
import type { ResolvedGateIntent, ResolvedIntent, ResolvedRemedies } from '../intent/resolved.ts';
import type { Queue } from './plan.ts';

/**
 * Files that stand beside the runner's own program, `build/<name>.mjs` from `lib/runner/parts/<name>.ts`: what some
 * releases need and what the decision of none depends on does not make the program larger for all of them.
 */
export const PARTS = ['argo', 'bundle', 'conditions', 'metrics', 'queue', 'remedies', 'signatures'] as const;
export type Part = (typeof PARTS)[number];

/** Something of every part, by its name. */
export const ofParts = <Of>(of: (part: Part) => Of): Readonly<Record<Part, Of>> =>
  Object.fromEntries(PARTS.map((part) => [part, of(part)])) as Record<Part, Of>;

/** What every runner has, whatever its plan. */
export const EVERYWHERE = ['bundle', 'metrics'] as const satisfies readonly Part[];
type Named = Exclude<Part, (typeof EVERYWHERE)[number]>;

/**
 * What a plan of this intent needs, by name.
 * @param signed whether approvals are signed where it runs
 * @param queue of the plan, where there is one already
 */
export function usesOf(
  intent: ResolvedIntent,
  { signed, queue }: { readonly signed: boolean; readonly queue?: Queue | undefined },
): readonly Part[] {
  const gates = gatesOf(intent);
  const used: Readonly<Record<Named, boolean>> = {
    argo: gates.some(({ argo }) => argo !== undefined),
    conditions: gates.some(({ argo, successCondition, failureCondition }) => !argo && [successCondition, failureCondition].some(isUsed)),
    queue: Boolean(intent.after || intent.group || queue),
    remedies: remediesOf(intent) !== undefined,
    signatures: signed,
  };
  return PARTS.filter((part): part is Named => part in used && used[part as Named]);
}

/** Of the remedies, those that a gate names; undefined where none does. */
export function remediesOf(intent: ResolvedIntent): ResolvedRemedies | undefined {
  const named = new Set(gatesOf(intent).map(({ onFailure }) => onFailure));
  const used = Object.fromEntries(Object.entries(intent.remedies ?? {}).filter(([kind]) => named.has(kind as OnFailure)));
  return Object.keys(used).length > 0 ? used : undefined;
}

const gatesOf = ({ strategy }: ResolvedIntent): readonly ResolvedGateIntent[] =>
  strategy.steps.flatMap((step) => ('analysis' in step ? step.analysis.gates : []));

const isUsed = (condition: string | null): boolean => condition !== null && isRare(condition);
