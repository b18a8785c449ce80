import { PODS, podTemplateOf } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, textAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const account = (mount: boolean) => `---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: default
  namespace: shop
automountServiceAccountToken: ${mount}
`;

export const serviceAccountToken: Rule = {
  id: 'service-account-token',
  holds: 'pods that do not talk to the API server carry no token for it',
  severity: 'warning',
  kinds: PODS,
  why: 'Whoever gets into a pod finds a token, and with it all that the account may do. The default account has no rights of its own, so a pod that runs under it hardly needs one.',
  fix: 'Set automountServiceAccountToken: false in the pod, or on its ServiceAccount; give a program that needs the API an account of its own.',
  examples: [
    { title: 'the default account, and its token', yaml: deployment({}), finds: ['/spec/template/spec/automountServiceAccountToken'] },
    { title: 'no token', yaml: deployment({ pod: 'automountServiceAccountToken: false' }), finds: [] },
    { title: 'an account that mounts none', yaml: deployment({}) + account(false), finds: [] },
    { title: 'an account of its own', yaml: deployment({ pod: 'serviceAccountName: web' }), finds: [] },
  ],
  *check(entry, { set, releases }) {
    const template = podTemplateOf(entry);
    if (!template) return;
    const { spec, path } = template;
    const name = textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount') ?? 'default';
    if (name !== 'default' || at(spec, 'automountServiceAccountToken') === false) return;
    const account = set.find({ kind: 'ServiceAccount', namespace: entry.id.namespace, name }, entry);
    const mounted = at(spec, 'automountServiceAccountToken') ?? at(account?.value, 'automountServiceAccountToken');
    if (mounted !== false)
      yield {
        path: [...path, 'automountServiceAccountToken'],
        message: "mounts the token of the account 'default', which it does not use.",
        // A cluster's default, which almost every workload has; of releases more is asked.
        ...(releases.includes(entry) ? {} : { severity: 'info' }),
      };
  },
};
