import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { at, fieldsAt, numberAt } from '../shape.ts';
import { metricsOf, secondsOfAll } from './analysis.ts';
import { analysisPass } from './analysis-pass.ts';
import { type Course, CourseBuilder } from './course.ts';

export const BLUE_GREEN = ['spec', 'strategy', 'blueGreen'];

/** The course of a blue-green Rollout: nobody, then everybody. */
export function blueGreenCourse(entry: Entry, context: Context): Course {
  const strategy = fieldsAt(entry.value, ...BLUE_GREEN);
  const course = new CourseBuilder(BLUE_GREEN);
  const after = numberAt(strategy, 'autoPromotionSeconds') ?? 0;
  const asks = strategy.autoPromotionEnabled === false && after === 0;
  const analysed = (field: string): void => {
    const pass = analysisPass(strategy[field], [...BLUE_GREEN, field], entry, context);
    if (pass) course.pass(pass);
  };
  if (cutShort(entry, context) === null) analysed('prePromotionAnalysis');
  if (asks) course.pass({ kind: 'approval', path: [...BLUE_GREEN, 'autoPromotionEnabled'], blind: false });
  else if (after > 0) course.pass({ kind: 'wait', path: [...BLUE_GREEN, 'autoPromotionSeconds'], seconds: after });
  const path = [...BLUE_GREEN, after > 0 ? 'autoPromotionSeconds' : 'autoPromotionEnabled'];
  course.weigh({ meant: 100, share: 100, pods: null, path, at: 'the promotion' });
  analysed('postPromotionAnalysis');
  return course.build('rollout');
}

/** A pre-promotion analysis that counts as passed while it still runs. */
export interface CutShort {
  readonly path: readonly string[];
  /** Seconds until the promotion. */
  readonly after: number;
  /** Seconds that the analysis takes; null: it has no end. */
  readonly takes: number | null;
}

/** The pre-promotion analysis, where the promotion comes before its end; null where it does not, or templates are not in the set. */
export function cutShort(entry: Entry, context: Context): CutShort | null {
  const path = [...BLUE_GREEN, 'autoPromotionSeconds'];
  const after = numberAt(entry.value, ...path) ?? 0;
  const analysis = at(entry.value, ...BLUE_GREEN, 'prePromotionAnalysis');
  const metrics = analysis === undefined ? null : metricsOf(analysis, entry, context);
  if (after === 0 || metrics === null) return null;
  const endless = metrics.some((metric) => metric.endless && !metric.dry);
  const takes = secondsOfAll(metrics);
  return endless || (takes ?? 0) > after ? { path, after, takes: endless ? null : takes } : null;
}
