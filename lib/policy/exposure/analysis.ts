import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { at, fieldsAt, indexed, listAt, textAt } from '../shape.ts';
import { secondsOf } from './duration.ts';

export const ANALYSIS_TEMPLATE = 'argoproj.io/AnalysisTemplate';
export const CLUSTER_ANALYSIS_TEMPLATE = 'argoproj.io/ClusterAnalysisTemplate';

/** One metric of an analysis, as far as it decides when exposure may rise. */
export interface Metric {
  readonly name: string;
  /** The object in which it is written, and where. */
  readonly entry: Entry;
  readonly path: readonly string[];
  /** From the start of the analysis to its last measurement; null: not known, or it has none. */
  readonly seconds: number | null;
  /** Has no last measurement: it measures until somebody ends it. */
  readonly endless: boolean;
  /** Measured, but never acted upon. */
  readonly dry: boolean;
}

/** The metrics of an inline or background analysis; null where a template is not in the set. */
export function metricsOf(analysis: unknown, from: Entry, context: Context): readonly Metric[] | null {
  return metricsIn(listAt(analysis, 'templates'), dryNames(listAt(analysis, 'dryRun')), from, context, new Set());
}

function metricsIn(
  templates: readonly unknown[],
  dry: readonly string[],
  from: Entry,
  context: Context,
  seen: Set<Entry>,
): readonly Metric[] | null {
  const metrics: Metric[] = [];
  for (const reference of templates) {
    const name = textAt(reference, 'templateName');
    const cluster = at(reference, 'clusterScope') === true;
    const kind = cluster ? CLUSTER_ANALYSIS_TEMPLATE : ANALYSIS_TEMPLATE;
    const entry = name === null ? null : context.set.find({ kind, namespace: cluster ? null : from.id.namespace, name }, from);
    if (!entry) return null;
    if (seen.has(entry)) continue;
    seen.add(entry);
    const names = [...dry, ...dryNames(listAt(entry.value, 'spec', 'dryRun'))];
    for (const [index, metric] of indexed(listAt(entry.value, 'spec', 'metrics')))
      metrics.push(metricAt(metric, ['spec', 'metrics', String(index)], entry, names));
    const nested = metricsIn(listAt(entry.value, 'spec', 'templates'), names, entry, context, seen);
    if (nested === null) return null;
    metrics.push(...nested);
  }
  return metrics;
}

function metricAt(metric: unknown, path: readonly string[], entry: Entry, dry: readonly string[]): Metric {
  const name = textAt(metric, 'name') ?? path.at(-1) ?? '';
  const initialDelay = secondsOf(at(metric, 'initialDelay')) ?? 0;
  const times = limitAt(metric, 'count') ?? limitAt(metric, 'consecutiveSuccessLimit');
  const repeats = at(metric, 'interval') !== undefined;
  const endless = repeats && times === null;
  const interval = secondsOf(at(metric, 'interval'));
  const known = !repeats ? 0 : interval === null || times === null || times === 'unknown' ? null : interval * (times - 1);
  const isDry = dry.some((pattern) => pattern === '' || name.includes(pattern));
  return { name, entry, path, seconds: known === null ? null : initialDelay + known, endless, dry: isDry };
}

/** A limit that is set; 0 is as none, and an argument is a number that is not known here. */
function limitAt(metric: unknown, field: string): number | 'unknown' | null {
  const limit = at(metric, field);
  if (limit === undefined || limit === null || limit === 0 || limit === '0' || limit === '') return null;
  const number = Number(limit);
  return Number.isFinite(number) ? number : 'unknown';
}

/** Names that `dryRun` mutes, as parts of names: `''` for all. Argo takes them for regular expressions; other ones mute nothing here. */
function dryNames(dryRun: readonly unknown[]): readonly string[] {
  return dryRun.flatMap((one) => {
    const pattern = textAt(fieldsAt(one), 'metricName') ?? '';
    if (/^\^?\.[*+]\$?$/.test(pattern)) return [''];
    return /^[\w-]+$/.test(pattern) ? [pattern] : [];
  });
}

/** How long an analysis of these metrics takes; null where one of them is not known or has no end. */
export function secondsOfAll(metrics: readonly Metric[] | null): number | null {
  if (metrics === null) return null;
  let longest = 0;
  for (const { seconds, dry } of metrics) {
    if (dry) continue;
    if (seconds === null) return null;
    longest = Math.max(longest, seconds);
  }
  return longest;
}

/** Whether an analysis can stop a release: it has templates, and not all that they measure is muted. */
export const isGate = (analysis: unknown, metrics: readonly Metric[] | null): boolean =>
  listAt(analysis, 'templates').length > 0 && (metrics === null || metrics.some(({ dry }) => !dry));
