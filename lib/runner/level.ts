import type { Plan, Step } from '../plan/plan.ts';

/** What the candidate gets, in percent: of user requests, and of each header or mirror route by its name; 0 where none is named. */
export interface Level {
  readonly weight: number;
  readonly routes: Readonly<Record<string, number>>;
}

export const NOTHING: Level = { weight: 0, routes: {} };

const names = (a: Level, b: Level): readonly string[] => [...Object.keys(a.routes), ...Object.keys(b.routes)];

/** Whether some request reaches the candidate at one level that would not at the other. */
export const isAbove = (level: Level, other: Level): boolean =>
  level.weight > other.weight || names(level, other).some((name) => (level.routes[name] ?? 0) > (other.routes[name] ?? 0));

export const isSame = (level: Level, other: Level): boolean => !isAbove(level, other) && !isAbove(other, level);

/** Whether any request reaches the candidate. */
export const isExposed = (level: Level): boolean => isAbove(level, NOTHING);

/** The level that a step sets after another, or null for steps that set none. */
export function levelAfter(step: Step, before: Level, plan: Plan): Level | null {
  switch (step.kind) {
    case 'setWeight': {
      const { weight } = step;
      // Requests that may be given up have the share of all others until they are, and not again by a step like this.
      const follows = plan.remedies?.shed && !(before.weight > 0 && !before.routes.shed);
      return { weight, routes: follows ? { ...before.routes, shed: weight } : before.routes };
    }
    case 'setHeaderRoute':
      return { ...before, routes: { ...before.routes, [step.name]: 100 } };
    case 'setMirrorRoute':
      return { ...before, routes: { ...before.routes, [step.name]: step.percent } };
    case 'switch':
      // Copies of requests that the candidate serves anyway would only double them.
      return { weight: 100, routes: { ...before.routes, ...Object.fromEntries((plan.route.mirrors ?? []).map(({ name }) => [name, 0])) } };
    default:
      return null;
  }
}

/** For people: `20 %`, `0 % and headers internal`. */
export function describeLevel({ weight, routes }: Level): string {
  const more = Object.entries(routes).filter(([, share]) => share > 0);
  return [`${Math.round(weight * 10) / 10} %`, ...more.map(([name, share]) => (share === 100 ? name : `${name} ${share} %`))].join(' and ');
}

/** The weight that a step sets, or null for steps that set none. */
export function weightOf(step: Step): number | null {
  if (step.kind === 'setWeight') return step.weight;
  return step.kind === 'switch' ? 100 : null;
}
