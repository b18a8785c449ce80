import type { Askable } from '../../gates/providers/index.ts';
import type { ResolvedIntent, ResolvedPort, ResolvedTraffic } from '../../intent/resolved.ts';
import { COMPONENT_LABEL, RELEASE_LABEL } from '../../lock/labels.ts';
import type { Revision } from '../../lock/lock.ts';
import { listeningPorts } from '../../lock/revision.ts';
import type { Plan } from '../../plan/plan.ts';
import type { KubeObject } from '../../schema/index.ts';
import { componentMeta, componentSelector, everyRevision, type Owner, releaseMeta } from './metadata.ts';
import { names } from './names.ts';
import { questionsOf } from './questions.ts';

/** Tunnel of a mesh without sidecars: requests arrive here instead of at the application's port. */
const TUNNEL = 15008;
/** Metrics and health of a sidecar. */
const SIDECAR = [15020, 15090];
/** Istio's control plane, without which a sidecar has neither routes nor certificates. */
const CONTROL_PLANE = 15012;
/** The API server as a Service, and as its endpoints, which most network plugins see: kubeadm's, minikube's, MicroK8s'. */
const API_SERVER = [443, 6443, 8443, 16443];

/** Where the runner serves its metrics, health and readiness. */
export const METRICS_PORT = 9464;

/**
 * Covers the pods of every revision that Git carries, the retiring ones too.
 * @param formerTraffic how requests came before and may come still; null: only as the intent says
 */
export function appPolicy(
  intent: ResolvedIntent,
  formerTraffic: ResolvedTraffic | null,
  revisions: readonly Revision[],
  owner: Owner,
): KubeObject {
  const { release, network } = intent;
  const meshed = inMesh(intent.traffic) || (formerTraffic !== null && inMesh(formerTraffic));
  const declared = [...new Set(revisions.flatMap(listeningPorts))].sort((a, b) => a - b);
  const from = network.from === null ? {} : { from: [...network.from.map(namespace), ownHelpers(release)] };
  const egress = network.egress?.map(({ namespace: to, cidr, ports }) => ({
    ...(to === null && cidr === null
      ? {}
      : { to: [...(to === null ? [] : [namespace(to)]), ...(cidr === null ? [] : [{ ipBlock: { cidr } }])] }),
    ports: tcp([...ports, ...(meshed ? [TUNNEL] : [])]),
  }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: releaseMeta(owner, release),
    spec: {
      podSelector: everyRevision(release),
      policyTypes: ['Ingress', ...(egress ? ['Egress'] : [])],
      ingress: [{ ...from, ports: tcp([...declared, ...(meshed ? [TUNNEL] : [])]) }, ...(meshed ? [{ ports: tcp(SIDECAR) }] : [])],
      ...(egress ? { egress: [dns(), ...egress, ...(meshed ? [{ ports: tcp([CONTROL_PLANE]) }] : [])] } : {}),
    },
  };
}

/** In: metrics. Out: DNS, the API server, whom the plan's gates ask, and who is told. */
export function runnerPolicy(intent: ResolvedIntent, plan: Plan, owner: Owner): KubeObject {
  const { release, mesh, workload } = intent;
  const asked = questionsOf(plan).flatMap((question) => portsOf(addressOf(question), plan, workload.ports));
  const told = (intent.notifications ?? []).map(({ port }) => port);
  const out = [...API_SERVER, ...asked, ...told, ...(mesh.runner ? [TUNNEL, CONTROL_PLANE] : [])];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: componentMeta(owner, 'runner', names.runner(release)),
    spec: {
      podSelector: { matchLabels: componentSelector(release, 'runner') },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: tcp([METRICS_PORT, ...(mesh.runner ? SIDECAR : [])]) }],
      egress: [dns(), { ports: tcp([...new Set(out)].sort((a, b) => a - b)) }],
    },
  };
}

const inMesh = ({ router, callers }: ResolvedTraffic): boolean => router === 'istio' || callers !== 'gateway';

const namespace = (name: string): object => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });

/** Smoke tests, Jobs of gates, and the runner where a gate asks the candidate itself. */
const ownHelpers = (release: string): object => ({
  podSelector: {
    matchLabels: { [RELEASE_LABEL]: release },
    matchExpressions: [{ key: COMPONENT_LABEL, operator: 'In', values: ['job', 'runner', 'smoke'] }],
  },
});

const tcp = (ports: readonly number[]): object[] => ports.map((port) => ({ protocol: 'TCP', port }));

/** To anywhere: a node's own resolver is outside the pod network. */
const dns = (): object => ({
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
});

const addressOf = (question: Askable): string => ('prometheus' in question ? question.prometheus.address : question.web.url);

/** Policies see the port of the pod, not that of its Service: of the release's own pods it is known. */
function portsOf(address: string, { candidate, stable }: Plan, ports: readonly ResolvedPort[]): number[] {
  const { hostname, port, protocol } = new URL(address);
  const asked = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const own = [candidate, stable].some(({ service }) => `${hostname}.`.startsWith(`${service}.`));
  return [asked, ...ports.filter(({ service }) => own && service === asked).map(({ container }) => container)];
}
