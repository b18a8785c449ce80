import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { at, indexed, isFields, listAt } from '../shape.ts';
import { type Metric, metricsOf } from './analysis.ts';
import { BLUE_GREEN } from './blue-green.ts';
import { secondsOf } from './duration.ts';

/** An analysis or experiment that a Rollout waits for. */
export interface InlineAnalysis {
  readonly path: readonly string[];
  /** Names the place: `step 2`, `the promotion`. */
  readonly at: string;
  /** How many templates it names, of analyses or of pods. */
  readonly templates: number;
  /** What it waits for; null where a template is not in the set. */
  readonly metrics: readonly Metric[] | null;
  /** What ends it: its own metrics, the duration of its step, or nothing. */
  readonly ends: 'by itself' | 'with the step' | 'never';
}

export function inlineAnalyses(entry: Entry, context: Context): readonly InlineAnalysis[] {
  const found: InlineAnalysis[] = [];
  const add = (analysis: unknown, path: readonly string[], name: string): void => {
    const templates = listAt(analysis, 'templates').length;
    if (isFields(analysis)) found.push({ path, at: name, templates, metrics: metricsOf(analysis, entry, context), ends: 'by itself' });
  };
  for (const [index, step] of indexed(listAt(entry.value, 'spec', 'strategy', 'canary', 'steps'))) {
    const path = ['spec', 'strategy', 'canary', 'steps', String(index)];
    add(at(step, 'analysis'), [...path, 'analysis'], `step ${index}`);
    const experiment = at(step, 'experiment');
    if (!isFields(experiment)) continue;
    // An experiment waits for these even where its duration is over, and for no others.
    const awaited = listAt(experiment, 'analyses').filter((one) => at(one, 'requiredForCompletion') === true);
    found.push({
      path: [...path, 'experiment'],
      at: `step ${index}`,
      templates: listAt(experiment, 'templates').length,
      metrics: metricsOf({ templates: awaited }, entry, context),
      ends: awaited.length > 0 ? 'by itself' : secondsOf(experiment.duration) === null ? 'never' : 'with the step',
    });
  }
  for (const field of ['prePromotionAnalysis', 'postPromotionAnalysis'])
    add(at(entry.value, ...BLUE_GREEN, field), [...BLUE_GREEN, field], 'the promotion');
  return found;
}
