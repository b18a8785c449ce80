import { expectedSeconds } from './exposure.ts';
import type { Plan } from './plan.ts';

/** How long a release takes. Nobody knows how long people take, so they are counted apart. */
export interface PlanDuration {
  /** By the clock alone: pods start at once, tests pass at once, nobody waits. */
  readonly shortestSeconds: number;
  /** By the deadlines, waiting for people not counted. */
  readonly longestSeconds: number;
  /** How long people may take, over all approvals. */
  readonly peopleSeconds: number;
}

export function planDuration(plan: Plan): PlanDuration {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const deadlines = plan.steps.filter(({ kind }) => kind !== 'approval' && kind !== 'bake').map((step) => step.deadlineSeconds);
  return {
    shortestSeconds: sum(plan.steps.map(expectedSeconds)),
    longestSeconds: Math.min(plan.deadlineSeconds, sum(deadlines)),
    peopleSeconds: sum(plan.steps.filter(({ kind }) => kind === 'approval').map((step) => step.deadlineSeconds)),
  };
}

const UNITS = [
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** `25m`, `1h 15m`, `2m 30s`; `0s` for nothing. */
export function formatSeconds(seconds: number): string {
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** For sentences: `45 s`, `25 min`, `1 h 15 min`. Rounded to minutes from two minutes on. */
export function roughly(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${minutes} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
