import type { Problem } from '../schema/index.ts';
import { checkCondition, parseCondition } from './condition/condition.ts';
import { NATIVE } from './condition/rarer.ts';
import type { MetricResult } from './condition/result.ts';
import { WHOLE } from './condition/whole/language.ts';
import type { PlanGate } from './gate.ts';

/** What is wrong with a gate's conditions, whatever the provider will answer: syntax, and types that cannot fit. */
export function conditionProblems(gate: PlanGate): readonly Problem[] {
  const kind = answerOf(gate);
  if (kind === null) return [];
  return (['successCondition', 'failureCondition'] as const).flatMap((which) => {
    const text = gate[which];
    if (text === null) return [];
    const parsed = parseCondition(text, gate.argo ? WHOLE : NATIVE);
    const wrong = parsed.ok ? checkCondition(parsed.condition, kind) : [parsed];
    return wrong.map(({ message, at }) => ({
      path: `gates.${gate.name}.${which}`,
      message: `'${text}' cannot be judged: ${message.replace(/\.$/, '')} (character ${at + 1}).`,
      help: HELP[kind],
    }));
  });
}

/** The kind of answer; null where there is no condition. PromQL answers with one number only where it says so. */
function answerOf({ provider }: PlanGate): 'number' | 'numbers' | 'json' | null {
  if ('prometheus' in provider)
    return /^\s*scalar\s*\(/.test(provider.prometheus.query) && !provider.prometheus.range ? 'number' : 'numbers';
  return 'web' in provider ? 'json' : null;
}

const HELP: Readonly<Record<Exclude<MetricResult['kind'], 'text'>, string>> = {
  numbers: 'Prometheus answers with a list: write `len(result) > 0 && result[0] < 0.01`.',
  number: 'This query answers with one number: write `result < 0.01`.',
  json: 'A web check answers with the JSON value at its jsonPath: write `result == "ok"`.',
};
