import { shortHash } from '../plan/hash.ts';
import { readPlan } from '../runner/read-plan.ts';
import type { Entry } from './read/objects.ts';
import { textAt } from './shape.ts';

/** Why the runner would refuse the plan of a ConfigMap; empty where it would walk it. */
export function planRefusals({ id, value }: Entry): readonly string[] {
  const reading = readPlan(id.name, id.namespace ?? textAt(value, 'metadata', 'namespace') ?? '', value);
  // The runner's words for what is missing are JavaScript's.
  return 'refused' in reading ? reading.refused.map((reason) => reason.replaceAll('undefined', 'none')) : [];
}

/** A plan as a ConfigMap holds it, with the hash by which it is named. */
export function hashedPlan(plan: object): { readonly hash: string; readonly text: string } {
  const hash = shortHash(plan);
  return { hash, text: JSON.stringify({ hash, ...plan }, null, 2) };
}
