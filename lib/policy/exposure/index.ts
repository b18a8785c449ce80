import { CANARY, ROLLOUT } from '../pods.ts';
import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { canaryCourse } from './canary.ts';
import type { Course } from './course.ts';
import { planCourse, planOf } from './plan.ts';
import { rolloutCourse } from './rollout.ts';

export { cutShort } from './blue-green.ts';
export { lookSeconds, strategyOf } from './canary.ts';
export * from './course.ts';
export { inlineAnalyses } from './inline-analyses.ts';
export { type LookBack, lookBacks } from './look-back.ts';
export { hasObjective } from './objective.ts';

/** Kinds that may walk a release. */
export const WALKING: readonly string[] = [ROLLOUT, CANARY, 'ConfigMap'];

const known = new WeakMap<Entry, Course | null>();

/** Whom the release that an object describes exposes, and when; null where it describes none. */
export function courseOf(entry: Entry, context: Context): Course | null {
  let course = known.get(entry);
  if (course === undefined) {
    course = read(entry, context);
    known.set(entry, course);
  }
  return course;
}

function read(entry: Entry, context: Context): Course | null {
  switch (entry.kind) {
    case ROLLOUT:
      return rolloutCourse(entry, context);
    case CANARY:
      return canaryCourse(entry);
    default: {
      const plan = planOf(entry);
      return plan && planCourse(plan);
    }
  }
}

/** Whether the stricter rules hold for the release that an object describes. */
export const isHighRisk = (entry: Entry, { releases }: Context): boolean => releases.isHighRisk(entry) || planOf(entry)?.risk === 'high';
