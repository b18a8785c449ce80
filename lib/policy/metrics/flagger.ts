import { CANARY } from '../pods.ts';
import type { Entry } from '../read/objects.ts';
import type { ObjectSet } from '../set.ts';
import { at, fieldsAt, indexed, isFields, listAt, numberAt, textAt } from '../shape.ts';
import type { Metric, Written } from './metric.ts';

export const METRIC_TEMPLATE = 'flagger.app/MetricTemplate';

/** What Flagger measures by itself; a metric of another name needs a template or a query. */
export const BUILT_IN_METRICS: readonly string[] = ['request-success-rate', 'request-duration'];

const NOT_FLAGGERS = {
  engine: 'flagger',
  successCondition: null,
  failureCondition: null,
  count: null,
  initialDelay: null,
  failureLimit: null,
  inconclusiveLimit: null,
  consecutiveErrorLimit: null,
  consecutiveSuccessLimit: null,
  dryRun: null,
  scope: null,
} as const;

/** The query of a MetricTemplate, whoever asks it: what it is compared with is written in Canaries. */
export function metricTemplateMetrics(entry: Entry): readonly Metric[] {
  const query = textAt(entry.value, 'spec', 'query');
  return [
    {
      ...NOT_FLAGGERS,
      entry,
      name: entry.id.name,
      path: ['spec'],
      providers: [typeOfProvider(entry)],
      query: query === null ? null : { text: query, raw: query, path: ['spec', 'query'] },
      bounds: null,
      interval: null,
    },
  ];
}

/** The metrics of a Canary; their queries are those of the templates that they name. */
export function canaryMetrics(entry: Entry, set: ObjectSet): readonly Metric[] {
  if (entry.kind !== CANARY) return [];
  return indexed(listAt(entry.value, 'spec', 'analysis', 'metrics')).map(([index, metric]) => {
    const path = ['spec', 'analysis', 'metrics', String(index)];
    const name = textAt(metric, 'name') ?? String(index);
    const template = metricTemplateOf(entry, metric, set);
    return {
      ...NOT_FLAGGERS,
      entry,
      name,
      path,
      providers: providersOf(name, metric, template),
      query: queryOf(metric, path, template),
      bounds: boundsOf(name, metric, path),
      interval: textAt(metric, 'interval'),
    };
  });
}

/** Where a metric of a Canary says which MetricTemplate it asks. */
export function metricTemplateReference(canary: Entry, metric: unknown) {
  const name = textAt(metric, 'templateRef', 'name');
  const namespace = textAt(metric, 'templateRef', 'namespace') ?? canary.id.namespace;
  return name === null ? null : { kind: METRIC_TEMPLATE, namespace, name };
}

function metricTemplateOf(canary: Entry, metric: unknown, set: ObjectSet): Entry | null {
  const reference = metricTemplateReference(canary, metric);
  return reference && set.find(reference, canary);
}

/** None where nothing measures it. */
function providersOf(name: string, metric: unknown, template: Entry | null): readonly string[] {
  if (template) return [typeOfProvider(template)];
  if (isFields(at(metric, 'templateRef'))) return ['unknown'];
  if (textAt(metric, 'query') !== null) return ['prometheus'];
  return BUILT_IN_METRICS.includes(name) ? ['built-in'] : [];
}

function queryOf(metric: unknown, path: readonly string[], template: Entry | null): Written | null {
  const own = textAt(metric, 'query');
  const text = template ? textAt(template.value, 'spec', 'query') : own;
  return text === null ? null : { text, raw: text, path: template ? [...path, 'templateRef'] : [...path, 'query'] };
}

/** Without a range the old `threshold` counts, 0 where it is not written: the least for a success rate, the most for others. */
function boundsOf(name: string, metric: unknown, path: readonly string[]): Metric['bounds'] {
  const range = at(metric, 'thresholdRange');
  if (isFields(range)) return { min: numberAt(range, 'min'), max: numberAt(range, 'max'), path: [...path, 'thresholdRange'] };
  const threshold = numberAt(metric, 'threshold') ?? 0;
  const bounds = name === BUILT_IN_METRICS[0] ? { min: threshold, max: null } : { min: null, max: threshold };
  return { ...bounds, path: Object.hasOwn(fieldsAt(metric), 'threshold') ? [...path, 'threshold'] : path };
}

const typeOfProvider = ({ value }: Entry): string => textAt(value, 'spec', 'provider', 'type') ?? 'prometheus';
