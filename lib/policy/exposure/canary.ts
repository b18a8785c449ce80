import type { Entry } from '../read/objects.ts';
import { at, fieldsAt, indexed, listAt, numberAt, textAt } from '../shape.ts';
import { type Course, CourseBuilder } from './course.ts';
import { secondsOf } from './duration.ts';
import { asksForBudget } from './objective.ts';

const ANALYSIS = ['spec', 'analysis'];
/** More steps than that end the reading: a weight that hardly grows is a finding anyway. */
const MOST_STEPS = 1000;

/** Programs that only make load: their success says nothing of the candidate. */
const LOAD = /(?:^|[\s/])(?:hey|wrk2?|ab|ghz|fortio|vegeta|bombardier|oha|siege|k6|locust)\s/;

/** How a Canary goes about it; where several fit, Flagger takes the first. */
export type CanaryStrategy = 'none' | 'headers' | 'blueGreen' | 'weights';

export function strategyOf(value: unknown): CanaryStrategy {
  const analysis = fieldsAt(value, ...ANALYSIS);
  if (at(value, 'spec', 'skipAnalysis') === true) return 'none';
  const kubernetes = at(value, 'spec', 'provider') === 'kubernetes';
  const iterations = numberAt(analysis, 'iterations') ?? 0;
  if (listAt(analysis, 'match').length > 0 && iterations > 0 && !kubernetes) return 'headers';
  return iterations > 0 || kubernetes ? 'blueGreen' : 'weights';
}

/** The seconds between two looks of Flagger, which looks at least every 10 s; a minute where it is not told. */
export const lookSeconds = (value: unknown): number => Math.max(10, secondsOf(at(value, ...ANALYSIS, 'interval')) ?? 60);

/** The course of a Flagger Canary. */
export function canaryCourse({ value }: Entry): Course {
  const analysis = fieldsAt(value, ...ANALYSIS);
  const course = new CourseBuilder(ANALYSIS);
  const strategy = strategyOf(value);
  const interval = lookSeconds(value);
  const promotion = ['maxWeight', 'iterations', 'stepWeights', 'stepWeight'].find((field) => analysis[field] !== undefined);
  const promote = (): void => {
    if (course.exposure.share === 100) return;
    course.weigh({
      meant: 100,
      share: 100,
      pods: null,
      path: strategy === 'none' ? ['spec', 'skipAnalysis'] : [...ANALYSIS, ...(promotion === undefined ? [] : [promotion])],
      at: 'the promotion',
    });
  };
  const hooks = hooksOf(analysis);
  const asks = (type: string, blind = false): void => {
    for (const { path } of hooks.filter((hook) => hook.type === type)) course.pass({ kind: 'approval', path, blind });
  };
  const analysed = (seconds: number): void => {
    const path = listAt(analysis, 'metrics').length > 0 ? [...ANALYSIS, 'metrics'] : hooks.find(isCheck)?.path;
    const budget = listAt(analysis, 'metrics').some((metric) => asksForBudget(textAt(metric, 'name') ?? ''));
    if (path) course.pass({ kind: 'analysis', path, seconds, background: false, aborts: true, metrics: null, budget });
  };

  asks('confirm-rollout', true);
  if (strategy === 'none') {
    promote();
    return course.build('canary');
  }
  for (const { path, name } of hooks.filter(({ type }) => type === 'pre-rollout'))
    course.pass({ kind: 'smoke', path, budget: asksForBudget(name) });

  const mirrored = at(analysis, 'mirror') === true ? (numberAt(analysis, 'mirrorWeight') ?? 100) : 0;
  const mirror = () => course.expose({ mirrored }, [...ANALYSIS, 'mirror'], 'the mirror');
  if (strategy === 'weights') {
    const steps = weightsOf(analysis);
    asks('confirm-traffic-increase');
    if (mirrored > 0) {
      mirror();
      analysed(interval);
      // Nobody is asked while requests are only copied.
      course.expose({ mirrored: 0 }, [...ANALYSIS, 'mirror'], 'the mirror');
    }
    for (const [index, { weight, path }] of steps.entries()) {
      course.weigh({ meant: weight, share: weight, pods: null, path, at: `weight ${index + 1}` });
      analysed(interval);
      asks('confirm-traffic-increase');
    }
    if (steps.length === 0) return course.build('canary');
  } else {
    const iterations = numberAt(analysis, 'iterations') ?? 10;
    if (strategy === 'headers') course.expose({ headers: ['match'] }, [...ANALYSIS, 'match'], 'the match');
    else mirror();
    analysed(interval * iterations);
  }
  asks('confirm-promotion');
  promote();
  course.expose({ headers: [], mirrored: 0 }, ANALYSIS, 'the promotion');
  return course.build('canary');
}

interface Hook {
  readonly name: string;
  readonly type: string;
  readonly path: readonly string[];
  readonly command: string;
}

function hooksOf(analysis: unknown): readonly Hook[] {
  return indexed(listAt(analysis, 'webhooks')).map(([index, hook]) => ({
    name: textAt(hook, 'name') ?? '',
    type: textAt(hook, 'type') ?? 'rollout',
    path: [...ANALYSIS, 'webhooks', String(index)],
    command: textAt(hook, 'metadata', 'cmd') ?? '',
  }));
}

/** Whether a hook that runs with each look can find something wrong. */
const isCheck = ({ type, command }: Hook): boolean => type === 'rollout' && !LOAD.test(`${command} `);

/** The weights that a Canary steps through. A step may go beyond `maxWeight`: it is only looked at before each. */
function weightsOf(analysis: unknown): readonly { readonly weight: number; readonly path: readonly string[] }[] {
  const listed = listAt(analysis, 'stepWeights').map((weight) => (typeof weight === 'number' ? Math.min(100, weight) : 0));
  const step = numberAt(analysis, 'stepWeight') ?? 0;
  if (step <= 0) return listed.map((weight, index) => ({ weight, path: [...ANALYSIS, 'stepWeights', String(index)] }));
  const most = listed.at(-1) ?? (numberAt(analysis, 'maxWeight') || 100);
  const weights: { weight: number; path: readonly string[] }[] = [];
  for (let weight = 0; weight < most && weight < 100 && weights.length < MOST_STEPS; ) {
    weight = Math.min(100, weight + step);
    weights.push({ weight, path: [...ANALYSIS, 'stepWeight'] });
  }
  return weights;
}
