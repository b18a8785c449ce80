import { COMPONENT_LABEL, REVISION_LABEL } from '../lib/lock/labels.ts';
import { type PodTemplate, podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { labelSelector, selects } from '../lib/policy/selector.ts';
import { at, listAt, numberAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const NODES = 'kubernetes.io/hostname';
const constraint = (labels: string) => `topologySpreadConstraints:
  - topologyKey: ${NODES}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        ${labels}
`;

export const spread: Rule = {
  id: 'spread',
  holds: 'the pods of a release spread over nodes, candidate and stable together',
  severity: 'warning',
  kinds: SERVING,
  why: 'Where all candidate pods share one node, a fault of the node is taken for a fault of the candidate, and the loss of a node is the loss of the service.',
  fix: `Add a topologySpreadConstraint or podAntiAffinity over \`${NODES}\` whose selector means the pods of every revision: no hash or revision label in it.`,
  examples: [
    {
      title: 'nothing spreads the pods',
      yaml: deployment({ spec: 'replicas: 3' }),
      finds: ['/spec/template/spec/topologySpreadConstraints'],
    },
    {
      title: 'the selector means other pods',
      yaml: deployment({ spec: 'replicas: 3', pod: constraint('app: store') }),
      finds: ['/spec/template/spec/topologySpreadConstraints'],
    },
    { title: 'spread over nodes', yaml: deployment({ spec: 'replicas: 3', pod: constraint('app: web') }), finds: [] },
    { title: 'one pod has nothing to be apart from', yaml: deployment({ spec: 'replicas: 1' }), finds: [] },
  ],
  *check(entry, { releases }) {
    const template = podTemplateOf(entry);
    // The scheduler spreads pods by its own defaults; only a comparison of revisions needs more.
    if (!template || !releases.includes(entry) || COMPONENT_LABEL in template.labels) return;
    if (numberAt(entry.value, 'spec', 'replicas') === 1 || spreads(template)) return;
    yield {
      path: [...template.path, 'topologySpreadConstraints'],
      message: `nothing keeps its pods from sharing one node with each other and with those of the other revision.`,
    };
  },
};

function spreads({ spec, labels }: PodTemplate): boolean {
  // As a pod of another revision would be labelled.
  const other = Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, key === REVISION_LABEL ? `${value}-other` : value]));
  const antiAffinity = [
    ...listAt(spec, 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'),
    ...listAt(spec, 'affinity', 'podAntiAffinity', 'preferredDuringSchedulingIgnoredDuringExecution').map((term) =>
      at(term, 'podAffinityTerm'),
    ),
  ];
  return [...antiAffinity, ...listAt(spec, 'topologySpreadConstraints')].some((term) => {
    const selector = labelSelector(at(term, 'labelSelector'));
    return at(term, 'topologyKey') === NODES && selector !== null && selects(selector, labels) && selects(selector, other);
  });
}
