import { nameOf } from '../lib/policy/read/objects.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { SCALERS, scaleTargetOf } from '../lib/policy/set.ts';
import { numberAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const HPA = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  minReplicas: 3
  maxReplicas: 10
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
`;

export const hpaOwnsReplicas: Rule = {
  id: 'hpa-owns-replicas',
  holds: 'a workload that an autoscaler scales declares no replicas, and the autoscaler names a workload that is there',
  severity: 'error',
  kinds: Object.keys(SCALERS),
  why: 'Each apply sets the replicas back to what is written, in the middle of the day as well: a service that was scaled to 40 pods has 3 for a minute. A cold revision may declare 0, which autoscalers leave alone.',
  fix: 'Remove spec.replicas from the workload, or the autoscaler. Where a Rollout refers to a Deployment, the autoscaler scales the Rollout.',
  examples: [
    { title: 'two who say how many', yaml: deployment({ spec: 'replicas: 3' }) + HPA, finds: ['/spec/replicas'] },
    { title: 'an autoscaler of nothing', yaml: HPA, finds: ['/spec/scaleTargetRef/name'] },
    { title: 'the autoscaler alone says how many', yaml: deployment({}) + HPA, finds: [] },
    { title: 'a cold revision', yaml: deployment({ spec: 'replicas: 0' }) + HPA, finds: [] },
  ],
  *check(entry, { set, isExternal }) {
    const reference = scaleTargetOf(entry);
    if (!reference) return;
    const { kind, namespace, name } = reference;
    const target = set.find(reference, entry);
    const words = kind.slice(kind.indexOf('/') + 1);
    if (!target) {
      if (!isExternal(kind, namespace, name))
        yield {
          path: ['spec', 'scaleTargetRef', 'name'],
          message: `scales ${words} '${name}', which is not in the set: unverified.`,
          severity: 'info',
          help: 'Lint it together with its workload, or declare the workload external.',
        };
      return;
    }
    const replicas = numberAt(target.value, 'spec', 'replicas');
    if (replicas !== null && replicas !== 0)
      yield { entry: target, path: ['spec', 'replicas'], message: `declares ${replicas} replicas, and ${nameOf(entry.id)} scales it.` };
  },
};
