// Whether a gate's condition lets more pass than before.
import { ConditionError } from '../gates/condition/limits.ts';
import { tokensOf } from '../gates/condition/tokens.ts';

export type Direction = 'looser' | 'tighter' | 'unclear';

/**
 * Compares two conditions that differ in the numbers of comparisons alone. Of anything else, a negation above all, it does
 * not claim to know.
 * @param meaning of a condition that holds: the measurement passes, or fails
 */
export function thresholdDirection(before: string, after: string, meaning: 'success' | 'failure'): Direction {
  const [one, other] = [tokens(before), tokens(after)];
  if (one === null || other === null || one.length !== other.length) return 'unclear';
  const moved = one.flatMap((token, index) => (token === other[index] ? [] : [holdsMoreOften(one, other, index)]));
  if (moved.length === 0 || moved.includes(null)) return 'unclear';
  // One number that lets more pass is enough to let something pass that did not.
  return moved.includes(meaning === 'success') ? 'looser' : 'tighter';
}

/** What leaves it to the comparisons when the whole holds. */
const MONOTONE = /^(?:[<>]=?|&&|\|\||and|or|[()[\]{}#.,]|result|all|any|len|default|asFloat|asInt|isNaN|isInf|!isNaN|!isInf)$/;
const NUMBER = /^[\d.]/;

/** Null where they are no condition, or one with parts that may turn the meaning of a comparison round. */
function tokens(condition: string): readonly string[] | null {
  let texts: readonly string[];
  try {
    texts = tokensOf(condition).map(({ text }) => text);
  } catch (error) {
    if (error instanceof ConditionError) return null;
    throw error;
  }
  const joined = texts.flatMap((text, index) => {
    if (/^is(?:NaN|Inf)$/.test(text) && texts[index - 1] === '!') return [`!${text}`];
    return text === '' || (text === '!' && /^is(?:NaN|Inf)$/.test(texts[index + 1] ?? '')) ? [] : [text];
  });
  return joined.every((text) => MONOTONE.test(text) || (NUMBER.test(text) && text !== '..')) ? joined : null;
}

/** Whether the condition holds in more cases than before by this number; null where it bounds nothing. */
function holdsMoreOften(before: readonly string[], after: readonly string[], index: number): boolean | null {
  const [from, to] = [Number(before[index]), Number(after[index])];
  if (Number.isNaN(from) || Number.isNaN(to)) return null;
  const left = /^([<>])/.exec(before[index - 1] ?? '')?.[1];
  const right = /^([<>])/.exec(before[index + 1] ?? '')?.[1];
  if ((left === undefined) === (right === undefined)) return null;
  // `x < number` holds more often with a greater number, `number < x` with a smaller one.
  return (left === '<' || right === '>') === to > from;
}
