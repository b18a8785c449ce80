import {
  type Condition,
  type ConditionProblem,
  checkCondition,
  evaluateCondition,
  type MetricResult,
  parseCondition,
} from '../../gates/condition/condition.ts';
import type { Node } from '../../gates/condition/node.ts';
import { PREDICATES } from '../../gates/condition/predicates.ts';
import { NATIVE } from '../../gates/condition/rarer.ts';
import { WHOLE } from '../../gates/condition/whole/language.ts';
import { type Answers, answersOf, series } from './answers.ts';
import type { Metric, Written } from './metric.ts';
import { placeholdersIn } from './placeholders.ts';

/** What Argo Rollouts makes of one answer. */
export type Outcome = 'pass' | 'fail' | 'inconclusive' | 'error';

/** The conditions of a metric, read. */
export interface Conditions {
  readonly success: Condition | null;
  readonly failure: Condition | null;
}

/** A condition that is none, or that cannot be judged here. */
export interface Misread extends ConditionProblem {
  readonly written: Written;
  /** Argo Rollouts knows more of the language than is checked here; then nothing is said against the condition. */
  readonly isBeyondUs: boolean;
}

/** Both conditions; null where one is no condition, or holds an argument whose value no guess can stand for. */
export function conditionsOf(metric: Metric): Conditions | null {
  let conditions = KNOWN.get(metric);
  if (conditions === undefined) {
    conditions = readBoth(metric);
    KNOWN.set(metric, conditions);
  }
  return conditions;
}

/** A condition that was read once is also compiled once, and several rules ask. */
const KNOWN = new WeakMap<Metric, Conditions | null>();

function readBoth({ successCondition, failureCondition, language }: Metric): Conditions | null {
  const success = successCondition && read(successCondition.text, language);
  const failure = failureCondition && read(failureCondition.text, language);
  if ((success && !success.ok) || (failure && !failure.ok)) return null;
  return { success: success?.ok ? success.condition : null, failure: failure?.ok ? failure.condition : null };
}

/** The condition with a number for each argument that is open; it is what a threshold is. */
function read(text: string, language: Metric['language']) {
  const open = new Set(placeholdersIn(text).map(({ text: placeholder }) => placeholder));
  const filled = [...open].reduce((filled, placeholder) => filled.replaceAll(placeholder, '1'), text);
  return parseCondition(filled, language === 'whole' ? WHOLE : NATIVE);
}

/** Evaluates both as Argo Rollouts does; failure wins; with one of them its negation is the other; with neither all passes. */
export function outcomeOf({ success, failure }: Conditions, result: MetricResult): Outcome {
  const passes = success && evaluateCondition(success, result);
  const fails = failure && evaluateCondition(failure, result);
  if (passes?.kind === 'error' || fails?.kind === 'error') return 'error';
  if (fails?.value) return 'fail';
  if (passes && !passes.value) return failure ? 'inconclusive' : 'fail';
  return 'pass';
}

/** Everything that makes an Error of a metric's conditions, whatever is measured. */
export function misreadConditions(metric: Metric): readonly Misread[] {
  const answers = answersOf(metric);
  if (metric.providers.length !== 1) return [];
  return [metric.successCondition, metric.failureCondition].flatMap((written) => {
    if (!written) return [];
    const parsed = read(written.text, metric.language);
    const isOpen = placeholdersIn(written.text).length > 0;
    if (!parsed.ok) return [{ ...parsed, written, isBeyondUs: isOpen || usesMore(written.text) }];
    const kind = answers?.type === 'number' || answers?.type === 'numbers' ? answers.type : 'json';
    const problems = checkCondition(parsed.condition, kind);
    const sampled = problems.length > 0 || !answers ? problems : mistaken(parsed.condition, answers);
    // One is enough to mend, and what follows often follows from it.
    return sampled.slice(0, 1).map((problem) => ({
      ...problem,
      written,
      isBeyondUs: (isOpen && !isOfType(problem)) || (usesMore(written.text) && !isOfType(problem)),
    }));
  });
}

/** Whether it is known of the types; a name that is not known here may be known there. */
const isOfType = ({ message }: ConditionProblem): boolean => !message.startsWith('there is no');

/** What the type says nothing of: a list of records that is used as a number. */
function mistaken(condition: Condition, { type, words }: Answers): readonly ConditionProblem[] {
  if (type === 'any') return [];
  const results = samples(condition, type);
  const wrong = results.length > 0 && results.every((result) => evaluateCondition(condition, result).kind === 'error');
  return wrong ? [{ at: condition.root.at, message: `it can only end in Error, since ${words}` }] : [];
}

