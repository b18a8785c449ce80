import { type Code, type ConditionProblem, compile } from './compile.ts';
import { Budget, ConditionError } from './limits.ts';
import type { Node } from './node.ts';
import type { Surroundings } from './operations.ts';
import { parse } from './parse.ts';
import type { MetricResult } from './result.ts';
import type { Token } from './tokens.ts';
import { fits, type Type } from './types.ts';
import { typeOfValue, type Value, valueOfJson } from './values.ts';

export type { ConditionProblem } from './compile.ts';
export type { MetricResult } from './result.ts';

/** A condition that was read once and can be asked often. */
export interface Condition {
  readonly text: string;
  readonly root: Node;
  readonly language?: Language | undefined;
}

/** What a language has beyond the one that conditions have by themselves. */
export interface Language {
  /** Its tokens as such of the smaller one. By default they are. */
  readonly plainly?: (tokens: readonly Token[]) => readonly Token[];
  readonly more: NonNullable<Surroundings['more']>;
}

export type ParsedCondition = { readonly ok: true; readonly condition: Condition } | ({ readonly ok: false } & ConditionProblem);

export type ConditionValue =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'error'; readonly message: string; readonly value?: undefined };

/**
 * Reads a condition of a gate: the part of expr-lang that Argo Rollouts' conditions use, bounded in length, depth and
 * number of parts. Never throws.
 * @see https://expr-lang.org/docs/language-definition
 */
export function parseCondition(text: string, language?: Language): ParsedCondition {
  try {
    return { ok: true, condition: { text, root: parse(text, language?.plainly), language } };
  } catch (error) {
    if (error instanceof ConditionError) return { ok: false, message: error.message, at: error.at };
    throw error;
  }
}

/** What can only end in Error for answers of this kind. Where it is empty, some answer may still do so. */
export function checkCondition(condition: Condition, kind: MetricResult['kind']): readonly ConditionProblem[] {
  const type = { number: 'float', numbers: 'float[]', json: 'any', text: 'string' }[kind];
  return compiled(condition, type).problems;
}

/**
 * Asks the condition about a result. As in Argo Rollouts its types are checked against what the result is before
 * anything is computed, nothing is converted silently, and all that is not true or false is an error. Never throws, and
 * always ends.
 */
export function evaluateCondition(condition: Condition, result: MetricResult): ConditionValue {
  try {
    const budget = new Budget();
    const value = valueFrom(result, budget);
    const { problems, run, around } = compiled(condition, result.kind === 'numbers' ? 'float[]' : typeOfValue(value));
    const [problem] = problems;
    if (problem !== undefined) return { kind: 'error', message: `${problem.message} (character ${problem.at + 1})` };
    Object.assign(around, { result: value, budget });
    const answer = run();
    // An answer may be large, and the next question is far away.
    around.result = null;
    if (typeof answer === 'boolean') return { kind: 'boolean', value: answer };
    return { kind: 'error', message: neither(typeOfValue(answer)) };
  } catch (error) {
    return { kind: 'error', message: (error as Error).message };
  }
}

/** Each kind of result has one of these. */
function valueFrom(result: MetricResult, budget: Budget): Value {
  const { value, values, text } = result as Partial<Record<'value' | 'values' | 'text', unknown>>;
  return valueOfJson(value ?? values ?? text ?? null, budget);
}

interface Compiled extends Code {
  readonly problems: readonly ConditionProblem[];
  /** What the next run is about. */
  readonly around: { result: Value; budget: Budget };
}

/** A gate is asked for as long as a release lasts, and about results of one type. */
function compiled(condition: Condition, resultType: Type): Compiled {
  const known = COMPILED.get(condition) ?? new Map<Type, Compiled>();
  COMPILED.set(condition, known);
  const code = known.get(resultType) ?? compiledAnew(condition, resultType);
  known.set(resultType, code);
  return code;
}

const COMPILED = new WeakMap<Condition, Map<Type, Compiled>>();

function compiledAnew({ root, language }: Condition, resultType: Type): Compiled {
  const around = { result: null, budget: new Budget(), more: language?.more };
  const { type, run, problems } = compile(root, resultType, around);
  if (problems.length === 0 && !fits(type, 'bool')) problems.push({ at: root.at, message: neither(type) });
  return { type, run, problems, around };
}

const neither = (type: Type): string => `a condition is true or false, not ${type}`;
