import { stepPath } from '../lib/policy/exposure/plan.ts';
import { planOf } from '../lib/policy/metrics/plan.ts';
import { sightless } from '../lib/policy/metrics/sight.ts';
import { isShare, SUBJECTS, subjectOf } from '../lib/policy/metrics/subjects.ts';
import { holdsVolume, isVolume, promqlOf } from '../lib/policy/metrics/volume.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { analysisTemplate, CAREFUL, canary, ERROR_RATIO } from './example.ts';

const REQUESTS = 'sum(increase(http_requests_total{service="{{args.candidate}}"}[2m]))';

export const minimumRequests: Rule = {
  id: 'minimum-requests',
  holds: 'a share is only judged once there are enough requests',
  severity: 'warning',
  graver: true,
  kinds: SUBJECTS,
  why: 'One failure in ten requests is 10 %, and proves nothing; none in ten requests proves nothing either. Without a least number of requests a quiet night takes back good releases, and lets bad ones through.',
  fix: 'Add a metric that passes from so many requests on and is inconclusive before, or `and sum(increase(requests[2m])) > 100` in the query; widen the window where traffic is low.',
  examples: [
    { title: 'a share of however few requests', yaml: analysisTemplate({ metric: CAREFUL }), finds: ['/spec/metrics'] },
    {
      title: "Flagger's success rate of however few requests",
      yaml: canary('- name: request-success-rate\n  interval: 1m\n  thresholdRange:\n    min: 99'),
      finds: ['/spec/analysis/metrics'],
    },
    {
      title: 'at least 100 requests in the query',
      yaml: analysisTemplate({ metric: CAREFUL, query: `(${ERROR_RATIO}) and ${REQUESTS} > 100` }),
      finds: [],
    },
    {
      title: 'at least 100 requests in a metric of their own',
      yaml: analysisTemplate({
        metric: CAREFUL,
        more: `- name: requests\n  interval: 30s\n  count: 5\n  inconclusiveLimit: 3\n  successCondition: len(result) > 0 && result[0] >= 100\n  failureCondition: len(result) > 0 && result[0] < 0\n  provider:\n    prometheus:\n      query: ${REQUESTS}`,
      }),
      finds: [],
    },
  ],
  *check(entry, { set }) {
    const subject = subjectOf(entry, set);
    const asked = subject?.asked.map(({ metric }) => metric) ?? [];
    const shares = [...new Set(asked.filter(isShare).filter(({ scope }) => scope !== 'service'))];
    const [share] = shares;
    const isHeld = (expression: ReturnType<typeof promqlOf>) => expression !== null && holdsVolume(expression);
    if (subject && share && !asked.some(isVolume) && !shares.every((metric) => isHeld(promqlOf(metric))))
      yield {
        path: subject.path,
        message: `'${share.name}'${shares.length > 1 ? ` and ${shares.length - 1} more are judged` : ' is judged'} however few requests there were.`,
      };
    yield* blindWindows(entry);
  },
};

/** With the traffic that the intent declares, what a plan's windows can show is known. */
function* blindWindows(entry: Entry): Iterable<Complaint> {
  const plan = planOf(entry);
  for (const { step, exposure, seconds, requests } of plan ? sightless(plan) : [])
    yield {
      path: stepPath(step),
      message: `the window at ${exposure} % sees ${requests} requests of the candidate in ${seconds} s at peak, and cannot detect any regression of errors by comparison.`,
      help: 'Let the weight stand longer, or begin with a larger one.',
    };
}
