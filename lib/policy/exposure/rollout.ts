import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { at, fieldsAt, indexed, isFields, listAt, numberAt, textAt } from '../shape.ts';
import { type AnalysisPass, analysisPass } from './analysis-pass.ts';
import { BLUE_GREEN, blueGreenCourse } from './blue-green.ts';
import { type Course, CourseBuilder, type Pass } from './course.ts';
import { secondsOf } from './duration.ts';
import { podsFor, type Replicas, replicasOf } from './pod-share.ts';

const CANARY = ['spec', 'strategy', 'canary'];

/** The course of an Argo Rollout; null where it has no strategy. */
export function rolloutCourse(entry: Entry, context: Context): Course | null {
  if (isFields(at(entry.value, ...BLUE_GREEN))) return blueGreenCourse(entry, context);
  return at(entry.value, ...CANARY) === undefined ? null : canaryCourse(entry, context);
}

/** What the steps before have led to. */
interface Walk {
  readonly entry: Entry;
  readonly context: Context;
  readonly course: CourseBuilder;
  /** Measures beside the steps, from this one on; null: nothing does. */
  readonly background: { readonly pass: AnalysisPass; readonly startingStep: number } | null;
  /** Null where a router splits requests. */
  readonly replicas: Replicas | null;
  /** The weight that is all requests. */
  readonly most: number;
  /** Whether the candidate has pods: Argo starts them with the first weight, unless it is told to start them before. */
  runs: boolean;
}

interface Place {
  readonly index: number;
  /** Path of the step's own field. */
  readonly path: readonly string[];
  readonly at: string;
}

function canaryCourse(entry: Entry, context: Context): Course {
  const strategy = fieldsAt(entry.value, ...CANARY);
  const steps = listAt(strategy, 'steps');
  const course = new CourseBuilder(CANARY);
  const background = analysisPass(strategy.analysis, [...CANARY, 'analysis'], entry, context, true);
  const walk: Walk = {
    entry,
    context,
    course,
    background: background && { pass: background, startingStep: numberAt(strategy.analysis, 'startingStep') ?? 0 },
    replicas: hasRouter(strategy) ? null : replicasOf(entry, context),
    most: numberAt(strategy, 'trafficRouting', 'maxTrafficWeight') || 100,
    runs: false,
  };
  for (const [index, step] of indexed(steps))
    for (const [kind, take] of Object.entries(STEPS)) {
      const value = at(step, kind);
      if (value !== undefined) take(value, { index, path: [...CANARY, 'steps', String(index), kind], at: `step ${index}` }, walk);
    }

  const end = steps.length === 0 ? CANARY : [...CANARY, 'steps', String(steps.length - 1)];
  const name = steps.length === 0 ? 'the strategy without steps' : 'the end of the steps';
  if (course.exposure.share !== 100) course.weigh({ meant: 100, share: 100, pods: null, path: end, at: name });
  course.expose({ headers: [], mirrored: 0 }, end, name);
  return course.build('rollout');
}

/** A router that Argo can tell weights; an empty `trafficRouting` is none. */
const hasRouter = (strategy: unknown): boolean =>
  Object.keys(fieldsAt(strategy, 'trafficRouting')).some((field) => field !== 'managedRoutes' && field !== 'maxTrafficWeight');

/** What each kind of step does to exposure, and what must pass before the next. A plugin may do anything, and counts for nothing. */
const STEPS: Readonly<Record<string, (value: unknown, place: Place, walk: Walk) => void>> = {
  setWeight(value, { path, at }, walk) {
    if (typeof value !== 'number') return;
    const meant = (value / walk.most) * 100;
    const pods = walk.replicas && podsFor(meant, walk.replicas);
    const share = pods === null ? meant : pods.total === 0 ? 0 : (pods.candidate / pods.total) * 100;
    walk.course.weigh({ meant, share, pods, path, at });
    walk.runs ||= value > 0;
  },
  setCanaryScale(_value, _place, walk) {
    walk.runs = true;
  },
  pause(value, { index, path }, walk) {
    const duration = at(value, 'duration') ?? null;
    const seconds = secondsOf(duration);
    if (duration === null) lasts({ kind: 'approval', path, blind: !walk.runs }, Number.POSITIVE_INFINITY, index, walk);
    else if (seconds !== null && seconds > 0) lasts({ kind: 'wait', path, seconds }, seconds, index, walk);
  },
  analysis(value, { index, path }, walk) {
    const pass = analysisPass(value, path, walk.entry, walk.context);
    if (pass) lasts(pass, pass.seconds ?? 0, index, walk);
  },
  /** May send requests to its own pods of the candidate for as long as it runs. */
  experiment(value, { index, path, at: name }, walk) {
    const { course, entry, context } = walk;
    const before = course.exposure.share;
    const own = listAt(value, 'templates').filter((template) => at(template, 'specRef') === 'canary');
    const added = walk.replicas ? 0 : own.reduce<number>((sum, template) => sum + (numberAt(template, 'weight') ?? 0), 0);
    course.expose({ share: before + added }, path, name);
    const analysis = { templates: listAt(value, 'analyses'), dryRun: at(value, 'dryRun') };
    const pass = analysisPass(analysis, path, entry, context);
    const duration = secondsOf(at(value, 'duration'));
    const seconds = duration ?? pass?.seconds ?? null;
    if (pass) lasts({ ...pass, seconds }, seconds ?? 0, index, walk);
    else if (duration !== null && duration > 0) lasts({ kind: 'wait', path, seconds: duration }, duration, index, walk);
    course.expose({ share: before }, path, name);
    walk.runs = true;
  },
  setHeaderRoute(value, { path, at }, { course }) {
    const name = textAt(value, 'name') ?? '';
    const others = course.exposure.headers.filter((other) => other !== name);
    course.expose({ headers: listAt(value, 'match').length > 0 ? [...others, name] : others }, path, at);
  },
  setMirrorRoute(value, { path, at }, { course }) {
    course.expose({ mirrored: listAt(value, 'match').length > 0 ? (numberAt(value, 'percentage') ?? 100) : 0 }, path, at);
  },
};

/** Something that takes time, so that an analysis beside the steps can look. */
function lasts(pass: Pass, seconds: number, index: number, { course, background }: Walk): void {
  course.pass(pass);
  if (background && index >= background.startingStep) course.pass({ ...background.pass, seconds });
}
