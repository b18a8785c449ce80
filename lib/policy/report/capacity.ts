import { parseQuantity } from '../../intent/quantity.ts';
import type { Lock, Revision } from '../../lock/lock.ts';
import { listAt, textAt } from '../shape.ts';

/** What a release needs at most, while both revisions are at full capacity. */
export interface Capacity {
  readonly pods: number;
  /** What the pods request; null where one of them requests none. */
  readonly cores: number | null;
  readonly bytes: number | null;
}

/** Of stable and candidate together; null at rest, and where stable's pods are not Tidegate's to know. */
export function peakCapacity({ stable, inFlight }: Lock): Capacity | null {
  if (inFlight === null || 'external' in stable) return null;
  const [a, b] = [capacityOf(stable), capacityOf(inFlight.candidate)];
  return { pods: a.pods + b.pods, cores: sum(a.cores, b.cores), bytes: sum(a.bytes, b.bytes) };
}

function capacityOf({ scale, objects: { deployment } }: Revision): Capacity {
  const pods = scale.kind === 'fixed' ? scale.replicas : scale.max;
  const containers = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const total = (resource: string) =>
    containers.map((container) => requested(container, resource)).reduce((all, one) => sum(all, one === null ? null : one * pods), 0);
  return { pods, cores: total('cpu'), bytes: total('memory') };
}

function requested(container: unknown, resource: string): number | null {
  const written = textAt(container, 'resources', 'requests', resource);
  return written === null ? null : parseQuantity(written).value;
}

const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

/** `12 pods, 3 cores, 1.5 GiB`. */
export function describeCapacity({ pods, cores, bytes }: Capacity): string {
  const rounded = (value: number) => String(Math.round(value * 100) / 100);
  return [
    `${pods} pods`,
    cores === null ? 'CPU not requested by all' : `${rounded(cores)} cores`,
    bytes === null ? 'memory not requested by all' : `${rounded(bytes / 2 ** 30)} GiB`,
  ].join(', ');
}
