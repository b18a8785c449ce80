// The rules for a canary's weights and mirrors, once for the compiler and once for run time, in the same words.

/** A weight up to this may be reached without a person's yes. */
export const APPROVAL_ABOVE = 50;

/** Why `weight` cannot follow `last` (0 at the start), or null when it can. */
export function weightProblem(weight: number, last: number, approved: boolean): string | null {
  if (!Number.isInteger(weight) || weight < 1 || weight > 100) return `weight ${weight} is not a whole number from 1 to 100`;
  if (weight <= last) return `weight ${weight} does not rise above ${last}`;
  if (weight > APPROVAL_ABOVE && last <= APPROVAL_ABOVE && !approved)
    return `weight ${weight} is above ${APPROVAL_ABOVE} and needs an approval before it`;
  return null;
}

/** Why `percent` of the requests cannot be copied, or null when they can; 0 ends a mirror. */
export function mirrorProblem(percent: number): string | null {
  return Number.isInteger(percent) && percent >= 0 && percent <= 100
    ? null
    : `a mirror of ${percent} percent is not a whole number from 0 to 100`;
}

/** What is wrong with a list of weights of the short form, and at which of them (null: with the list), or null. */
export function weightListProblem(weights: readonly number[]): { readonly message: string; readonly index: number | null } | null {
  let last = 0;
  for (const [index, weight] of weights.entries()) {
    const message = weightProblem(weight, last, true);
    if (message !== null) return { message, index };
    last = weight;
  }
  return last === 100 ? null : { message: 'the last weight must be 100', index: null };
}

/** `W` itself where it may follow `Last`, else the sentence that says why not. Weights that are no literals pass. */
export type WeightAfter<W extends number, Last extends number, Approved extends boolean> = number extends W
  ? W
  : W extends Percent
    ? number extends Last
      ? NeedsApproval<W, Approved>
      : W extends UpTo<Last>
        ? `weight ${W} does not rise above ${Last}`
        : NeedsApproval<W, Approved>
    : `weight ${W} is not a whole number from 1 to 100`;

type NeedsApproval<W extends number, Approved extends boolean> =
  W extends UpTo<50> ? W : [Approved] extends [true] ? W : `weight ${W} is above 50 and needs an approval before it`;

/** `P` itself where that share can be copied, else the sentence that says why not. A share that is no literal passes. */
export type MirrorPercent<P extends number> = number extends P
  ? P
  : P extends UpToHundred
    ? P
    : `a mirror of ${P} percent is not a whole number from 0 to 100`;

/** Whether the candidate is past the approval once it is at `W`; a weight that is no literal leaves it as it was. */
export type PastApproval<W extends number, Approved extends boolean> = number extends W ? Approved : [W] extends [UpTo<50>] ? false : true;

/** `Weights` itself where they are whole numbers from 1 to 100 that rise to 100, else the sentence that says what is wrong. */
export type Rising<Weights extends readonly unknown[], Rest = Weights, Last extends number = 0> = Rest extends readonly [
  infer First,
  ...infer Others,
]
  ? Extract<WeightAfter<WeightOf<First>, Last, true>, string> extends infer Wrong
    ? [Wrong] extends [never]
      ? Rising<Weights, Others, WeightOf<First>>
      : Wrong
    : never
  : number extends Last | LengthOf<Rest>
    ? Weights
    : [Last] extends [100]
      ? Weights
      : 'the last weight must be 100';

type LengthOf<List> = List extends { readonly length: infer Length } ? Length : never;
type WeightOf<Entry> = Entry extends number ? Entry : Entry extends { readonly weight: infer W extends number } ? W : number;

type UpToHundred = UpToWhole<100>;
type Percent = Exclude<UpToHundred, 0>;

/** `0 | 1 | ... | N`; of a union, up to its largest; of a fraction, all. */
type UpTo<N extends number> = N extends UpToHundred ? UpToWhole<N> : UpToHundred;

type UpToWhole<N extends number, Counted extends readonly unknown[] = [], Seen = never> = Counted['length'] extends N
  ? Seen | N
  : UpToWhole<N, [...Counted, unknown], Seen | Counted['length']>;
