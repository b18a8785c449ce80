import type { InFlight } from '../../lock/lock.ts';
import { at } from '../../lock/revision.ts';
import { queuedOf } from '../../plan/queued.ts';
import type { KubeObject } from '../../schema/index.ts';
import { componentMeta, type Owner } from './metadata.ts';
import { names } from './names.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

/** `list` and `watch` of a rule that names objects hold for requests with `fieldSelector=metadata.name=` and such a name. */
const FOLLOW = ['get', 'list', 'watch'] as const;

/**
 * All that the runner may do, object by object. It lists and watches by name alone, cannot create or alter a workload's
 * pods and reads no Secret. `create` of the status, and of what switches a flag off, is bound to its name, since
 * server-side apply creates under one. A Job that it may patch is one that waits for it: the API server lets nobody
 * change what a Job runs.
 */
export function runnerRole({ plan, hash, jobs }: Pick<InFlight, 'plan' | 'hash' | 'jobs'>, owner: Owner): KubeObject {
  const { release } = owner;
  const deployments = [plan.stable.deployment, plan.candidate.deployment];
  const suspended = jobs.filter((job) => at(job, 'spec', 'suspend') === true);
  const nameOf = ({ metadata }: KubeObject): string => metadata.name;
  const written = [names.status(release), ...(plan.remedies?.flagOff ? [names.flagsOff(release)] : [])];
  const rules: Rule[] = [
    {
      apiGroups: [groupOf(plan.route.apiVersion)],
      resources: [plan.route.resource],
      resourceNames: [plan.route.name],
      verbs: [...FOLLOW, 'patch'],
    },
    { apiGroups: ['apps'], resources: ['deployments'], resourceNames: deployments, verbs: FOLLOW },
    { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: deployments, verbs: ['patch'] },
    { apiGroups: ['batch'], resources: ['jobs'], resourceNames: jobs.map(nameOf), verbs: FOLLOW },
    { apiGroups: ['batch'], resources: ['jobs'], resourceNames: suspended.map(nameOf), verbs: ['patch'] },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: [names.plan(release, hash), names.approvals(release), names.operator(release), ...written],
      verbs: FOLLOW,
    },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: queuedOf(plan).map(names.status),
      verbs: FOLLOW,
    },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: written,
      verbs: ['create', 'patch'],
    },
  ];
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: componentMeta(owner, 'runner', names.runner(release)),
    rules: [
      // a rule that names nothing would allow everything
      ...rules.filter(({ resourceNames }) => resourceNames.length > 0),
      // a new Event's name is the client's choice, so it cannot be bound
      { apiGroups: [''], resources: ['events'], verbs: ['create'] },
    ],
  };
}

export function runnerRoleBinding(owner: Owner): KubeObject {
  const name = names.runner(owner.release);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: componentMeta(owner, 'runner', name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: owner.namespace }],
  };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '');
