import { causeOf, courseOf, groupBy, isExposed, name, stretches, WALKING } from '../lib/policy/exposure/index.ts';
import type { Rule } from '../lib/policy/rule.ts';
import {
  all,
  analysis,
  ask,
  canary,
  hooks,
  METRICS,
  PLAN,
  pause,
  person,
  plan,
  rollout,
  STEPS,
  smoke,
  to,
  watch,
  weight,
} from './release-examples.ts';

const background = (startingStep: number): string => `analysis:
  templates:
    - templateName: errors
  startingStep: ${startingStep}
`;

export const analysisAtEachWeight: Rule = {
  id: 'analysis-at-each-weight',
  holds: 'at every exposure below 100 % an automated analysis must pass before exposure rises again',
  severity: 'error',
  kinds: WALKING,
  why: 'A weight that is only waited at tells nobody anything: the candidate fails for 5 % of users, the time is over, and then it fails for all of them. Requests that reach it by a header and copies of requests show its faults too, and are as worthless unless something looks.',
  fix: 'Put an analysis between this exposure and the next; in a Rollout an analysis beside the steps counts as well, for levels that last and begin after its startingStep.',
  examples: [
    {
      title: 'a Rollout that only waits at 20 %',
      yaml: rollout(weight(20) + pause('10m') + weight(50) + analysis),
      finds: [`${STEPS}/0/setWeight`],
    },
    {
      title: 'a Rollout without any analysis, which is one mistake',
      yaml: rollout(weight(5) + pause('10m') + weight(20) + pause('10m') + weight(50) + person),
      finds: [`${STEPS}/0/setWeight`],
    },
    {
      title: 'background analysis that starts too late for 5 %',
      yaml: rollout(weight(5) + pause('10m') + weight(20) + pause('10m'), { canary: background(2) }),
      finds: [`${STEPS}/0/setWeight`],
    },
    {
      title: 'background analysis at a weight that does not last',
      yaml: rollout(weight(5) + weight(20) + pause('10m'), { canary: background(0) }),
      finds: [`${STEPS}/0/setWeight`],
    },
    {
      title: 'requests with a header reach a candidate that nothing looks at',
      yaml: rollout(`- setHeaderRoute:
    name: testers
    match:
      - headerName: x-canary
        headerValue:
          exact: always
${pause('10m')}${weight(5)}${analysis}`),
      finds: [`${STEPS}/0/setHeaderRoute`],
    },
    {
      title: 'a Canary whose webhook only makes load',
      yaml: canary(`stepWeight: 25
maxWeight: 50
webhooks:
  - name: load
    url: http://loadtester.shop/
    metadata:
      cmd: hey -z 1m http://web-canary.shop/
`),
      finds: ['/spec/analysis/stepWeight'],
    },
    { title: 'a plan without analysis at 20 %', yaml: plan([smoke, to(5), watch(), to(20), ask, all]), finds: [`${PLAN}/steps/3/weight`] },
    { title: 'analysis between the steps', yaml: rollout(weight(5) + analysis + weight(50) + analysis + person), finds: [] },
    {
      title: 'analysis beside steps that last',
      yaml: rollout(weight(5) + pause('10m') + weight(50) + pause('10m'), { canary: background(1) }),
      finds: [],
    },
    { title: 'a Canary with metrics', yaml: canary(`stepWeight: 25\nmaxWeight: 50\n${METRICS}${hooks('confirm-promotion')}`), finds: [] },
    { title: 'a plan', yaml: plan([smoke, to(5), watch(), to(50), watch(), ask, all]), finds: [] },
  ],
  *check(entry, context) {
    const course = courseOf(entry, context);
    if (!course) return;
    const unseen = stretches(course).filter(
      ({ level, passes, next }) =>
        next !== null && isExposed(level) && level.share < 100 && !passes.some(({ kind }) => kind === 'analysis'),
    );
    // Where nothing looks at any level it is one mistake, not one for each weight.
    if (!stretches(course).some(({ passes }) => passes.some(({ kind }) => kind === 'analysis'))) {
      const [first] = unseen;
      if (first && unseen.length > 1)
        yield { path: first.level.path, message: `it has no analysis: nothing looks at ${name(unseen.map(({ level }) => level))}.` };
      if (unseen.length > 1) return;
    }
    for (const group of groupBy(unseen, ({ level }) => causeOf(course, level))) {
      const [{ level, next }] = group;
      const risen = group.length === 1 && next ? ` to ${name([next])}` : ' again';
      yield { path: level.path, message: `no analysis looks at ${name(group.map((one) => one.level))} before exposure rises${risen}.` };
    }
  },
};
