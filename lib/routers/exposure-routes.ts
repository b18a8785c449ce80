import type { ResolvedIntent } from '../intent/resolved.ts';
import { SHED } from '../plan/exposure.ts';
import type { Mirror, RouteInstructions, Split } from '../plan/plan.ts';
import { remediesOf } from '../plan/uses.ts';

export interface HeaderRoute {
  readonly name: string;
  /** All of them, exactly. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The header routes of a strategy, and the rule for what may be given up, in the order of their rules: those that ask for most
 * headers first, as Gateway API ranks them by itself and Istio, which takes the first rule that fits, does not.
 */
export function headerRoutes(intent: ResolvedIntent): readonly HeaderRoute[] {
  const shed = remediesOf(intent)?.shed;
  const routes = [
    ...intent.strategy.steps.flatMap((step) => ('headerRoute' in step ? [step.headerRoute] : [])),
    ...(shed ? [{ name: SHED, headers: shed.headers }] : []),
  ];
  return routes.toSorted((a, b) => Object.keys(b.headers).length - Object.keys(a.headers).length);
}

/** The name of the strategy's mirror, or null; a strategy has at most one. */
export function mirrorName({ strategy }: ResolvedIntent): string | null {
  const mirror = strategy.steps.find((step) => 'mirror' in step);
  return mirror?.mirror.name ?? null;
}

/**
 * Where the runner finds what `render` wrote: a rule for each header route, then the primary one with the mirror.
 * @param split the destinations of a rule, by its position
 * @param mirror the mirror of a rule, by its position
 */
export function rulesOf(
  intent: ResolvedIntent,
  split: (rule: number) => Split,
  mirror: (rule: number) => Omit<Mirror, 'name'>,
): Pick<RouteInstructions, 'splits' | 'headers' | 'mirrors'> {
  const headers = headerRoutes(intent).map(({ name }, rule) => ({ name, splits: [split(rule)] }));
  const primary = headers.length;
  const name = mirrorName(intent);
  return {
    splits: [split(primary)],
    ...(headers.length > 0 ? { headers } : {}),
    ...(name === null ? {} : { mirrors: [{ name, ...mirror(primary) }] }),
  };
}
