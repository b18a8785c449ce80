import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { listAt, textAt } from '../shape.ts';
import { isGate, metricsOf, secondsOfAll } from './analysis.ts';
import type { Pass } from './course.ts';
import { asksForBudget } from './objective.ts';

export type AnalysisPass = Extract<Pass, { kind: 'analysis' }>;

/** An analysis of Argo Rollouts as something that must pass; null where it can stop nothing. Its failure always aborts. */
export function analysisPass(
  analysis: unknown,
  path: readonly string[],
  entry: Entry,
  context: Context,
  background = false,
): AnalysisPass | null {
  if (analysis === undefined) return null;
  const metrics = metricsOf(analysis, entry, context);
  if (!isGate(analysis, metrics)) return null;
  const names = [
    ...listAt(analysis, 'templates').map((one) => textAt(one, 'templateName') ?? ''),
    ...(metrics ?? []).map(({ name }) => name),
  ];
  return { kind: 'analysis', path, seconds: secondsOfAll(metrics), background, aborts: true, metrics, budget: names.some(asksForBudget) };
}
