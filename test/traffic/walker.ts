import type { InFlight } from '../../lib/lock/lock.ts';
import { type Kube, type LiveObject, until } from '../real/harness.ts';

/**
 * Walks a plan on command, by the calls that the runner makes and with its rights: a step is taken when the test says
 * so, and in between the level is kept against whoever re-applies the resting state.
 */
export class Walker {
  readonly #kube: Kube;
  readonly #namespace: string;
  readonly #flight: InFlight;
  readonly #keeping: Promise<void>;
  #weight = 0;
  #stopped = false;

  /** @param kube a client with the runner's token */
  constructor(kube: Kube, namespace: string, flight: InFlight) {
    this.#kube = kube;
    this.#namespace = namespace;
    this.#flight = flight;
    this.#keeping = this.#keep();
  }

  /** Candidate at `replicas` pods that are available, and every smoke Job passed; resolves to the moment of that. */
  async prove(replicas: number): Promise<number> {
    const { candidate } = this.#flight.plan;
    const deployment = this.#ref('apps/v1', 'Deployment', candidate.deployment);
    await until(`${replicas} pods of ${candidate.deployment}`, async () => {
      const live = await this.#kube.get(deployment);
      if (Number(live.spec.replicas) < replicas) await this.#kube.mergePatch(deployment, { spec: { replicas } }, '/scale');
      return Number(live.status?.availableReplicas ?? 0) >= replicas;
    });
    for (const { metadata } of this.#flight.jobs)
      await until(`${metadata.name} complete`, async () => {
        const { status } = await this.#kube.get(this.#ref('batch/v1', 'Job', metadata.name));
        const conditions = (status?.conditions ?? []) as { type: string; status: string }[];
        return conditions.some((item) => item.type === 'Complete' && item.status === 'True');
      });
    return Date.now();
  }

  /** Moves the weight and resolves once the route holds it. */
  async weight(weight: number): Promise<void> {
    this.#weight = weight;
    await until(`weight ${weight}`, () => this.#step());
  }

  /** As when the runner's pod goes: the route stays as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    while (!this.#stopped) {
      await this.#step();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Whether the route holds the weight; if not, one attempt to bring it there. A route that is another plan's is left alone. */
  async #step(): Promise<boolean> {
    const { route } = this.#flight.plan;
    const ref = this.#ref(route.apiVersion, route.kind, route.name);
    const live = await this.#kube.get(ref);
    const ours = route.splits.every(({ stable, candidate }) =>
      [stable, candidate].every(({ destination }) => at(live, destination.path) === destination.value),
    );
    if (!ours || route.splits.every(({ candidate }) => at(live, candidate.weight) === this.#weight)) return ours;
    const operations = [
      { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
      ...route.splits.flatMap(({ stable, candidate }) => [
        { op: 'test', path: stable.destination.path, value: stable.destination.value },
        { op: 'test', path: candidate.destination.path, value: candidate.destination.value },
        { op: 'replace', path: stable.weight, value: 100 - this.#weight },
        { op: 'replace', path: candidate.weight, value: this.#weight },
      ]),
    ];
    // Somebody wrote in between: the next look decides anew.
    const { status } = await this.#kube.send('PATCH', await this.#kube.path(ref), operations, 'application/json-patch+json');
    return status < 300;
  }

  #ref(apiVersion: string, kind: string, name: string) {
    return { apiVersion, kind, metadata: { name, namespace: this.#namespace } };
  }
}

/** The value at a JSON pointer. */
function at(object: LiveObject, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      object,
    );
}
