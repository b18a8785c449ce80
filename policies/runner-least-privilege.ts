import { COMPONENT_LABEL } from '../lib/lock/labels.ts';
import { plansOf } from '../lib/policy/exposure/plan.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { releaseOf } from '../lib/policy/releases.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, indexed, isFields, listAt, textAt } from '../lib/policy/shape.ts';
import { plan } from './release-examples.ts';

const ROLE = 'rbac.authorization.k8s.io/Role';
const CLUSTER_ROLE = 'rbac.authorization.k8s.io/ClusterRole';
const BINDINGS = ['rbac.authorization.k8s.io/RoleBinding', 'rbac.authorization.k8s.io/ClusterRoleBinding'];

const FOLLOW = ['get', 'list', 'watch'];
interface Right {
  readonly verbs: readonly string[];
  /** More names than this are more than a runner works with; null: any number, but named. */
  readonly most: number | null;
}
/** What the runner may do, by group and resource; everything else is too much. */
const ALLOWED: Readonly<Record<string, Right>> = {
  'networking.istio.io/virtualservices': { verbs: [...FOLLOW, 'patch'], most: 1 },
  'gateway.networking.k8s.io/httproutes': { verbs: [...FOLLOW, 'patch'], most: 1 },
  'gateway.networking.k8s.io/grpcroutes': { verbs: [...FOLLOW, 'patch'], most: 1 },
  '/services': { verbs: [...FOLLOW, 'patch'], most: 1 },
  'apps/deployments': { verbs: FOLLOW, most: 2 },
  'apps/deployments/scale': { verbs: ['get', 'patch'], most: 2 },
  'batch/jobs': { verbs: [...FOLLOW, 'patch'], most: null },
  '/configmaps': { verbs: FOLLOW, most: null },
};
const EVENTS = ['/events', 'events.k8s.io/events'];

const role = (rules: string): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: web-runner
  namespace: shop
  labels:
    tidegate.dev/component: runner
    tidegate.dev/release: web
rules:
${rules}`;
const right = (group: string, resource: string, verbs: string, names = ''): string =>
  `  - apiGroups: ["${group}"]\n    resources: [${resource}]\n    verbs: [${verbs}]\n${names === '' ? '' : `    resourceNames: [${names}]\n`}`;
const binding = (kind: string, roleKind: string, name: string): string => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: web-runner
  namespace: shop
  labels:
    tidegate.dev/component: runner
    tidegate.dev/release: web
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${roleKind}
  name: ${name}
subjects:
  - kind: ServiceAccount
    name: web-runner
    namespace: shop
`;
const SOUND =
  right('networking.istio.io', 'virtualservices', 'get, list, watch, patch', 'web') +
  right('apps', 'deployments', 'get, list, watch', 'web-aaaaaaaa, web-bbbbbbbb') +
  right('apps', 'deployments/scale', 'get, patch', 'web-aaaaaaaa, web-bbbbbbbb') +
  right('batch', 'jobs', 'get, list, watch', 'web-smoke-0a1b2c3d-1') +
  right('', 'configmaps', 'get, list, watch', 'web-plan-0a1b2c3d, web-status') +
  right('', 'configmaps', 'create, patch', 'web-status') +
  right('', 'events', 'create');
const SWITCHES = role(right('', 'configmaps', 'create, patch', 'web-status, web-flags-off'));
const flagOff = { remedies: { flagOff: { flag: 'new-ranking', settleSeconds: 120, withinSeconds: 60 } } };

export const runnerLeastPrivilege: Rule = {
  id: 'runner-least-privilege',
  holds: 'the runner may do what a release needs, to the objects of this release, and nothing else',
  severity: 'error',
  kinds: [ROLE, CLUSTER_ROLE, ...BINDINGS],
  why: 'The runner is a program with a token. What its Role does not name it cannot break, whoever has got hold of it: with `pods` or `jobs` to create it could run anything, with `secrets` it could read everything.',
  fix: 'Let Tidegate render the Role: each rule names its objects, and only events are created without a name.',
  examples: [
    { title: 'everything', yaml: role(right('*', '"*"', '"*"')), finds: ['/rules/0'] },
    { title: 'deployments without names', yaml: role(right('apps', 'deployments', 'get, list, watch')), finds: ['/rules/0/resourceNames'] },
    {
      title: 'changing a Deployment and reading a Secret',
      yaml: role(right('apps', 'deployments', 'get, patch', 'web-bbbbbbbb') + right('', 'secrets', 'get', 'web')),
      finds: ['/rules/0/verbs', '/rules/1/resources'],
    },
    {
      title: 'two Services',
      yaml: role(right('', 'services', 'get, list, watch, patch', 'web, web-stable')),
      finds: ['/rules/0/resourceNames'],
    },
    {
      title: 'writing the plan',
      yaml: role(right('', 'configmaps', 'patch', 'web-plan-0a1b2c3d')),
      finds: ['/rules/0/resourceNames'],
    },
    {
      title: 'switching a flag off, which its plan does not do',
      yaml: `${SWITCHES}---\n${plan([])}`,
      finds: ['/rules/0/resourceNames'],
    },
    { title: 'rights of the whole cluster', yaml: binding('ClusterRoleBinding', 'ClusterRole', 'edit'), finds: ['/roleRef'] },
    { title: 'one Service, as the route', yaml: role(right('', 'services', 'get, list, watch, patch', 'web')), finds: [] },
    { title: 'switching a flag off, as its plan says', yaml: `${SWITCHES}---\n${plan([], flagOff)}`, finds: [] },
    { title: 'a Role', yaml: role(SOUND) + binding('RoleBinding', 'Role', 'web-runner'), finds: [] },
  ],
  *check(entry, context) {
    if (BINDINGS.includes(entry.kind)) {
      yield* bound(entry, context);
      return;
    }
    if (!isRunners(entry)) return;
    if (entry.kind === CLUSTER_ROLE) {
      yield { path: ['kind'], message: 'a runner works in one namespace; a ClusterRole holds in all of them once it is bound.' };
      return;
    }
    const written = writtenBy(entry, context);
    const names = namesOf(entry, context);
    for (const [index, rule] of indexed(listAt(entry.value, 'rules'))) yield* ruleOf(rule, ['rules', String(index)], written, names);
  },
};

