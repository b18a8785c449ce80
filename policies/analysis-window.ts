import { secondsOf, spell } from '../lib/policy/exposure/duration.ts';
import {
  type Course,
  causeOf,
  courseOf,
  groupBy,
  isExposed,
  isHighRisk,
  lookBacks,
  lookSeconds,
  name,
  observedSeconds,
  stretches,
  WALKING,
} from '../lib/policy/exposure/index.ts';
import { CANARY } from '../lib/policy/pods.ts';
import { type Entry, nameOf } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt, textAt } from '../lib/policy/shape.ts';
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
  thresholds: {
    seconds: { default: LEAST, meaning: 'seconds that every exposure is observed at least' },
    highRisk: { default: LEAST_HIGH_RISK, meaning: 'the same where risk is high' },
  },
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
    {
      title: 'a range of ten minutes over a weight of four',
      yaml: rollout(weight(5) + analysis + weight(50) + analysis + person) + template().replace('[2m]', '[10m]'),
      finds: ['/spec/metrics/0/provider/prometheus/query'],
    },
    {
      title: 'a range over all that the first weight lasted, before which there were no requests',
      yaml: rollout(weight(50) + analysis + person) + template().replace('[2m]', '[10m]'),
      finds: [],
    },
    {
      title: 'a range that an argument gives',
      yaml: rollout(weight(5) + analysis + weight(50) + analysis + person) + template().replace('[2m]', '[{{args.range}}]'),
      finds: [],
    },
    {
      title: 'a template of a Canary that looks back an hour',
      yaml: `${canary(`interval: 2m
stepWeights: [5, 20]
metrics:
  - name: errors
    templateRef:
      name: errors
    thresholdRange:
      max: 1
`)}---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata:
  name: errors
  namespace: shop
spec:
  provider:
    type: prometheus
    address: http://prometheus.monitoring:9090
  query: sum(rate(errors_total{service="web-canary"}[1h]))
`,
      finds: ['/spec/query'],
    },
    {
      title: 'a plan that watches for a minute',
      yaml: plan([smoke, to(5), watch(60), to(50), watch(), ask, all]),
      finds: [`${PLAN}/steps/1/weight`],
    },
    {
      title: 'three minutes where risk is high',
      yaml: plan([smoke, ask, to(5), watch(180), ask, all], { risk: 'high' }),
      finds: [`${PLAN}/steps/2/weight`],
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
    const least = context.threshold(analysisWindow, isHighRisk(entry, context) ? 'highRisk' : 'seconds');
    const short = stretches(course).flatMap(({ level, passes, next }) => {
      if (!next || !isExposed(level) || level.share >= 100 || !passes.some(({ kind }) => kind === 'analysis')) return [];
      const seconds = observedSeconds(passes);
      return seconds !== null && seconds < least ? [{ level, seconds }] : [];
    });
    for (const group of groupBy(short, ({ level, seconds }) => `${causeOf(course, level)}/${seconds}`)) {
      const [{ level, seconds }] = group;
      const levels = name(group.map((one) => one.level));
      yield {
        path: level.path,
        message: `${levels} ${group.length === 1 ? 'is' : 'are'} observed for ${spell(seconds)}, less than ${spell(least)}.`,
      };
    }
    yield* oldWeights(entry, course, context);
    if (entry.kind === CANARY) yield* oldLooks(entry);
  },
};

/** Queries whose range is longer than a weight has lasted at its last look, so that each look sees the weight before too. */
function* oldWeights(entry: Entry, course: Course, context: Context): Iterable<Complaint> {
  const exposed = stretches(course).filter(({ level, next }) => next !== null && isExposed(level) && level.share < 100);
  // Before the first exposure there were no requests that a range could reach.
  const found = exposed.slice(1).flatMap(({ level, passes }) => {
    const seconds = observedSeconds(passes);
    if (seconds === null) return [];
    return passes
      .flatMap((pass) => (pass.kind === 'analysis' ? lookBacks(pass, entry, context) : []))
      .filter((query) => query.seconds > seconds)
      .map((query) => ({ query, level, seconds }));
  });
  const written = ({ query }: (typeof found)[number]) =>
    `${nameOf(query.entry.id)}/${query.path.filter((part) => !/^\d+$/.test(part)).join('/')}/${query.metric}`;
  for (const [{ query, level, seconds }] of groupBy(found, written)) {
    const whose = query.entry === entry ? '' : ` of ${nameOf(entry.id)}`;
    yield {
      entry: query.entry,
      path: query.path,
      message: `metric '${query.metric}' looks back ${spell(query.seconds)}, and ${name([level])}${whose} is ${spell(seconds)} old at its last look, so it sees the weight before as well.`,
      help: 'Shorten the range, or let the weight last longer than it before the last look.',
    };
  }
}

/** Metrics of a Canary that look back further than it waits between two looks. */
function* oldLooks({ value }: Entry): Iterable<Complaint> {
  const between = lookSeconds(value);
  const long = indexed(listAt(value, 'spec', 'analysis', 'metrics')).flatMap(([index, metric]) => {
    const range = secondsOf(at(metric, 'interval'));
    return range !== null && range > between ? [{ index, range, metric: textAt(metric, 'name') ?? String(index) }] : [];
  });
  const [first, ...more] = long;
  if (!first) return;
  const others = more.length > 0 ? ` and ${more.length} more look` : ' looks';
  yield {
    path: ['spec', 'analysis', 'metrics', String(first.index), 'interval'],
    message: `'${first.metric}'${others} back ${spell(first.range)}, the weight was set ${spell(between)} before.`,
  };
}
