import { TARGET_LABEL } from '../lock/labels.ts';
import type { Lock } from '../lock/lock.ts';
import { at } from '../lock/revision.ts';
import type { Problem } from '../schema/index.ts';

/**
 * That a live object is of another target than the lock: it is the cluster of that one, and says nothing of this. An object that
 * names no target, such as one that was there before Tidegate, is believed.
 */
export function elsewhereProblems({ target }: Pick<Lock, 'target'>, live: unknown, name: string): readonly Problem[] {
  const other = at(live, 'metadata', 'labels', TARGET_LABEL);
  if (typeof other !== 'string' || other === target) return [];
  return [
    {
      message: `${name} in this cluster is of target '${other}', and the lock is of target '${target}'.`,
      help: 'Choose the cluster with --context or --kubeconfig, or the target with --target.',
    },
  ];
}
