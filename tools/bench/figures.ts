import { loadavg } from 'node:os';

/** What a figure must reach; a rate must not be below, everything else not above. */
export interface Target {
  readonly median?: number;
  readonly p99?: number;
  readonly max?: number;
  readonly atLeast?: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: 's' | '' | 'ms' | 'MiB' | '1/min' | '1/s' | 'changes';
  readonly values: readonly number[];
  readonly target: Target;
  /** One-minute load of the machine when it was measured. */
  readonly load: number;
}

export const figure = (name: string, unit: Figure['unit'], values: readonly number[], target: Target = {}): Figure => ({
  name,
  unit,
  values,
  target,
  load: loadavg()[0] ?? 0,
});

/** The smallest value that this share of all does not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Summary extends Omit<Figure, 'values'> {
  readonly n: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Null: nothing is demanded of it. */
  readonly ok: boolean | null;
}

export function summarize({ values, ...figure }: Figure): Summary {
  const [median, p90, p99] = [quantile(values, 0.5), quantile(values, 0.9), quantile(values, 0.99)];
  const max = Math.max(...values);
  const { target } = figure;
  const demands = [
    target.median === undefined ? null : median <= target.median,
    target.p99 === undefined ? null : p99 <= target.p99,
    target.max === undefined ? null : max <= target.max,
    target.atLeast === undefined ? null : median >= target.atLeast,
  ].filter((kept) => kept !== null);
  return {
    ...figure,
    n: values.length,
    median,
    p90,
    p99,
    max,
    ok: demands.length === 0 ? null : values.length > 0 && demands.every(Boolean),
  };
}

export function table(figures: readonly Summary[]): string {
  const rows = figures.map(({ name, unit, n, median, p90, p99, max, target, load, ok }) => [
    name,
    unit,
    String(n),
    ...[median, p90, p99, max].map(short),
    words(target),
    ok === null ? '' : ok ? 'ok' : 'MISSED',
    load.toFixed(1),
  ]);
  const all = [['FIGURE', 'UNIT', 'N', 'MEDIAN', 'P90', 'P99', 'MAX', 'TARGET', '', 'LOAD'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const short = (value: number): string => value.toFixed(value >= 100 ? 0 : 1);

const words = ({ median, p99, max, atLeast }: Target): string =>
  [
    median === undefined ? [] : `median <= ${median}`,
    p99 === undefined ? [] : `p99 <= ${p99}`,
    max === undefined ? [] : `all <= ${max}`,
    atLeast === undefined ? [] : `median >= ${atLeast}`,
  ]
    .flat()
    .join(', ');
