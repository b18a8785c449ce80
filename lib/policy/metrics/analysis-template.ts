import { Budget } from '../../gates/condition/limits.ts';
import { patternOf } from '../../gates/condition/pattern.ts';
import { RELEASE_LABEL } from '../../lock/labels.ts';
import type { Entry } from '../read/objects.ts';
import type { ObjectSet } from '../set.ts';
import { at, fieldsAt, indexed, isFields, listAt, textAt } from '../shape.ts';
import type { Limit, Metric, Written } from './metric.ts';
import { fill, placeholdersIn } from './placeholders.ts';
import { gateScopes } from './plan.ts';

export const ANALYSIS_TEMPLATE = 'argoproj.io/AnalysisTemplate';
export const CLUSTER_ANALYSIS_TEMPLATE = 'argoproj.io/ClusterAnalysisTemplate';
export const ANALYSIS_TEMPLATES: readonly string[] = [ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE];

/** The metrics of an AnalysisTemplate. */
export function templateMetrics(entry: Entry, set: ObjectSet): readonly Metric[] {
  const { value } = entry;
  const defaults = new Map(argumentsOf(value).flatMap(({ name, value }) => (value === null ? [] : [[`args.${name}`, value] as const])));
  const dryRuns = dryRunsOf(value, ['spec']);
  const scopes = gateScopes(entry, set);
  return indexed(listAt(value, 'spec', 'metrics')).map(([index, metric]) => {
    const path = ['spec', 'metrics', String(index)];
    const name = textAt(metric, 'name') ?? String(index);
    const written = (field: string): Written | null => {
      const text = textAt(metric, field);
      return text === null ? null : { text: fill(text, defaults), raw: text, path: [...path, field] };
    };
    const limit = (field: string) => limitOf(at(metric, field), defaults);
    const providers = Object.keys(fieldsAt(metric, 'provider')).filter((key) => at(metric, 'provider', key) !== null);
    const query = providers.length === 1 ? textAt(metric, 'provider', providers[0] ?? '', 'query') : null;
    return {
      entry,
      name,
      path,
      engine: 'argo',
      language: 'whole',
      providers,
      query: query === null ? null : { text: fill(query, defaults), raw: query, path: [...path, 'provider', providers[0] ?? '', 'query'] },
      successCondition: written('successCondition'),
      failureCondition: written('failureCondition'),
      bounds: null,
      count: limit('count'),
      interval: written('interval')?.text ?? null,
      initialDelay: written('initialDelay')?.text ?? null,
      failureLimit: limit('failureLimit'),
      inconclusiveLimit: limit('inconclusiveLimit'),
      consecutiveErrorLimit: limit('consecutiveErrorLimit'),
      consecutiveSuccessLimit: limit('consecutiveSuccessLimit'),
      dryRun: dryRuns.find(({ matches }) => matches(name))?.path ?? null,
      scope: scopes.get(name) ?? null,
    };
  });
}

/** A declared argument of a template. */
export interface Argument {
  readonly name: string;
  /** Its default; null where it has none, or takes it from a Secret. */
  readonly value: string | null;
  /** Whether nobody needs to supply it. */
  readonly isGiven: boolean;
  readonly path: readonly string[];
}

export function argumentsOf(value: unknown, ...place: readonly string[]): readonly Argument[] {
  const path = place.length > 0 ? place : ['spec', 'args'];
  return indexed(listAt(value, ...path)).flatMap(([index, argument]) => {
    const name = textAt(argument, 'name');
    const written = at(argument, 'value');
    // A default of '' counts: the argument then needs no value.
    const given = typeof written === 'string' ? written : null;
    return name === null
      ? []
      : [{ name, value: given, isGiven: given !== null || isFields(at(argument, 'valueFrom')), path: [...path, String(index)] }];
  });
}

/** A rule that metrics of these names count for nothing. */
export interface DryRun {
  readonly pattern: string;
  readonly path: readonly string[];
  readonly isValid: boolean;
  readonly matches: (name: string) => boolean;
}

/** As in Argo Rollouts, patterns are regular expressions that match anywhere in a name. */
export function dryRunsOf(
  value: unknown,
  place: readonly string[],
  field: 'dryRun' | 'measurementRetention' = 'dryRun',
): readonly DryRun[] {
  return indexed(listAt(value, ...place, field)).flatMap(([index, rule]) => {
    const pattern = textAt(rule, 'metricName');
    if (pattern === null) return [];
    const path = [...place, field, String(index)];
    const expression = expressionOf(pattern);
    return [{ pattern, path, isValid: expression !== null, matches: (name) => expression?.(name) ?? false }];
  });
}

/** Null for what is no regular expression of Go. */
function expressionOf(pattern: string): ((name: string) => boolean) | null {
  try {
    const matches = patternOf(pattern);
    return (name) => matches(name, new Budget());
  } catch {
    return null;
  }
}

function limitOf(value: unknown, defaults: ReadonlyMap<string, string>): Limit {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return 'unknown';
  const text = fill(value, defaults);
  if (placeholdersIn(text).length > 0) return 'unknown';
  // Argo Rollouts takes 0 for a text that is no number.
  return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : 0;
}

/** Whether Tidegate made the template for its readers; what runs is the plan. */
export const isOfTidegate = ({ value }: Entry): boolean => textAt(value, 'metadata', 'labels', RELEASE_LABEL) !== null;
