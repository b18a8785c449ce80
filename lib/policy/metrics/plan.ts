import { RELEASE_LABEL } from '../../lock/labels.ts';
import type { Entry } from '../read/objects.ts';
import type { ObjectSet } from '../set.ts';
import { at, fieldsAt, indexed, isFields, listAt, numberAt, textAt } from '../shape.ts';
import type { Metric, Written } from './metric.ts';

const PLAN = ['data', 'plan.json'] as const;
const SCOPES = ['candidate', 'comparison', 'volume', 'service'] as const;

const known = new WeakMap<Entry, unknown>();

/** The plan that a ConfigMap of Tidegate holds; null where it holds none. */
export function planOf(entry: Entry): Readonly<Record<string, unknown>> | null {
  if (!known.has(entry)) known.set(entry, read(entry));
  const plan = known.get(entry);
  return isFields(plan) ? plan : null;
}

function read({ kind, value }: Entry): unknown {
  const text = kind === 'ConfigMap' && textAt(value, 'metadata', 'labels', RELEASE_LABEL) !== null ? textAt(value, ...PLAN) : null;
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The gates of a plan, each once: the same gate stands at every weight. */
export function planMetrics(entry: Entry): readonly Metric[] {
  const plan = planOf(entry);
  if (!plan) return [];
  const gates = new Map<string, Metric>();
  for (const [index, step] of indexed(listAt(plan, 'steps')))
    for (const [number, gate] of indexed(listAt(step, 'gates'))) {
      const text = JSON.stringify(gate);
      if (!gates.has(text)) gates.set(text, metricOf(entry, gate, [...PLAN, 'steps', String(index), 'gates', String(number)]));
    }
  return [...gates.values()];
}

function metricOf(entry: Entry, gate: unknown, path: readonly string[]): Metric {
  const written = (...field: readonly string[]): Written | null => {
    const text = textAt(gate, ...field);
    return text === null ? null : { text, raw: text, path: [...path, ...field] };
  };
  const argo = isFields(at(gate, 'argo')) ? fieldsAt(gate, 'argo') : null;
  const limit = (field: string) => numberAt(argo ?? gate, field);
  const seconds = (field: string) => (numberAt(gate, field) === null ? null : `${numberAt(gate, field)}s`);
  return {
    entry,
    name: textAt(gate, 'name') ?? '',
    path,
    // What says nothing may pass there.
    engine: argo?.verdicts === 'argo' ? 'argo' : 'native',
    ...(argo ? { language: 'whole' as const } : {}),
    providers: Object.keys(fieldsAt(gate, 'provider')),
    query: written('provider', 'prometheus', 'query'),
    successCondition: written('successCondition'),
    failureCondition: written('failureCondition'),
    bounds: null,
    count: limit('count'),
    interval: seconds('intervalSeconds'),
    initialDelay: seconds('initialDelaySeconds'),
    failureLimit: limit('failureLimit'),
    inconclusiveLimit: limit('inconclusiveLimit'),
    consecutiveErrorLimit: argo && limit('consecutiveErrorLimit'),
    consecutiveSuccessLimit: argo && limit('consecutiveSuccessLimit'),
    dryRun: argo?.dryRun === true ? [...path, 'argo', 'dryRun'] : null,
    scope: scopeOf(gate),
  };
}

const scopeOf = (gate: unknown): Metric['scope'] => SCOPES.find((scope) => scope === at(gate, 'scope')) ?? null;

/** What the plan says that the metrics of an AnalysisTemplate of its release look at. */
export function gateScopes(template: Entry, set: ObjectSet): ReadonlyMap<string, Metric['scope']> {
  const release = textAt(template.value, 'metadata', 'labels', RELEASE_LABEL);
  return release === null ? NONE : (scopesIn(set).get(`${template.id.namespace}/${release}`) ?? NONE);
}

const NONE: ReadonlyMap<string, Metric['scope']> = new Map();
const SCOPES_OF = new WeakMap<ObjectSet, ReadonlyMap<string, Map<string, Metric['scope']>>>();

function scopesIn(set: ObjectSet): ReadonlyMap<string, Map<string, Metric['scope']>> {
  const found = SCOPES_OF.get(set);
  if (found) return found;
  const made = new Map<string, Map<string, Metric['scope']>>();
  for (const entry of set.ofKind('ConfigMap')) {
    const key = `${entry.id.namespace}/${textAt(entry.value, 'metadata', 'labels', RELEASE_LABEL)}`;
    for (const { name, scope } of planMetrics(entry)) made.set(key, (made.get(key) ?? new Map()).set(name, scope));
  }
  SCOPES_OF.set(set, made);
  return made;
}
