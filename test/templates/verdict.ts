import { evaluateCondition, parseCondition } from '../../lib/gates/condition/condition.ts';
import { NATIVE } from '../../lib/gates/condition/rarer.ts';
import type { PlanGate } from '../../lib/plan/plan.ts';

/**
 * What conditions on numbers say in Argo Rollouts: failure wins, neither is inconclusive. Not `judge`, which has its
 * verdict on no data before it asks them: templates must be safe in Argo Rollouts as well.
 */
export function verdict(
  gate: Pick<PlanGate, 'successCondition' | 'failureCondition'>,
  values: readonly number[],
): 'pass' | 'fail' | 'inconclusive' {
  if (holds(gate.failureCondition, values)) return 'fail';
  return holds(gate.successCondition, values) ? 'pass' : 'inconclusive';
}

function holds(condition: string | null, values: readonly number[]): boolean {
  const parsed = parseCondition(condition ?? '', NATIVE);
  const answer = parsed.ok ? evaluateCondition(parsed.condition, { kind: 'numbers', values }) : null;
  if (answer?.kind !== 'boolean') throw new Error(`'${condition}' says neither yes nor no of [${values}]: ${JSON.stringify(answer)}`);
  return answer.value;
}
