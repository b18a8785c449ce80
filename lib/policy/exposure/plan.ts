import { TARGET_LABEL } from '../../lock/labels.ts';
import { SHED } from '../../plan/exposure.ts';
import type { Step } from '../../plan/plan.ts';
import type { Entry } from '../read/objects.ts';
import { releaseOf } from '../releases.ts';
import type { Context } from '../rule.ts';
import type { ObjectSet } from '../set.ts';
import { at, fieldsAt, indexed, isFields, listAt, numberAt, textAt } from '../shape.ts';
import { type Course, CourseBuilder } from './course.ts';

export const PLAN_PATH: readonly string[] = ['data', 'plan.json'];

const known = new WeakMap<Entry, unknown>();

/** A step of a plan, and what is in it: a path leads on into the text of `plan.json`, which is JSON. */
export const stepPath = (index: number, ...field: readonly string[]): readonly string[] => [...PLAN_PATH, 'steps', String(index), ...field];

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
  // Requests that may be given up have had the share of all others, so the step that gives all of them is none beside it;
  // before anybody has a share it is one.
  const sheds = isFields(at(plan, 'remedies', 'shed'));
  const isShed = (step: unknown): boolean =>
    sheds && course.exposure.share > 0 && at(step, 'kind') === 'setHeaderRoute' && at(step, 'name') === SHED;
  for (const [index, step] of indexed(listAt(plan, 'steps'))) if (!isShed(step)) walk(step, index, course);
  return course.build('plan', textAt(plan, 'approvals', 'waived'));
}

function walk(step: unknown, index: number, course: CourseBuilder): void {
  const path = stepPath(index);
  const name = `step ${index}`;
  const weigh = (weight: number, field: string) =>
    course.weigh({ meant: weight, share: weight, pods: null, path: [...path, field], at: name });
  switch (at(step, 'kind') as Step['kind']) {
    case 'setWeight':
      weigh(numberAt(step, 'weight') ?? 0, 'weight');
      return;
    case 'switch':
      weigh(100, 'kind');
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
      // What is tried before is tried once.
      const aborts = gates.some((gate) => at(fieldsAt(gate), 'onFailure') !== 'hold');
      const budget = gates.some((gate) => at(gate, 'scope') === 'service');
      const seconds = numberAt(step, 'durationSeconds');
      if (gates.length > 0) course.pass({ kind: 'analysis', path, seconds, background: false, aborts, metrics: null, budget });
      return;
    }
    case 'approval':
      if ((numberAt(step, 'count') ?? 0) > 0) course.pass({ kind: 'approval', path, blind: false });
      return;
    case 'smoke':
      // a migration is waited for in the same way, and tests nothing
      if (at(step, 'test', 'migration') !== undefined) return;
      course.pass({ kind: 'smoke', path, budget: false });
      return;
    case 'scale':
    case 'bake':
      return;
  }
}

const ofSet = new WeakMap<ObjectSet, ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>>();

/** The plans of the release that an object belongs to. */
export function plansOf(entry: Entry, { set }: Context): readonly Readonly<Record<string, unknown>>[] {
  let plans = ofSet.get(set);
  if (!plans) {
    const index = new Map<string, Readonly<Record<string, unknown>>[]>();
    for (const one of set.ofKind('ConfigMap')) {
      const plan = planOf(one);
      if (plan) index.set(releaseKey(one), [...(index.get(releaseKey(one)) ?? []), plan]);
    }
    plans = index;
    ofSet.set(set, plans);
  }
  return plans.get(releaseKey(entry)) ?? [];
}

const releaseKey = (entry: Entry): string =>
  [textAt(entry.value, 'metadata', 'labels', TARGET_LABEL) ?? '', entry.id.namespace ?? '', releaseOf(entry) ?? ''].join('\0');
