/** A part of a parsed condition, and where it begins in the text, counted from 0. */
export type Node =
  | { readonly kind: 'literal'; readonly at: number; readonly value: null | boolean | bigint | number | string }
  /** `result`, `#` (the element that a predicate looks at), or `?` (what stands before the nearest `?.`). */
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  /**
   * A function or an operator with what it works on: `[]` is an index, `[:]` a slice, `[,]` and `{}` are
   * literals, a map's keys and values taking turns.
   */
  | { readonly kind: 'call'; readonly at: number; readonly name: string; readonly args: readonly Node[] };
