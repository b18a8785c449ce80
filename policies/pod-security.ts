import { type Container, PODS, type PodTemplate, podTemplateOf } from '../lib/policy/pods.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { at, indexed, isFields, listAt, numberAt, textAt } from '../lib/policy/shape.ts';
import { CONTAINER, deployment } from './example.ts';

/** Volumes that the profile allows. */
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret', 'image'];
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

const RESTRICTED_POD = 'securityContext:\n  runAsNonRoot: true\n  seccompProfile:\n    type: RuntimeDefault\n';
const RESTRICTED_CONTAINER = 'securityContext:\n  allowPrivilegeEscalation: false\n  capabilities:\n    drop: [ALL]\n';

export const podSecurity: Rule = {
  id: 'pod-security',
  holds: 'pods fit the restricted Pod Security profile',
  severity: 'error',
  kinds: PODS,
  why: 'A namespace that enforces the profile refuses the pods, and a release hangs with a candidate that never starts. Everywhere else a hole in the program is a hole in the node.',
  fix: 'Set runAsNonRoot: true and seccompProfile.type: RuntimeDefault on the pod; allowPrivilegeEscalation: false and capabilities.drop: [ALL] on each container.',
  examples: [
    { title: 'nothing said', yaml: deployment({}), finds: [`${CONTAINER}/securityContext`] },
    {
      title: 'a privileged container',
      yaml: deployment({ pod: RESTRICTED_POD, container: `${RESTRICTED_CONTAINER}  privileged: true\n` }),
      finds: [`${CONTAINER}/securityContext/privileged`],
    },
    {
      title: "a folder of the node's",
      yaml: deployment({
        pod: `${RESTRICTED_POD}volumes:\n  - name: logs\n    hostPath:\n      path: /var/log\n`,
        container: RESTRICTED_CONTAINER,
      }),
      finds: ['/spec/template/spec/volumes/0/hostPath'],
    },
    { title: 'as the profile wants it', yaml: deployment({ pod: RESTRICTED_POD, container: RESTRICTED_CONTAINER }), finds: [] },
  ],
  *check(entry) {
    const template = podTemplateOf(entry);
    if (!template) return;
    yield* ofPod(template);
    const windows = at(template.spec, 'os', 'name') === 'windows';
    for (const container of template.containers) yield* ofContainer(container, template, windows);
  },
};

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function* ofPod({ spec, path }: PodTemplate): Iterable<Complaint> {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (at(spec, field) === true) yield { path: [...path, field], message: `${field} shares the node's own with its pods.` };
  for (const [index, volume] of indexed(listAt(spec, 'volumes')))
    for (const kind of isFields(volume) ? Object.keys(volume) : [])
      if (kind !== 'name' && !VOLUMES.includes(kind))
        yield {
          path: [...path, 'volumes', String(index), kind],
          message: `volume '${textAt(volume, 'name')}' is a ${kind}, which the restricted profile refuses.`,
        };
  for (const [index, sysctl] of indexed(listAt(spec, 'securityContext', 'sysctls')))
    if (!SYSCTLS.includes(textAt(sysctl, 'name') ?? ''))
      yield {
        path: [...path, 'securityContext', 'sysctls', String(index)],
        message: `sysctl '${textAt(sysctl, 'name')}' is not a safe one.`,
      };
  yield* ofContext(at(spec, 'securityContext'), [...path, 'securityContext'], 'the pod');
}

function* ofContainer({ name, value, path }: Container, { spec }: PodTemplate, windows: boolean): Iterable<Complaint> {
  const own = at(value, 'securityContext');
  const place = [...path, 'securityContext'];
  const which = `container '${name}'`;
  if (at(own, 'privileged') === true) yield { path: [...place, 'privileged'], message: `${which} is privileged.` };
  for (const [index, port] of indexed(listAt(value, 'ports')))
    if ((numberAt(port, 'hostPort') ?? 0) > 0)
      yield {
        path: [...path, 'ports', String(index), 'hostPort'],
        message: `${which} takes port ${numberAt(port, 'hostPort')} of its node.`,
      };
  for (const [index, capability] of indexed(listAt(own, 'capabilities', 'add')))
    if (capability !== 'NET_BIND_SERVICE')
      yield { path: [...place, 'capabilities', 'add', String(index)], message: `${which} adds the capability ${String(capability)}.` };
  const procMount = textAt(own, 'procMount');
  if (procMount !== null && procMount !== 'Default')
    yield { path: [...place, 'procMount'], message: `${which} mounts /proc as '${procMount}'.` };
  yield* ofContext(own, place, which);
  const missing = missingFrom(own, at(spec, 'securityContext'), windows);
  if (missing.length > 0) yield { path: place, message: `${which} lacks ${missing.join(', ')}.` };
}

/** What both a pod and a container may say. */
function* ofContext(context: unknown, path: readonly string[], which: string): Iterable<Complaint> {
  if (at(context, 'runAsUser') === 0) yield { path: [...path, 'runAsUser'], message: `${which} runs as user 0, root.` };
  if (at(context, 'seccompProfile', 'type') === 'Unconfined')
    yield { path: [...path, 'seccompProfile', 'type'], message: `${which} turns seccomp off.` };
  if (at(context, 'appArmorProfile', 'type') === 'Unconfined')
    yield { path: [...path, 'appArmorProfile', 'type'], message: `${which} turns AppArmor off.` };
  if (at(context, 'windowsOptions', 'hostProcess') === true)
    yield { path: [...path, 'windowsOptions', 'hostProcess'], message: `${which} is a process of its node.` };
  const type = textAt(context, 'seLinuxOptions', 'type') ?? '';
  if (!SELINUX_TYPES.includes(type))
    yield { path: [...path, 'seLinuxOptions', 'type'], message: `${which} runs as SELinux type '${type}'.` };
}

function missingFrom(own: unknown, pod: unknown, windows: boolean): readonly string[] {
  const nonRoot = at(own, 'runAsNonRoot') ?? at(pod, 'runAsNonRoot');
  const missing = nonRoot === true ? [] : ['runAsNonRoot: true'];
  if (windows) return missing;
  const seccomp = at(own, 'seccompProfile', 'type') ?? at(pod, 'seccompProfile', 'type');
  if (seccomp === undefined) missing.push('seccompProfile.type: RuntimeDefault');
  if (at(own, 'allowPrivilegeEscalation') !== false) missing.push('allowPrivilegeEscalation: false');
  if (!listAt(own, 'capabilities', 'drop').some((one) => one === 'ALL')) missing.push('capabilities.drop: [ALL]');
  return missing;
}
