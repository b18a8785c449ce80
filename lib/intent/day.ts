const DAY = 24 * 60 * 60 * 1000;

/** Days from 1970 to a day that is written as `2026-04-01`; null for what is no day. */
export function dayOf(date: string): number | null {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // 30 February is taken for a day in March.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? null : time / DAY;
}
