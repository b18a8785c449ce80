import { secondsOf, spell } from '../lib/policy/exposure/duration.ts';
import {
  courseOf,
  groupBy,
  isExposed,
  isHighRisk,
  lookSeconds,
  name,
  observedSeconds,
  stretches,
  WALKING,
} from '../lib/policy/exposure/index.ts';
import { CANARY } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt } from '../lib/policy/shape.ts';
import {
  all,
  analysis,
  ask,
  canary,
  HIGH_RISK,
  hooks,
  METRICS,
  PLAN,
  pause,
  person,
  plan,
  rollout,
  STEPS,
  smoke,
  template,
  to,
  watch,
  weight,
} from './release-examples.ts';

/** Room for two scrapes of 30 s, the mesh, and a rate over them. */
const LEAST = 120;
const LEAST_HIGH_RISK = 300;
const once = 'initialDelay: 0s';

export const analysisWindow: Rule = {
  id: 'analysis-window',
  holds: `every exposure is observed for at least ${spell(LEAST)}, ${spell(LEAST_HIGH_RISK)} where risk is high, and metrics look no further back than that`,
  severity: 'warning',
  graver: true,
  kinds: WALKING,
  why: 'Metrics are scraped every 15 to 60 seconds and a rate needs several of them, so an analysis that ends sooner judges noise, or what stable did before the weight was set.',
  fix: 'Raise count or interval of its metrics, wait before it, or raise the interval of a Canary.',
  examples: [
    {
      title: 'one look as soon as the weight is set',
      yaml: rollout(weight(20) + analysis + weight(50) + pause('5m') + analysis + person) + template(once),
      finds: [`${STEPS}/0/setWeight`],
    },
    {
      title: 'a Canary that looks every 30 s, at metrics over a minute',
      yaml: canary(`interval: 30s\nstepWeight: 50\nmaxWeight: 50\n${METRICS}${hooks('confirm-promotion')}`),
      finds: ['/spec/analysis/metrics/0/interval', '/spec/analysis/stepWeight'],
    },
    { title: 'a plan that watches for a minute', yaml: plan([smoke, to(5), watch(60), to(50), watch(), ask, all]), finds: [PLAN] },
    {
      title: 'three minutes where risk is high',
      yaml: plan([smoke, ask, to(5), watch(180), ask, all], { risk: 'high' }),
      finds: [PLAN],
    },
    {
      title: 'one look after five minutes',
      yaml: rollout(weight(20) + pause('5m') + analysis + person, { labels: HIGH_RISK }) + template(once),
      finds: [],
    },
    { title: 'five looks, a minute apart', yaml: rollout(weight(20) + analysis + person) + template(), finds: [] },
    { title: 'a template that is somewhere else is not judged', yaml: rollout(weight(20) + analysis + person), finds: [] },
    {
      title: 'a Canary that looks every two minutes',
      yaml: canary(`interval: 2m\nstepWeight: 50\nmaxWeight: 50\n${METRICS}${hooks('confirm-promotion')}`),
      finds: [],
    },
    { title: 'a plan', yaml: plan([smoke, to(5), watch(), to(50), watch(), ask, all]), finds: [] },
  ],
  *check(entry, context) {
    const course = courseOf(entry, context);
    if (!course) return;
    const least = isHighRisk(entry, context) ? LEAST_HIGH_RISK : LEAST;
    const short = stretches(course).flatMap(({ level, passes, next }) => {
      if (!next || !isExposed(level) || level.share >= 100 || !passes.some(({ kind }) => kind === 'analysis')) return [];
      const seconds = observedSeconds(passes);
      return seconds !== null && seconds < least ? [{ level, seconds }] : [];
    });
    for (const group of groupBy(short, ({ level, seconds }) => [...level.path, seconds].join('/'))) {
      const [{ level, seconds }] = group;
      const levels = name(group.map((one) => one.level));
      yield {
        path: level.path,
        message: `${levels} ${group.length === 1 ? 'is' : 'are'} observed for ${spell(seconds)}, less than ${spell(least)}.`,
      };
    }
    if (entry.kind !== CANARY) return;
    for (const [index, metric] of indexed(listAt(entry.value, 'spec', 'analysis', 'metrics'))) {
      const range = secondsOf(at(metric, 'interval'));
      const between = lookSeconds(entry.value);
      if (range !== null && range > between)
        yield {
          path: ['spec', 'analysis', 'metrics', String(index), 'interval'],
          message: `the metric looks back ${spell(range)}, the weight was set ${spell(between)} before.`,
        };
    }
  },
};
