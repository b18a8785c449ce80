import { type ConditionValue, evaluateCondition, type Language, type MetricResult, parseCondition } from './condition/condition.ts';
import type { PlanGate } from './gate.ts';
import type { JobAnswer } from './providers/job.ts';
import type { Result } from './providers/provider.ts';

/** What one measurement says of its gate. Only the first three say anything of the release. */
export type Outcome = 'pass' | 'fail' | 'inconclusive' | 'no-data' | 'error';

export interface Judgement {
  readonly outcome: Outcome;
  /** What was measured, shortened, for readers: '' where nothing was. */
  readonly value: string;
  /** Why, where the value does not say it. */
  readonly message: string;
  /** What was measured where it is said to count for nothing, and so passes. */
  readonly dryRun?: Outcome;
}

/** What judges: the rest of a gate says how often. */
export type Conditions = Pick<PlanGate, 'successCondition' | 'failureCondition'>;

/**
 * Judges one answer as Argo Rollouts does (both conditions are asked; failure wins; with one of them its negation is
 * the other; with neither every answer passes), but for what is no answer: an empty one, null, and NaN throughout are
 * no data before any condition is asked, so that no condition can make a pass of them.
 * @param language of the conditions, where it is more than what they have by themselves
 */
export function judge(
  gate: Conditions,
  answer: (Result & { readonly warnings?: readonly string[] }) | Exclude<JobAnswer, { kind: 'running' }>,
  language?: Language,
): Judgement {
  const judged = judgeAlone(gate, answer, language);
  const warnings = 'warnings' in answer ? (answer.warnings ?? []) : [];
  return warnings.length === 0 ? judged : { ...judged, message: shorten([judged.message, ...warnings].filter(Boolean).join('; ')) };
}

function judgeAlone(gate: Conditions, answer: Result | Exclude<JobAnswer, { kind: 'running' }>, language?: Language): Judgement {
  switch (answer.kind) {
    case 'pass':
      return { outcome: 'pass', value: '', message: '' };
    case 'fail':
      return { outcome: 'fail', value: '', message: shorten(answer.message) };
    case 'error':
      return { outcome: 'error', value: '', message: shorten(answer.message) };
    case 'empty':
      return NO_DATA;
    default:
      return isNothing(answer) ? { ...NO_DATA, value: show(answer) } : assess(gate, answer, (text) => parsedOnce(text, language));
  }
}

const NO_DATA: Judgement = { outcome: 'no-data', value: '', message: 'the provider has no data' };

function isNothing(result: MetricResult): boolean {
  switch (result.kind) {
    case 'numbers':
      return result.values.every(Number.isNaN);
    case 'number':
      return result.value === null || Number.isNaN(result.value);
    case 'json':
      return result.value === null;
    case 'text':
      return result.text === '';
  }
}

/** @param read reads a condition */
export function assess({ successCondition, failureCondition }: Conditions, result: MetricResult, read: typeof parseCondition): Judgement {
  const value = show(result);
  const success = ask('successCondition', successCondition, result, read);
  const failure = ask('failureCondition', failureCondition, result, read);
  const error = [success, failure].find((answer): answer is Wrong => answer?.kind === 'error');
  if (error) return { outcome: 'error', value, message: shorten(error.message) };
  if (failure?.value) return { outcome: 'fail', value, message: '' };
  if (success?.value === false) return { outcome: failure === null ? 'fail' : 'inconclusive', value, message: '' };
  return { outcome: 'pass', value, message: '' };
}

type Wrong = Extract<ConditionValue, { kind: 'error' }>;

function ask(name: string, text: string | null, result: MetricResult, read: typeof parseCondition): ConditionValue | null {
  if (text === null) return null;
  const parsed = read(text);
  const answer: ConditionValue = parsed.ok
    ? evaluateCondition(parsed.condition, result)
    : { kind: 'error', message: `${parsed.message} (character ${parsed.at + 1})` };
  return answer.kind === 'boolean' ? answer : { kind: 'error', message: `${name} '${text.slice(0, 80)}': ${answer.message}` };
}

/** A plan has few conditions, and a release asks each of them for hours. */
const PARSED = new Map<string, ReturnType<typeof parseCondition>>();
const MOST_PARSED = 500;

function parsedOnce(text: string, language?: Language): ReturnType<typeof parseCondition> {
  const known = PARSED.get(text);
  if (known?.ok && known.condition.language === language) return known;
  const parsed = parseCondition(text, language);
  if (PARSED.size >= MOST_PARSED) PARSED.clear();
  PARSED.set(text, parsed);
  return parsed;
}

const MOST_NUMBERS = 10;
const LONGEST_VALUE = 120;
const LONGEST_MESSAGE = 300;

function show(result: MetricResult): string {
  switch (result.kind) {
    case 'numbers': {
      const more = result.values.length - MOST_NUMBERS;
      return `[${result.values.slice(0, MOST_NUMBERS).join(', ')}${more > 0 ? `, and ${more} more` : ''}]`;
    }
    case 'number':
      return String(result.value);
    case 'json':
      return shorten(JSON.stringify(result.value) ?? '', LONGEST_VALUE);
    case 'text':
      return shorten(result.text, LONGEST_VALUE);
  }
}

/** Half a character at the cut would be another one once it has been through the API server. */
const shorten = (text: string, longest = LONGEST_MESSAGE): string =>
  text.length > longest ? `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
