import { PODS, podTemplateOf } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, listAt } from '../lib/policy/shape.ts';
import { CONTAINER, deployment } from './example.ts';

export const resourcesSet: Rule = {
  id: 'resources-set',
  holds: 'containers request cpu and memory, and have a memory limit',
  severity: 'warning',
  kinds: PODS,
  why: 'Without requests the scheduler puts candidate and stable on nodes of different load, and an analysis measures the nodes. Without a memory limit a leak takes the neighbours along.',
  fix: 'Set resources.requests.cpu, resources.requests.memory and resources.limits.memory. A limit is also the request where none is written.',
  examples: [
    { title: 'nothing set', yaml: deployment({}), finds: [`${CONTAINER}/resources`] },
    {
      title: 'no limit of memory',
      yaml: deployment({ container: 'resources:\n  requests:\n    cpu: 100m\n    memory: 128Mi' }),
      finds: [`${CONTAINER}/resources`],
    },
    {
      title: 'requests and a limit',
      yaml: deployment({ container: 'resources:\n  requests:\n    cpu: 100m\n  limits:\n    memory: 256Mi' }),
      finds: [],
    },
  ],
  *check(entry) {
    const template = podTemplateOf(entry);
    // What a pod has as a whole, its containers share.
    if (!template || at(template.spec, 'resources') !== undefined) return;
    for (const { name, role, value, path } of template.containers) {
      if (role === 'init' && listAt(template.spec, 'containers').length > 0) continue;
      const has = (kind: 'requests' | 'limits', resource: string) => at(value, 'resources', kind, resource) !== undefined;
      const missing = [
        ...['cpu', 'memory']
          .filter((resource) => !has('requests', resource) && !has('limits', resource))
          .map((resource) => `request of ${resource}`),
        ...(has('limits', 'memory') ? [] : ['limit of memory']),
      ];
      if (missing.length > 0) yield { path: [...path, 'resources'], message: `container '${name}' has no ${missing.join(' and no ')}.` };
    }
  },
};
