import type { Step } from '../../plan/plan.ts';
import type { Entry } from '../read/objects.ts';
import { at, fieldsAt, indexed, isFields, listAt, numberAt, textAt } from '../shape.ts';
import { type Course, CourseBuilder } from './course.ts';

export const PLAN_PATH: readonly string[] = ['data', 'plan.json'];

const known = new WeakMap<Entry, unknown>();

/** What `plan.json` of a ConfigMap holds, of any shape; null where the object is no plan. */
export function planOf(entry: Entry): Readonly<Record<string, unknown>> | null {
  let plan = known.get(entry);
  if (plan === undefined) {
    plan = entry.kind === 'ConfigMap' ? parse(at(entry.value, ...PLAN_PATH)) : null;
    known.set(entry, plan);
  }
  return isFields(plan) && Array.isArray(plan.steps) ? plan : null;
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The course of a plan of Tidegate. */
export function planCourse(plan: Readonly<Record<string, unknown>>): Course {
  const course = new CourseBuilder(PLAN_PATH);
  for (const [index, step] of indexed(listAt(plan, 'steps'))) walk(step, `step ${index}`, course);
  return course.build('plan', textAt(plan, 'approvals', 'waived'));
}

function walk(step: unknown, name: string, course: CourseBuilder): void {
  const path = PLAN_PATH;
  const weigh = (weight: number) => course.weigh({ meant: weight, share: weight, pods: null, path, at: name });
  switch (at(step, 'kind') as Step['kind']) {
    case 'setWeight':
      weigh(numberAt(step, 'weight') ?? 0);
      return;
    case 'switch':
      weigh(100);
      course.expose({ headers: [] }, path, name);
      return;
    case 'setHeaderRoute':
      course.expose({ headers: [...course.exposure.headers, textAt(step, 'name') ?? ''] }, path, name);
      return;
    case 'setMirrorRoute':
      course.expose({ mirrored: numberAt(step, 'percent') ?? 100 }, path, name);
      return;
    case 'pause':
      course.pass({ kind: 'wait', path, seconds: numberAt(step, 'durationSeconds') ?? 0 });
      return;
    case 'analysis': {
      const gates = listAt(step, 'gates');
      const aborts = gates.some((gate) => at(fieldsAt(gate), 'onFailure') === 'abort');
      const seconds = numberAt(step, 'durationSeconds');
      if (gates.length > 0) course.pass({ kind: 'analysis', path, seconds, background: false, aborts, metrics: null });
      return;
    }
    case 'approval':
      if ((numberAt(step, 'count') ?? 0) > 0) course.pass({ kind: 'approval', path, blind: false });
      return;
    case 'smoke':
      course.pass({ kind: 'smoke', path });
      return;
    case 'scale':
    case 'job':
    case 'bake':
      return;
  }
}
