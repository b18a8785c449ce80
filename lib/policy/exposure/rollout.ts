import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { at, fieldsAt, indexed, isFields, listAt, numberAt, textAt } from '../shape.ts';
import { isGate, type Metric, metricsOf, secondsOfAll } from './analysis.ts';
import { type Course, CourseBuilder, type Pass } from './course.ts';
import { secondsOf } from './duration.ts';
import { asksForBudget } from './objective.ts';
import { podsFor, replicasOf } from './pod-share.ts';

const CANARY = ['spec', 'strategy', 'canary'];
const BLUE_GREEN = ['spec', 'strategy', 'blueGreen'];

/** The course of an Argo Rollout; null where it has no strategy. */
export function rolloutCourse(entry: Entry, context: Context): Course | null {
  if (isFields(at(entry.value, ...BLUE_GREEN))) return blueGreen(entry, context);
  return at(entry.value, ...CANARY) === undefined ? null : canary(entry, context);
}

function canary(entry: Entry, context: Context): Course {
  const strategy = fieldsAt(entry.value, ...CANARY);
  const steps = listAt(strategy, 'steps');
  const course = new CourseBuilder(CANARY);
  const background = backgroundAnalysis(strategy.analysis, entry, context);
  const router = hasRouter(strategy);
  const heaviest = numberAt(strategy, 'trafficRouting', 'maxTrafficWeight') ?? 100;
  const replicas = router ? null : replicasOf(entry, context);
  // Argo starts pods with the first weight, unless it is told to start them before.
  let runs = false;

  for (const [index, step] of indexed(steps)) {
    const path = [...CANARY, 'steps', String(index)];
    const at_ = `step ${index}`;
    const lasts = (pass: Pass, seconds: number): void => {
      course.pass(pass);
      if (background && index >= background.startingStep) course.pass({ ...background.pass, seconds });
    };

    const weight = numberAt(step, 'setWeight');
    if (weight !== null) {
      const meant = (weight / heaviest) * 100;
      const pods = replicas === null ? null : podsFor(meant, replicas);
      const share = pods === null ? meant : pods.total === 0 ? 0 : (pods.candidate / pods.total) * 100;
      course.weigh({ meant, share, pods, path: [...path, 'setWeight'], at: at_ });
      runs ||= weight > 0;
    }
    if (at(step, 'setCanaryScale') !== undefined) runs = true;
    if (at(step, 'pause') !== undefined) {
      const pause = [...path, 'pause'];
      const duration = at(step, 'pause', 'duration');
      const seconds = secondsOf(duration);
      if (duration === undefined || duration === null) lasts({ kind: 'approval', path: pause, blind: !runs }, Number.POSITIVE_INFINITY);
      else if (seconds !== null && seconds > 0) lasts({ kind: 'wait', path: pause, seconds }, seconds);
    }
    const analysis = at(step, 'analysis');
    if (analysis !== undefined) {
      const metrics = metricsOf(analysis, entry, context);
      const seconds = secondsOfAll(metrics);
      if (isGate(analysis, metrics))
        lasts(
          {
            kind: 'analysis',
            path: [...path, 'analysis'],
            seconds,
            background: false,
            aborts: true,
            metrics,
            budget: looksAtBudget(analysis, metrics),
          },
          seconds ?? 0,
        );
    }
    const experiment = at(step, 'experiment');
    if (experiment !== undefined) {
      runExperiment(experiment, [...path, 'experiment'], at_, { course, entry, context, router, lasts });
      runs = true;
    }
    const header = at(step, 'setHeaderRoute');
    if (header !== undefined) {
      const name = textAt(header, 'name') ?? '';
      const others = course.exposure.headers.filter((other) => other !== name);
      const leads = listAt(header, 'match').length > 0;
      course.expose({ headers: leads ? [...others, name] : others }, [...path, 'setHeaderRoute'], at_);
    }
    const mirror = at(step, 'setMirrorRoute');
    if (mirror !== undefined) {
      const copied = listAt(mirror, 'match').length > 0 ? (numberAt(mirror, 'percentage') ?? 100) : 0;
      course.expose({ mirrored: copied }, [...path, 'setMirrorRoute'], at_);
    }
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

/** The analysis beside the steps, which measures while something else lasts. */
function backgroundAnalysis(analysis: unknown, entry: Entry, context: Context) {
  if (analysis === undefined) return null;
  const metrics = metricsOf(analysis, entry, context);
  if (!isGate(analysis, metrics)) return null;
  const pass = {
    kind: 'analysis',
    path: [...CANARY, 'analysis'],
    background: true,
    aborts: true,
    metrics,
    budget: looksAtBudget(analysis, metrics),
  } as const;
  return { pass, startingStep: numberAt(analysis, 'startingStep') ?? 0 };
}

/** Whether an analysis asks for the error budget, by the names of what it measures. */
const looksAtBudget = (analysis: unknown, metrics: readonly Metric[] | null): boolean =>
  [...listAt(analysis, 'templates').map((one) => textAt(one, 'templateName') ?? ''), ...(metrics ?? []).map(({ name }) => name)].some(
    asksForBudget,
  );

/** An experiment may send requests to its own pods of the candidate for as long as it runs. */
function runExperiment(
  experiment: unknown,
  path: readonly string[],
  name: string,
  walk: {
    readonly course: CourseBuilder;
    readonly entry: Entry;
    readonly context: Context;
    readonly router: boolean;
    readonly lasts: (pass: Pass, seconds: number) => void;
  },
): void {
  const { course } = walk;
  const before = course.exposure.share;
  let added = 0;
  if (walk.router)
    for (const template of listAt(experiment, 'templates'))
      if (at(template, 'specRef') === 'canary') added += numberAt(template, 'weight') ?? 0;
  course.expose({ share: before + added }, path, name);
  const analyses = listAt(experiment, 'analyses');
  const metrics = metricsOf({ templates: analyses, dryRun: at(experiment, 'dryRun') }, walk.entry, walk.context);
  const duration = secondsOf(at(experiment, 'duration'));
  if (isGate({ templates: analyses }, metrics)) {
    const seconds = duration ?? secondsOfAll(metrics);
    walk.lasts(
      {
        kind: 'analysis',
        path,
        seconds,
        background: false,
        aborts: true,
        metrics,
        budget: looksAtBudget({ templates: analyses }, metrics),
      },
      seconds ?? 0,
    );
  } else if (duration !== null && duration > 0) walk.lasts({ kind: 'wait', path, seconds: duration }, duration);
  course.expose({ share: before }, path, name);
}

/** An analysis that a Rollout waits for. */
export interface InlineAnalysis {
  readonly path: readonly string[];
  /** Names the place: `step 2`, `the promotion`. */
  readonly at: string;
  readonly templates: number;
  /** Null where a template is not in the set. */
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
  for (const [index, step] of indexed(listAt(entry.value, ...CANARY, 'steps'))) {
    const path = [...CANARY, 'steps', String(index)];
    add(at(step, 'analysis'), [...path, 'analysis'], `step ${index}`);
    const experiment = at(step, 'experiment');
    if (!isFields(experiment)) continue;
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

/** A pre-promotion analysis that counts as passed while it still runs, since the promotion comes sooner; null where there is none. */
export function cutShort(entry: Entry, context: Context) {
  const path = [...BLUE_GREEN, 'autoPromotionSeconds'];
  const after = numberAt(entry.value, ...path) ?? 0;
  const analysis = at(entry.value, ...BLUE_GREEN, 'prePromotionAnalysis');
  const metrics = analysis === undefined ? null : metricsOf(analysis, entry, context);
  if (after === 0 || metrics === null) return null;
  const endless = metrics.some((metric) => metric.endless && !metric.dry);
  const takes = secondsOfAll(metrics);
  return endless || (takes ?? 0) > after ? { path, after, takes: endless ? null : takes } : null;
}

function blueGreen(entry: Entry, context: Context): Course {
  const strategy = fieldsAt(entry.value, ...BLUE_GREEN);
  const course = new CourseBuilder(BLUE_GREEN);
  const after = numberAt(strategy, 'autoPromotionSeconds') ?? 0;
  const stops = strategy.autoPromotionEnabled === false && after === 0;
  const analysed = (field: string): void => {
    const analysis = strategy[field];
    if (analysis === undefined) return;
    const metrics = metricsOf(analysis, entry, context);
    if (!isGate(analysis, metrics)) return;
    course.pass({
      kind: 'analysis',
      path: [...BLUE_GREEN, field],
      seconds: secondsOfAll(metrics),
      background: false,
      aborts: true,
      metrics,
      budget: looksAtBudget(analysis, metrics),
    });
  };
  if (cutShort(entry, context) === null) analysed('prePromotionAnalysis');
  if (stops) course.pass({ kind: 'approval', path: [...BLUE_GREEN, 'autoPromotionEnabled'], blind: false });
  else if (after > 0) course.pass({ kind: 'wait', path: [...BLUE_GREEN, 'autoPromotionSeconds'], seconds: after });
  const path = [...BLUE_GREEN, after > 0 ? 'autoPromotionSeconds' : 'autoPromotionEnabled'];
  course.weigh({ meant: 100, share: 100, pods: null, path, at: 'the promotion' });
  analysed('postPromotionAnalysis');
  return course.build('rollout');
}