/** Of the language that Argo Rollouts has: zones of the world, and methods that take something. */
const MORE = /\btimezone\s*\(|\bdate\s*\([^)]*,[^)]*,|\)\s*\.\s*[A-Z]\w*\s*\(/;
const usesMore = (text: string): boolean => MORE.test(text);

/**
 * Answers of many kinds: what conditions of this text could tell apart, and what is beyond it on all sides. None for a
 * condition that takes long to answer: no gate needs one, and a file may hold thousands.
 */
export function samples(condition: Condition, type: Answers['type']): readonly MetricResult[] {
  const found = { numbers: new Set<number>([0, 1, 0.5]), texts: new Set<string>(['', 'another']), longest: 1, paths: [] as Path[] };
  if (isCostly(condition.root)) return [];
  look(condition.root, found);
  const numbers = [...found.numbers].flatMap((number) => [number, number - 1, number + 1, -number]);
  numbers.push(1e300, -1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const most = [...new Set(numbers)].slice(0, MOST_SAMPLES);
  const lists = (values: readonly number[]) => values.map((value) => Array.from({ length: found.longest }, () => value));
  switch (type) {
    case 'number':
      return most.map((value) => ({ kind: 'number', value }));
    case 'numbers':
      return [[], ...lists(most), ...alternating(most, found.longest)].map((values) => ({ kind: 'numbers', values }));
    case 'series':
      return lists(most.filter(Number.isFinite)).map((values) => ({ kind: 'json', value: values.map(() => series(values)) }));
    case 'list':
    case 'any': {
      const leaves = [...most.filter(Number.isFinite), ...found.texts, true, false];
      const dressed = leaves.flatMap((leaf) => dress(leaf, found.paths, found.longest));
      const fitting = type === 'list' ? dressed.filter(Array.isArray) : dressed;
      return fitting.map((value) => ({ kind: 'json', value }));
    }
  }
}

/** Whether a condition makes lists of its own, or looks through lists in lists in lists. */
function isCostly(node: Node, depth = 0): boolean {
  if (node.kind !== 'call') return false;
  const deeper = depth + Number(PREDICATES.has(node.name) || WHOLE.more.get(node.name)?.form !== undefined);
  return node.name === '..' || deeper > 2 || node.args.some((part) => isCostly(part, deeper));
}

const MOST_SAMPLES = 40;

/** Lists whose elements differ, for conditions that compare them with each other. */
const alternating = (values: readonly number[], length: number): readonly (readonly number[])[] =>
  length < 2
    ? []
    : values.map((value, index) => Array.from({ length }, (_, place) => (place % 2 === 0 ? value : (values[index - 1] ?? 0))));

type Path = readonly (string | number)[];

interface Found {
  readonly numbers: Set<number>;
  readonly texts: Set<string>;
  longest: number;
  readonly paths: Path[];
}

function look(node: Node, found: Found): void {
  if (node.kind === 'literal') {
    if (typeof node.value === 'number' || typeof node.value === 'bigint') found.numbers.add(Number(node.value));
    if (typeof node.value === 'string') found.texts.add(node.value);
  }
  if (node.kind !== 'call') return;
  const path = node.name === '[]' || node.name === '?.' ? pathOf(node) : null;
  if (path) {
    found.paths.push(path);
    for (const step of path) if (typeof step === 'number') found.longest = Math.max(found.longest, Math.min(20, Math.abs(step) + 1));
  }
  for (const part of node.args) look(part, found);
}

/** `result.a[0].b` -> a, 0, b. */
function pathOf(node: Node): Path | null {
  if (node.kind === 'name') return node.name === 'result' ? [] : null;
  if (node.kind !== 'call' || node.name !== '[]') return null;
  const [base, key] = node.args;
  const before = base && pathOf(base);
  if (!before || key?.kind !== 'literal') return null;
  const step = typeof key.value === 'bigint' ? Number(key.value) : key.value;
  return typeof step === 'string' || typeof step === 'number' ? [...before, step] : null;
}

/** One value at every place that the condition looks at, and as it is, and in a list. */
function dress(leaf: unknown, paths: readonly Path[], length: number): readonly unknown[] {
  const list = Array.from({ length }, () => leaf);
  if (paths.length === 0) return [leaf, list];
  let dressed: unknown;
  for (const path of [...paths].sort((a, b) => a.length - b.length)) dressed = put(dressed, path, leaf);
  // A place that is looked at as a whole may hold a list, which aggregates want.
  let listed: unknown;
  for (const path of [...paths].sort((a, b) => a.length - b.length)) listed = put(listed, path, list);
  return [dressed, listed];
}

function put(base: unknown, [step, ...rest]: Path, leaf: unknown): unknown {
  if (step === undefined) return typeof base === 'object' && base !== null ? base : leaf;
  if (typeof step === 'number') {
    const list = Array.isArray(base) ? [...base] : [];
    const index = step < 0 ? 0 : Math.min(step, 20);
    while (list.length < index) list.push(put(undefined, rest, leaf));
    list[index] = put(list[index], rest, leaf);
    return list;
  }
  const fields = typeof base === 'object' && base !== null && !Array.isArray(base) ? (base as Record<string, unknown>) : {};
  return Object.fromEntries([...Object.entries(fields), [step, put(Object.hasOwn(fields, step) ? fields[step] : undefined, rest, leaf)]]);
}

/** Whether a condition divides by what was measured without asking first whether that is 0. */
export function dividesByResult({ success, failure }: Conditions): boolean {
  return [success, failure].some((condition) => {
    if (!condition) return false;
    const parts = [...partsOf(condition.root)];
    const compared = new Set(parts.filter(isZeroTest).flatMap(({ args }) => args.map(spelled)));
    return parts.some(({ kind, name, args: [, divisor] }) => {
      return kind === 'call' && name === '/' && divisor !== undefined && namesResult(divisor) && !compared.has(spelled(divisor));
    });
  });
}

type Call = Extract<Node, { readonly kind: 'call' }>;

function* partsOf(node: Node): Iterable<Call> {
  if (node.kind !== 'call') return;
  yield node;
  for (const part of node.args) yield* partsOf(part);
}

const isZeroTest = ({ name, args }: Call): boolean =>
  ['>', '>=', '<', '<=', '==', '!='].includes(name) && args.some((part) => part.kind === 'literal' && Number.isFinite(Number(part.value)));

const namesResult = (node: Node): boolean =>
  node.kind === 'name' ? node.name === 'result' : node.kind === 'call' && node.args.some(namesResult);

/** The same text for the same expression, wherever it stands. */
const spelled = (node: Node): string =>
  node.kind === 'call' ? `${node.name}(${node.args.map(spelled).join()})` : node.kind === 'name' ? node.name : String(node.value);
