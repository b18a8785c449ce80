import type { PlanGate } from '../../lib/plan/plan.ts';

/** What conditions on numbers say in Argo Rollouts: failure wins, neither is inconclusive. */
export function verdict(
  gate: Pick<PlanGate, 'successCondition' | 'failureCondition'>,
  result: readonly number[],
): 'pass' | 'fail' | 'inconclusive' {
  if (holds(gate.failureCondition, result)) return 'fail';
  return holds(gate.successCondition, result) ? 'pass' : 'inconclusive';
}

/** The conditions of the templates mean in JavaScript what they mean in Argo's expression language. */
function holds(condition: string | null, result: readonly number[]): boolean {
  const evaluate = new Function('result', 'len', 'isInf', `return ${condition}`);
  return evaluate(
    result,
    (list: readonly number[]) => list.length,
    (value: number) => Math.abs(value) === Number.POSITIVE_INFINITY,
  );
}
