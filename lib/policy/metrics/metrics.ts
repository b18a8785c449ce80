import { CANARY } from '../pods.ts';
import type { Entry } from '../read/objects.ts';
import type { ObjectSet } from '../set.ts';
import { ANALYSIS_TEMPLATES, templateMetrics } from './analysis-template.ts';
import { canaryMetrics, METRIC_TEMPLATE, metricTemplateMetrics } from './flagger.ts';
import type { Metric } from './metric.ts';
import { planMetrics } from './plan.ts';

/** Kinds that ask questions. A ConfigMap does where it is a plan of Tidegate. */
export const METRIC_KINDS: readonly string[] = [...ANALYSIS_TEMPLATES, METRIC_TEMPLATE, CANARY, 'ConfigMap'];

const known = new WeakMap<ObjectSet, Map<Entry, readonly Metric[]>>();

/** Every question that an object asks, in one form. */
export function metricsOf(entry: Entry, set: ObjectSet): readonly Metric[] {
  let ofSet = known.get(set);
  if (!ofSet) {
    ofSet = new Map();
    known.set(set, ofSet);
  }
  let metrics = ofSet.get(entry);
  if (!metrics) {
    metrics = read(entry, set);
    ofSet.set(entry, metrics);
  }
  return metrics;
}

function read(entry: Entry, set: ObjectSet): readonly Metric[] {
  if (ANALYSIS_TEMPLATES.includes(entry.kind)) return templateMetrics(entry, set);
  if (entry.kind === METRIC_TEMPLATE) return metricTemplateMetrics(entry);
  return entry.kind === CANARY ? canaryMetrics(entry, set) : planMetrics(entry);
}
