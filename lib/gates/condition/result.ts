import type { Result } from '../providers/provider.ts';

/** What a condition may be asked about: of a provider's answers those that hold a value, and null for a value that is missing. */
export type MetricResult =
  | Extract<Result, { kind: 'number' | 'numbers' | 'json' | 'text' }>
  | { readonly kind: 'number'; readonly value: null };
