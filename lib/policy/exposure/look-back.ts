// How far back the queries of an analysis look: what they see of the weights before theirs.
import { CANARY } from '../pods.ts';
import { rangesOf } from '../promql/counters.ts';
import { isParsed, parsePromql } from '../promql/parse.ts';
import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { at, indexed, listAt, textAt } from '../shape.ts';
import type { Pass } from './course.ts';
import { secondsOf } from './duration.ts';
import { PLAN_PATH, planOf } from './plan.ts';

export interface LookBack {
  readonly metric: string;
  /** Where the query is written. */
  readonly entry: Entry;
  readonly path: readonly string[];
  /** Of its longest range. */
  readonly seconds: number;
}

/** The PromQL of an analysis that looks back over ranges; the error budget, which is of hours on purpose, is left out. */
export function lookBacks(pass: Extract<Pass, { kind: 'analysis' }>, from: Entry, context: Context): readonly LookBack[] {
  if (from.kind === CANARY) return ofCanary(from, context);
  if (pass.budget) return [];
  if (pass.metrics === null) return ofPlan(pass.path, from);
  return pass.metrics.flatMap(({ name, entry, path, dry }) =>
    dry ? [] : queryAt(name, entry, [...path, 'provider', 'prometheus', 'query']),
  );
}

function ofPlan(path: readonly string[], entry: Entry): readonly LookBack[] {
  const inside = path.slice(PLAN_PATH.length);
  return indexed(listAt(planOf(entry), ...inside, 'gates')).flatMap(([index, gate]) => {
    const field = ['provider', 'prometheus', 'query'];
    const seconds = at(gate, 'scope') === 'service' ? null : longest(textAt(gate, ...field));
    return seconds === null
      ? []
      : [{ metric: textAt(gate, 'name') ?? '', entry, path: [...path, 'gates', String(index), ...field], seconds }];
  });
}

function ofCanary(canary: Entry, { set }: Context): readonly LookBack[] {
  return listAt(canary.value, 'spec', 'analysis', 'metrics').flatMap((metric) => {
    const name = textAt(metric, 'templateRef', 'name');
    const namespace = textAt(metric, 'templateRef', 'namespace') ?? canary.id.namespace;
    const template = name === null ? null : set.find({ kind: 'flagger.app/MetricTemplate', namespace, name }, canary);
    return template && textAt(template.value, 'spec', 'provider', 'type') === 'prometheus'
      ? queryAt(textAt(metric, 'name') ?? '', template, ['spec', 'query'])
      : [];
  });
}

function queryAt(metric: string, entry: Entry, path: readonly string[]): readonly LookBack[] {
  const seconds = longest(textAt(entry.value, ...path));
  return seconds === null ? [] : [{ metric, entry, path, seconds }];
}

/** Seconds of the longest range; null where there is none, or an argument gives it. */
function longest(query: string | null): number | null {
  if (query === null || /\[[^\]]*\{\{/.test(query)) return null;
  const read = parsePromql(query);
  if (!isParsed(read)) return null;
  const seconds = rangesOf(read).map(rangeSeconds);
  return seconds.length === 0 || seconds.includes(null) ? null : Math.max(...seconds.map(Number));
}

/** PromQL has days, weeks and years beside what Go has. */
function rangeSeconds(range: string): number | null {
  const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, y: 365 };
  const days = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?/.exec(range);
  const whole = ['y', 'w', 'd'].reduce((sum, unit, index) => sum + Number(days?.[index + 1] ?? 0) * (DAYS[unit] ?? 0), 0);
  const rest = range.slice(days?.[0].length ?? 0);
  const seconds = rest === '' ? 0 : secondsOf(rest);
  return seconds === null ? null : whole * 86_400 + seconds;
}
