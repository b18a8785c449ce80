import type { Language } from '../condition.ts';
import type { Operation } from '../operations.ts';
import { RARER } from '../rarer.ts';
import { FORMS } from './forms.ts';
import { LISTS } from './lists.ts';
import { plainly } from './plainly.ts';
import { TEXTS } from './texts.ts';
import { clock, TIMES } from './time.ts';

/**
 * The whole language of Argo Rollouts' conditions, expr-lang v1.17: what every gate may use, and pipes, variables, `if`,
 * and all the other functions. What is left out is said in `docs/how-to/argo-verdicts.md`.
 * @see https://expr-lang.org/docs/language-definition
 */
export const WHOLE: Language = {
  plainly,
  more: new Map<string, Operation>([...RARER, ...TEXTS, ...LISTS, ...TIMES, ...FORMS]),
};

/** Asks something of conditions at a time, in milliseconds since 1970: `now()` is that. */
export function askedAt<T>(now: number, ask: () => T): T {
  clock.now = now;
  return ask();
}
