import type { GateProvider } from '../intent/gate.ts';
import type { Problem } from '../schema/index.ts';
import { checkCondition, type Language, parseCondition } from './condition/condition.ts';
import { NATIVE } from './condition/rarer.ts';
import type { MetricResult } from './condition/result.ts';
import { WHOLE } from './condition/whole/language.ts';
import type { PlanGate } from './gate.ts';

/** What is wrong with a gate's conditions, whatever the provider will answer: syntax, and types that cannot fit. */
export function conditionProblems(gate: PlanGate): readonly Problem[] {
  return (['successCondition', 'failureCondition'] as const).flatMap((which) => {
    const text = gate[which];
    if (text === null) return [];
    return wrongWith(text, gate.provider, gate.argo ? WHOLE : NATIVE).map((problem) => ({
      path: `gates.${gate.name}.${which}`,
      ...problem,
    }));
  });
}

/** What is wrong with one condition about what a provider answers; where that is not known, about any answer. */
export function wrongWith(text: string, provider: Asked | null, language: Language): readonly Pick<Problem, 'message' | 'help'>[] {
  const kind = provider && answerOf(provider);
  if (provider && kind === null) return [];
  const parsed = parseCondition(text, language);
  const wrongFor = (answer: MetricResult['kind']) => (parsed.ok ? checkCondition(parsed.condition, answer) : [parsed]);
  // What fits no answer at all is no matter of what this one is.
  const always = language === WHOLE ? wrongFor('json') : [];
  return wrongFor(kind ?? 'json').map(({ message, at }) => ({
    message: `'${text}' cannot be judged: ${message.replace(/\.$/, '')} (character ${at + 1}).`,
    help: kind === null || always.some((other) => other.at === at && other.message === message) ? LEFT_OUT : HELP[kind],
  }));
}

type Asked = GateProvider | PlanGate['provider'];

/** The kind of answer; null where there is no condition. PromQL answers with one number only where it says so. */
function answerOf(provider: Asked): 'number' | 'numbers' | 'json' | null {
  if ('prometheus' in provider)
    return /^\s*scalar\s*\(/.test(provider.prometheus.query) && !provider.prometheus.range ? 'number' : 'numbers';
  return 'web' in provider ? 'json' : null;
}

const LEFT_OUT = 'What of the language is left out here is listed in docs/how-to/argo-verdicts.md.';

const HELP: Readonly<Record<Exclude<MetricResult['kind'], 'text'>, string>> = {
  numbers: 'Prometheus answers with a list: write `len(result) > 0 && result[0] < 0.01`.',
  number: 'This query answers with one number: write `result < 0.01`.',
  json: 'A web check answers with the JSON value at its jsonPath: write `result == "ok"`.',
};
