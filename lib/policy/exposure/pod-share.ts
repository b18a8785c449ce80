import type { Entry } from '../read/objects.ts';
import type { Context } from '../rule.ts';
import { at, numberAt } from '../shape.ts';

/** How many pods share the requests where no router splits them. */
export interface Replicas {
  readonly count: number;
  /** Whether one pod more may run. */
  readonly surge: boolean;
}

/** Argo's defaults: 1 pod, a quarter more while it changes. Of an autoscaler the least is taken, where a share is coarsest. */
export function replicasOf(entry: Entry, { set }: Context): Replicas {
  const scaler = set.scalerOf(entry);
  const least = numberAt(scaler?.value, 'spec', 'minReplicas') ?? numberAt(scaler?.value, 'spec', 'minReplicaCount');
  const surge = at(entry.value, 'spec', 'strategy', 'canary', 'maxSurge');
  return { count: least ?? numberAt(entry.value, 'spec', 'replicas') ?? 1, surge: surge !== 0 && surge !== '0' && surge !== '0%' };
}

/**
 * The pods that come closest to a weight in percent: never none of either track between 0 and 100, unless there is one pod
 * and no room for a second.
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/canary/ , `approximateWeightedCanaryStableReplicaCounts`
 */
export function podsFor(weight: number, { count, surge }: Replicas): { readonly candidate: number; readonly total: number } {
  if (count === 0) return { candidate: 0, total: 0 };
  const noneAllowed = weight >= 100 || weight <= 0 || (count === 1 && !surge);
  const up = Math.ceil((count * weight) / 100);
  const down = Math.floor((count * weight) / 100);
  const tied = (total: number) => ((total * weight) / 100) % 1 === 0.5;
  const options: { candidate: number; total: number }[] = [];
  if (up < count || noneAllowed) options.push({ candidate: up, total: count });
  if (!tied(count) && (down !== 0 || noneAllowed)) options.push({ candidate: down, total: count });
  if (surge) {
    options.push({ candidate: up, total: count + 1 });
    if (!tied(count + 1) && (down !== 0 || noneAllowed)) options.push({ candidate: down, total: count + 1 });
  }
  const distance = ({ candidate, total }: { candidate: number; total: number }) => Math.abs((candidate / total) * 100 - weight);
  return options.reduce(
    (best, option) => (distance(option) < distance(best) ? option : best),
    options[0] ?? { candidate: up, total: count },
  );
}
