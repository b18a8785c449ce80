import { PLAN_PATH, planOf } from '../lib/policy/exposure/plan.ts';
import { ROLLOUT } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, isFields, numberAt } from '../lib/policy/shape.ts';
import { all, ask, PLAN, plan, rollout, rolloutOf, smoke, to, watch, weight } from './release-examples.ts';

const LEAST = 30;

export const scaleDownDelay: Rule = {
  id: 'scale-down-delay',
  holds: `an aborted candidate keeps its pods for at least ${LEAST} s, and not for ever`,
  severity: 'warning',
  kinds: [ROLLOUT, 'ConfigMap'],
  thresholds: {
    seconds: { default: LEAST, meaning: 'seconds that the pods of an aborted candidate live at least' },
  },
  why: 'A router takes seconds to tell all its proxies that the candidate gets nothing more, and requests that are under way need an answer. 0 is no short time for Argo Rollouts: it keeps the pods until somebody removes them.',
  fix: `Leave out abortScaleDownDelaySeconds, which is 30, or set ${LEAST} or more.`,
  examples: [
    {
      title: '5 s',
      yaml: rollout(weight(5), { canary: 'abortScaleDownDelaySeconds: 5' }),
      finds: ['/spec/strategy/canary/abortScaleDownDelaySeconds'],
    },
    {
      title: 'for ever',
      yaml: rolloutOf('blueGreen:\n  activeService: web\n  abortScaleDownDelaySeconds: 0'),
      finds: ['/spec/strategy/blueGreen/abortScaleDownDelaySeconds'],
    },
    {
      title: 'a plan',
      yaml: plan([smoke, to(5), watch(), ask, all], { scaleDownDelaySeconds: 10 }),
      finds: [`${PLAN}/scaleDownDelaySeconds`],
    },
    { title: 'the default', yaml: rollout(weight(5)), finds: [] },
    { title: 'five minutes', yaml: rollout(weight(5), { canary: 'abortScaleDownDelaySeconds: 300' }), finds: [] },
    { title: 'a plan with five minutes', yaml: plan([smoke, to(5), watch(), ask, all], { scaleDownDelaySeconds: 300 }), finds: [] },
    {
      title: 'without a router pods go as the weight goes',
      yaml: rolloutOf('canary:\n  abortScaleDownDelaySeconds: 5'),
      finds: [],
    },
  ],
  *check(entry, { threshold }) {
    const least = threshold(scaleDownDelay, 'seconds');
    const short = (seconds: number) => `an aborted candidate loses its pods after ${seconds} s, less than ${least} s.`;
    const planned = numberAt(planOf(entry), 'scaleDownDelaySeconds');
    if (planned !== null && planned < least) yield { path: [...PLAN_PATH, 'scaleDownDelaySeconds'], message: short(planned) };
    for (const strategy of ['canary', 'blueGreen']) {
      const path = ['spec', 'strategy', strategy, 'abortScaleDownDelaySeconds'];
      const seconds = entry.kind === ROLLOUT ? numberAt(entry.value, ...path) : null;
      if (seconds === null || (seconds >= least && seconds > 0)) continue;
      if (strategy === 'canary' && !isFields(at(entry.value, 'spec', 'strategy', 'canary', 'trafficRouting'))) continue;
      yield { path, message: seconds === 0 ? 'an aborted candidate keeps its pods for ever: 0 means never.' : short(seconds) };
    }
  },
};
