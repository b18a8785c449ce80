import type { KubeObject } from '../../lib/schema/index.ts';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly Readonly<Record<string, unknown>>[];
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
}

/** Pod templates of the Deployments and Jobs among objects. */
export function podTemplates(objects: readonly KubeObject[]): { readonly owner: KubeObject; readonly template: PodTemplate }[] {
  return objects
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map((owner) => ({ owner, template: (owner.spec as { template: PodTemplate }).template }));
}

export const templateOf = (object: KubeObject): PodTemplate => (object.spec as { template: PodTemplate }).template;

export function only<T>(items: readonly T[]): T {
  const [first, ...more] = items;
  if (first === undefined || more.length > 0) throw new Error(`expected one, found ${items.length}`);
  return first;
}

const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

/**
 * What the restricted Pod Security profile refuses in a pod, rule by rule; nothing where it is admitted.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedViolations({ metadata, spec }: PodTemplate): string[] {
  const found: string[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[field]) found.push(field);
  for (const { name, ...source } of spec.volumes ?? [])
    if (!Object.keys(source).every((kind) => VOLUMES.includes(kind))) found.push(`volume ${String(name)}`);
  for (const key of Object.keys(metadata.annotations ?? {})) if (key.startsWith('container.apparmor')) found.push(key);
  const pod = spec.securityContext ?? {};
  if (pod.runAsUser === 0) found.push('runAsUser 0');
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    const own = container.securityContext ?? {};
    const effective = { ...pod, ...own } as { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type: string } };
    const capabilities = (own.capabilities ?? {}) as { drop?: string[]; add?: string[] };
    const rules: Record<string, boolean> = {
      runAsNonRoot: effective.runAsNonRoot === true,
      runAsUser: effective.runAsUser !== 0,
      seccompProfile: ['RuntimeDefault', 'Localhost'].includes(effective.seccompProfile?.type ?? ''),
      allowPrivilegeEscalation: own.allowPrivilegeEscalation === false,
      privileged: own.privileged !== true,
      'capabilities.drop': capabilities.drop?.includes('ALL') === true,
      'capabilities.add': (capabilities.add ?? []).every((name) => name === 'NET_BIND_SERVICE'),
      hostPort: ((container.ports ?? []) as { hostPort?: number }[]).every((port) => port.hostPort === undefined),
    };
    for (const [rule, holds] of Object.entries(rules)) if (!holds) found.push(`${container.name}: ${rule}`);
  }
  return found;
}

/** Whether a label selector as NetworkPolicies, PDBs and Deployments write it selects a pod. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector as {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: 'Exists' | 'In'; values?: string[] }[];
  };
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) =>
      operator === 'Exists' ? key in labels : values?.includes(labels[key] ?? '') === true,
    )
  );
}
