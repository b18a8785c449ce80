const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, us: 1e-6, ns: 1e-9 };

/** Seconds of a duration as Argo and Flagger take it: a number or digits of seconds, or Go's `1h30m`; null for anything else. */
export function secondsOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  if (/^\d+$/.test(value)) return Number(value);
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(value)) return null;
  let seconds = 0;
  for (const [, number, unit] of value.matchAll(/([\d.]+)(ns|us|ms|s|m|h)/g)) seconds += Number(number) * (UNITS[unit ?? ''] ?? 0);
  return seconds;
}

/** `90 s`, `5 min`. */
export const spell = (seconds: number): string =>
  seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.round(seconds * 10) / 10} s`;
