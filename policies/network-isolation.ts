import { COMPONENT_LABEL } from '../lib/lock/labels.ts';
import { declaredPorts, podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, listAt, numberAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const policy = (ingress: string) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes: [Ingress]
  ingress:
    - ports:
        - port: ${ingress}
`;
const SERVES = deployment({ container: 'ports:\n  - name: http\n    containerPort: 8080' });

export const networkIsolation: Rule = {
  id: 'network-isolation',
  holds: 'a NetworkPolicy covers the pods of every revision, and lets requests come in',
  severity: 'warning',
  kinds: SERVING,
  why: 'Without one every pod of the cluster can call the candidate, past the route and its weights. With one that covers a single revision, or leaves out its port, the other one fails as soon as it gets traffic.',
  fix: 'Add a NetworkPolicy whose podSelector means the pods of every revision and whose ingress allows their ports.',
  examples: [
    { title: 'no policy', yaml: SERVES, finds: [''] },
    { title: 'a policy that leaves out the port', yaml: SERVES + policy('9090'), finds: [''] },
    { title: 'a policy that lets requests in', yaml: SERVES + policy('http'), finds: [] },
  ],
  *check(entry, { set, releases }) {
    const template = podTemplateOf(entry);
    if (!template || !releases.includes(entry) || COMPONENT_LABEL in template.labels) return;
    const policies = set.selecting('networking.k8s.io/NetworkPolicy', entry).filter(limitsIngress);
    if (policies.length === 0) {
      yield { path: [], message: 'no NetworkPolicy of the set limits who may call its pods.' };
      return;
    }
    for (const { name, port } of declaredPorts(template))
      if (!policies.some((policy) => allows(policy, name, port)))
        yield {
          path: [],
          message: `NetworkPolicy '${policies[0]?.id.name}' lets no request come in at its port ${name === null ? port : `'${name}' (${port})`}.`,
        };
  },
};

/** Without policyTypes, ingress is limited. */
const limitsIngress = ({ value }: Entry): boolean => {
  const types = listAt(value, 'spec', 'policyTypes');
  return types.length === 0 || types.includes('Ingress');
};

function allows({ value }: Entry, name: string | null, port: number): boolean {
  return listAt(value, 'spec', 'ingress').some((rule) => {
    const ports = listAt(rule, 'ports');
    return ports.length === 0 || ports.some((allowed) => isPort(allowed, name, port));
  });
}

function isPort(allowed: unknown, name: string | null, port: number): boolean {
  const written = at(allowed, 'port');
  if (written === undefined || written === port || (name !== null && written === name)) return true;
  const last = numberAt(allowed, 'endPort');
  return last !== null && typeof written === 'number' && written <= port && port <= last;
}