const isRunners = ({ value }: Entry): boolean => textAt(value, 'metadata', 'labels', COMPONENT_LABEL) === 'runner';

/** A binding that gives the runner's ServiceAccount anything but its own Role. */
function* bound(entry: Entry, { set }: Context): Iterable<Complaint> {
  const accounts = listAt(entry.value, 'subjects').flatMap((subject) => {
    const [kind, name] = [textAt(subject, 'kind'), textAt(subject, 'name')];
    if (kind !== 'ServiceAccount' || name === null) return [];
    const account = set.find({ kind: 'ServiceAccount', namespace: textAt(subject, 'namespace') ?? entry.id.namespace, name }, entry);
    return isRunners(account ?? entry) ? [name] : [];
  });
  const [kind, name] = [textAt(entry.value, 'roleRef', 'kind'), textAt(entry.value, 'roleRef', 'name')];
  for (const account of accounts)
    if (entry.id.kind !== 'RoleBinding' || kind !== 'Role' || name !== account)
      yield {
        path: ['roleRef'],
        message: `the runner ${account} is bound to ${kind ?? 'nothing'} ${name ?? ''}, expected Role ${account} by a RoleBinding.`,
      };
}

/** ConfigMaps that the runner makes and writes: its status, and what switches a flag off where its plan says so. */
function writtenBy(entry: Entry, context: Context): readonly string[] {
  const release = releaseOf(entry) ?? '';
  const switches = plansOf(entry, context).some((plan) => isFields(at(plan, 'remedies', 'flagOff')));
  return [`${release}-status`, ...(switches ? [`${release}-flags-off`] : [])];
}

/** Names that rules may have, where a plan of the set says which; null where none does. */
function namesOf(entry: Entry, context: Context): Readonly<Record<string, readonly string[]>> | null {
  const plans = plansOf(entry, context);
  if (plans.length === 0) return null;
  const deployments = plans.flatMap((plan) => [textAt(plan, 'stable', 'deployment') ?? '', textAt(plan, 'candidate', 'deployment') ?? '']);
  const routes = (kind: string) =>
    plans.flatMap((plan) => (textAt(plan, 'route', 'kind') === kind ? [textAt(plan, 'route', 'name') ?? ''] : []));
  return {
    'apps/deployments': deployments,
    'apps/deployments/scale': deployments,
    'networking.istio.io/virtualservices': routes('VirtualService'),
    'gateway.networking.k8s.io/httproutes': routes('HTTPRoute'),
    '/services': routes('Service'),
  };
}

function* ruleOf(
  rule: unknown,
  path: readonly string[],
  written: readonly string[],
  known: Readonly<Record<string, readonly string[]>> | null,
): Iterable<Complaint> {
  const verbs = listAt(rule, 'verbs').map(String);
  const names = listAt(rule, 'resourceNames').map(String);
  const groups = listAt(rule, 'apiGroups').map(String);
  const resources = listAt(rule, 'resources').map(String);
  if ([...groups, ...resources, ...verbs].includes('*')) {
    yield { path, message: `the rule allows ${verbs.join(', ')} on ${resources.join(', ')} of ${groups.join(', ')}: no wildcards.` };
    return;
  }
  for (const group of groups)
    for (const resource of resources) {
      const what = `${group}/${resource}`;
      const shown = group === '' ? resource : what;
      if (EVENTS.includes(what)) {
        const more = verbs.filter((verb) => verb !== 'create' && verb !== 'patch');
        if (more.length > 0) yield { path: [...path, 'verbs'], message: `the runner may ${more.join(', ')} events, expected create.` };
        continue;
      }
      const allowed = Object.hasOwn(ALLOWED, what) ? ALLOWED[what] : undefined;
      if (!allowed) {
        yield { path: [...path, 'resources'], message: `the runner may ${verbs.join(', ')} ${shown}, which no release needs.` };
        continue;
      }
      const own = what === '/configmaps' && names.length > 0 && names.every((name) => written.includes(name));
      const writes = verbs.filter((verb) => !allowed.verbs.includes(verb));
      if (names.length === 0)
        yield { path: [...path, 'resourceNames'], message: `the runner may ${verbs.join(', ')} every object of ${shown}: name them.` };
      else if (writes.length > 0 && !(own && writes.every((verb) => verb === 'create' || verb === 'patch')))
        yield what === '/configmaps'
          ? {
              path: [...path, 'resourceNames'],
              message: `the runner may ${writes.join(', ')} ${names.join(', ')}, expected ${written.join(' and ')} alone.`,
            }
          : { path: [...path, 'verbs'], message: `the runner may ${writes.join(', ')} ${shown}, expected ${allowed.verbs.join(', ')}.` };
      const foreign = names.filter((name) => known?.[what]?.includes(name) === false);
      if (foreign.length > 0)
        yield {
          path: [...path, 'resourceNames'],
          message: `the runner may ${verbs.join(', ')} ${shown} ${foreign.join(', ')}, which its plan does not name.`,
        };
      else if (allowed.most !== null && names.length > allowed.most)
        yield {
          path: [...path, 'resourceNames'],
          message: `the runner may ${verbs.join(', ')} ${names.length} objects of ${shown}, more than ${allowed.most}.`,
        };
    }
}
