import type { ReleaseIntent } from '../intent/release.ts';

/** Where the order of keys says something: the first port is where requests go, and probes ask. */
const MEANT = /^\/ports$|^\/sidecars\/[^/]+\/ports$/;

/**
 * An intent with its keys in the order of their names: nothing that follows from it can depend on the order in which
 * they were written, but where that order is meant.
 */
export function inKeyOrder(intent: ReleaseIntent): ReleaseIntent {
  return sorted(intent, '') as ReleaseIntent;
}

function sorted(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => sorted(item, `${place}/${index}`));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, sorted(item, `${place}/${key}`)]);
  return Object.fromEntries(MEANT.test(place) ? entries : entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
