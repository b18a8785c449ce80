import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Series as `promtool test rules` writes them: selector -> values from time 0 on, such as `0+10x40`. */
export type Series = Readonly<Record<string, string>>;

export interface Situation {
  readonly name: string;
  readonly series: Series;
  readonly query: string;
  /** The one value that the query answers, or null for no answer. */
  readonly value: number | null;
}

/** `promtool` comes with Prometheus (Debian: package `prometheus`). */
export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** When the queries are asked, and how often the series have a sample before. */
const ASKED_AT = '10m';
const SCRAPE = '15s';

/**
 * Has Prometheus's own engine answer every situation's query.
 * @returns null when every answer is as expected, else what promtool says of those that are not
 */
export function evaluate(situations: readonly Situation[]): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-promtool-'));
  try {
    const file = join(directory, 'gates.yml');
    writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: SCRAPE, tests: situations.map(testOf) }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    return status === 0 ? null : `${stdout}${stderr}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** promtool compares exactly, so answers are rounded to the sixth place. */
function testOf({ name, series, query, value }: Situation) {
  return {
    name,
    interval: SCRAPE,
    input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
    promql_expr_test: [
      {
        expr: `round(\n${query}\n, 1e-6)`,
        eval_time: ASKED_AT,
        exp_samples: value === null ? [] : [{ labels: '{}', value }],
      },
    ],
  };
}
