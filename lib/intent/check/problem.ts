import { dottedPath } from '../../schema/explain.ts';
import type { Problem } from '../../schema/index.ts';

/** Where something stands in an intent: `['traffic', 'hosts', 0]`. */
export type Place = readonly (string | number)[];

/** What one check finds, one after the other. */
export type Problems = Generator<Problem, void>;

export function problem(place: Place, message: string, help?: string): Problem {
  const path = dottedPath(place.map(String));
  return { message, ...(path === '' ? {} : { path }), ...(help === undefined ? {} : { help }) };
}

/** Reports what `parse` throws as a RangeError, at its place. */
export function* parsed(place: Place, parse: () => unknown): Problems {
  const { refusal } = attempt(parse);
  if (refusal !== null) yield problem(place, refusal);
}

/** The value that `parse` reads, or the sentence with which it refuses. */
export function attempt<T>(
  parse: () => T,
): { readonly value: T; readonly refusal: null } | { readonly value: null; readonly refusal: string } {
  try {
    return { value: parse(), refusal: null };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { value: null, refusal: `${error.message.replace(/\.$/, '')}.` };
  }
}

/** Reports each value that was there before, with the place of the first. */
export function* repeated<T>(entries: Iterable<readonly [Place, T]>, what: (value: T) => string): Problems {
  const seen = new Map<T, Place>();
  for (const [place, value] of entries) {
    const first = seen.get(value);
    if (first === undefined) seen.set(value, place);
    else yield problem(place, `${what(value)} is already used by ${dottedPath(first.map(String))}.`);
  }
}
