import { COMPONENT_LABEL } from '../lib/lock/labels.ts';
import { podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import type { ObjectSet } from '../lib/policy/set.ts';
import { at, numberAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const budget = (bound: string, name = 'web') => `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${name}
  namespace: shop
spec:
  ${bound}
  selector:
    matchLabels:
      app: web
`;
const THREE = deployment({ spec: 'replicas: 3' });

export const disruptionBudget: Rule = {
  id: 'disruption-budget',
  holds: 'exactly one PodDisruptionBudget covers the pods of a workload, and lets nodes be drained',
  severity: 'warning',
  kinds: SERVING,
  why: 'Without one a drain may take all pods of a revision at once, and the release is blamed. With two the API server refuses every eviction, and so it does with one that never allows any: the drain hangs until somebody deletes the budget.',
  fix: 'Keep one PodDisruptionBudget for each revision, with maxUnavailable: 1.',
  examples: [
    { title: 'no budget', yaml: THREE, finds: [''] },
    { title: 'two budgets for the same pods', yaml: THREE + budget('maxUnavailable: 1') + budget('minAvailable: 1', 'old'), finds: [''] },
    { title: 'a budget that never allows an eviction', yaml: THREE + budget('minAvailable: 3'), finds: ['/spec/minAvailable'] },
    { title: 'one pod at a time', yaml: THREE + budget('maxUnavailable: 1'), finds: [] },
    { title: 'a single pod, which no budget can spare', yaml: deployment({ spec: 'replicas: 1' }), finds: [] },
  ],
  *check(entry, { set, releases }) {
    const template = podTemplateOf(entry);
    if (!template || COMPONENT_LABEL in template.labels) return;
    const budgets = set.selecting('policy/PodDisruptionBudget', entry);
    const replicas = fewestReplicas(entry, set);
    const [budget, other] = budgets;
    if (budget && other)
      yield {
        path: [],
        message: `is covered by ${budgets.length} PodDisruptionBudgets, '${budget.id.name}' and '${other.id.name}' among them, so no pod of it can be evicted.`,
      };
    else if (budget) yield* deadlock(budget, replicas, entry);
    else if (replicas !== null && replicas > 1 && (releases.includes(entry) || set.ofKind('policy/PodDisruptionBudget').length > 0))
      yield { path: [], message: `no PodDisruptionBudget covers its ${replicas} pods, so a drain may take all of them at once.` };
  },
};

function* deadlock(budget: Entry, replicas: number | null, { id }: Entry): Iterable<Complaint> {
  const unavailable = at(budget.value, 'spec', 'maxUnavailable');
  const available = at(budget.value, 'spec', 'minAvailable');
  if (unavailable === 0 || unavailable === '0%')
    yield {
      entry: budget,
      path: ['spec', 'maxUnavailable'],
      message: `lets no pod of ${id.kind} '${id.name}' be evicted, so drains hang.`,
    };
  else if (available === '100%' || (typeof available === 'number' && replicas !== null && replicas > 0 && available >= replicas))
    yield {
      entry: budget,
      path: ['spec', 'minAvailable'],
      message: `wants ${available} pods of ${id.kind} '${id.name}', which may have ${replicas ?? 'as many'}, so none can be evicted and drains hang.`,
    };
}

/** What the workload has at least; null where nobody says. */
function fewestReplicas(entry: Entry, set: ObjectSet): number | null {
  const written = numberAt(entry.value, 'spec', 'replicas');
  if (written !== null) return written;
  const scaler = set.scalerOf(entry);
  return scaler ? (numberAt(scaler.value, 'spec', 'minReplicas') ?? 1) : 1;
}
