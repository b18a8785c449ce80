import { argoRefusals } from '../lib/policy/argo-refusals.ts';
import { ROLLOUT } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { analysis, pause, person, rollout, rolloutOf, STEPS, weight } from './release-examples.ts';

const CANARY = '/spec/strategy/canary';
const header = `- setHeaderRoute:
    name: testers
    match:
      - headerName: x-canary
        headerValue:
          exact: always
`;

export const argoValid: Rule = {
  id: 'argo-valid',
  holds: 'Argo Rollouts takes the Rollout, and does all that its steps say',
  severity: 'error',
  kinds: [ROLLOUT],
  why: 'There is no check at admission: the controller finds the fault when the Rollout is in the cluster, reports the first one only, and stands still. Of a step that says two things it does one without a word.',
  fix: 'Change what the message names; one thing to a step.',
  examples: [
    { title: 'a step that says two things', yaml: rollout(`- setWeight: 20\n  pause: {}\n${analysis}`), finds: [`${STEPS}/0`] },
    {
      title: 'a weight and a duration that are none',
      yaml: rollout(weight(120) + pause('soon')),
      finds: [`${STEPS}/0/setWeight`, `${STEPS}/1/pause/duration`],
    },
    {
      title: 'a header route that is not managed',
      yaml: rollout(header + person),
      finds: [`${STEPS}/0/setHeaderRoute/name`],
    },
    {
      title: 'one Service for both tracks',
      yaml: rolloutOf('canary:\n  stableService: web\n  canaryService: web'),
      finds: [`${CANARY}/canaryService`],
    },
    {
      title: 'a router without Services, and named twice',
      yaml: rolloutOf(
        'canary:\n  trafficRouting:\n    istio:\n      virtualService:\n        name: web\n      virtualServices:\n        - name: web',
      ),
      finds: [`${CANARY}/stableService`, `${CANARY}/trafficRouting/istio`],
    },
    {
      title: 'no pod may be replaced, and fields that need a router',
      yaml: rolloutOf(`canary:
  maxSurge: 0
  maxUnavailable: 0
  dynamicStableScale: true
  steps:
    - setCanaryScale:
        replicas: 1`),
      finds: [`${CANARY}/maxUnavailable`, `${CANARY}/dynamicStableScale`, `${STEPS}/0/setCanaryScale`],
    },
    {
      title: 'a preview that is the active Service',
      yaml: rolloutOf('blueGreen:\n  activeService: web\n  previewService: web'),
      finds: ['/spec/strategy/blueGreen/previewService'],
    },
    { title: 'two strategies', yaml: rolloutOf('blueGreen:\n  activeService: web\ncanary: {}'), finds: ['/spec/strategy'] },
    { title: 'a Rollout', yaml: rollout(weight(20) + analysis + person), finds: [] },
    {
      title: 'a header route',
      yaml: rollout(header + person, { routing: 'managedRoutes:\n  - name: testers' }),
      finds: [],
    },
  ],
  *check({ value }) {
    yield* argoRefusals(value);
  },
};
