import { ROUTER_NAMES } from '../../lib/intent/traffic.ts';
import type { RouteInstructions, WeightedSplit } from '../../lib/plan/plan.ts';
import type { KubeObject } from '../../lib/schema/index.ts';

/** The routers that have weights; a Service is tested on its own. */
export const WEIGHTED = ROUTER_NAMES.filter((name) => name !== 'service');

/** The splits of a route that has weights. */
export function weightedSplits({ splits, headers = [] }: RouteInstructions): readonly WeightedSplit[] {
  return [...splits, ...headers.flatMap((header) => header.splits)].map((split) => {
    if (split.stable.weight === undefined) throw new Error('a split has no weights');
    return split as WeightedSplit;
  });
}

export type Replacement = readonly [pointer: string, value: number];

/** What the API server makes of a JSON patch of replacements; a place that is not there is refused. */
export function patched(object: KubeObject, replacements: readonly Replacement[]): KubeObject {
  const moved = structuredClone(object);
  for (const [pointer, value] of replacements) {
    const end = pointer.lastIndexOf('/');
    const parent = valueAt(moved, pointer.slice(0, end)) as Record<string, unknown>;
    if (!(pointer.slice(end + 1) in parent)) throw new Error(`replace failed: ${pointer}`);
    parent[pointer.slice(end + 1)] = value;
  }
  return moved;
}

export function valueAt(object: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

/** Every value under this key, at any depth. */
export function numbersNamed(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === name ? [inner] : numbersNamed(inner, name)));
}
