import { deploymentPath } from '../api/object.ts';
import type { ApiServer, Change } from '../api/server.ts';
import { NAMESPACE } from '../release/plans.ts';
import type { VirtualTime } from '../virtual-time.ts';

/** How the pods of one Deployment behave. */
export interface Pods {
  /** From being asked for to being available; null: never. */
  readonly startSeconds: number | null;
}

/** The Deployment controller, an autoscaler with a minimum, and the nodes below them. */
export class Workloads {
  private readonly server: ApiServer;
  private readonly time: VirtualTime;
  private readonly pods: (deployment: string) => Pods;
  /** Deployments whose pods are all down, whatever is asked for. */
  private readonly down = new Set<string>();
  /** Pods that are missing since their node is lost. */
  private readonly lost = new Map<string, number>();

  constructor(server: ApiServer, time: VirtualTime, pods: (deployment: string) => Pods) {
    this.server = server;
    this.time = time;
    this.pods = pods;
  }

  react({ path, type, object }: Change): void {
    if (object.kind !== 'Deployment' || type === 'DELETED') return;
    if (object.status?.observedGeneration === object.metadata.generation) return;
    this.time.after(100, () => this.observe(path, object.metadata.generation));
  }

  available(deployment: string): number {
    return this.server.find(deploymentPath(NAMESPACE, deployment))?.status?.availableReplicas ?? 0;
  }

  replicas(deployment: string): number {
    return this.server.find(deploymentPath(NAMESPACE, deployment))?.spec.replicas ?? 1;
  }

  /** All pods crash; they come back only when `recover` is called. */
  crash(deployment: string): void {
    this.down.add(deployment);
    this.settle(deploymentPath(NAMESPACE, deployment));
  }

  recover(deployment: string): void {
    this.down.delete(deployment);
    this.settle(deploymentPath(NAMESPACE, deployment));
  }

  /** A node takes some pods with it, until others stand in for them. */
  loseNode(deployment: string, pods: number, seconds: number): void {
    this.miss(deployment, pods);
    this.time.after(seconds * 1_000, () => this.miss(deployment, -pods));
  }

  /** An autoscaler with this minimum: 0 pods stay 0. */
  autoscale(deployment: string, min: number): void {
    const path = deploymentPath(NAMESPACE, deployment);
    const replicas = this.server.find(path)?.spec.replicas ?? 1;
    if (this.server.find(path) !== undefined && replicas > 0 && replicas < min)
      this.server.edit(path, 'kube-controller-manager', (object) => ({ ...object, spec: { ...object.spec, replicas: min } }));
  }

  private miss(deployment: string, pods: number): void {
    this.lost.set(deployment, (this.lost.get(deployment) ?? 0) + pods);
    this.settle(deploymentPath(NAMESPACE, deployment));
  }

  private observe(path: string, generation: number): void {
    const object = this.server.find(path);
    if (object?.metadata.generation !== generation) return;
    const replicas = object.spec.replicas ?? 1;
    const present = Math.min(object.status?.availableReplicas ?? 0, replicas);
    this.server.report(path, { observedGeneration: generation, replicas, availableReplicas: present });
    const { startSeconds } = this.pods(object.metadata.name);
    if (startSeconds !== null) this.time.after(startSeconds * 1_000, () => this.started(path, generation));
  }

  private started(path: string, generation: number): void {
    if (this.server.find(path)?.metadata.generation === generation) this.settle(path);
  }

  private settle(path: string): void {
    const object = this.server.find(path);
    if (object === undefined) return;
    const { name } = object.metadata;
    if (this.pods(name).startSeconds === null) return;
    const wanted = this.down.has(name) ? 0 : Math.max(0, (object.spec.replicas ?? 1) - (this.lost.get(name) ?? 0));
    this.server.report(path, { availableReplicas: wanted });
  }
}
