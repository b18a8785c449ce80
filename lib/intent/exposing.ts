import type { CanaryStep } from './strategy.ts';

/** What a step gives to the candidate, for sentences: `weight 20`, `header route 'insiders'`; null where it gives nothing more. */
export function exposedBy(step: CanaryStep): string | null {
  if ('weight' in step) return `weight ${step.weight}`;
  if ('headerRoute' in step) return `header route '${step.headerRoute.name}'`;
  if ('mirror' in step) return step.mirror.percent === 0 ? null : `mirror '${step.mirror.name}'`;
  return null;
}
