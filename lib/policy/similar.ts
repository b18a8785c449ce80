import { nearest } from '../schema/nearest.ts';
import type { Entry } from './read/objects.ts';
import type { ObjectSet, Reference } from './set.ts';

const INDEX = new WeakMap<ObjectSet, Map<string, { readonly byNamespace: Map<string, string[]>; readonly byName: Map<string, Entry> }>>();

/** Above this a name that is close means little, and looking costs much. */
const MOST_NAMES = 200;

/** What may have been meant by a reference that leads nowhere: a name that is close, or the namespace where the name is. */
export function meantBy(
  { kind, namespace, name }: Reference,
  set: ObjectSet,
): { readonly name: string | null; readonly namespace: string | null } {
  const { byNamespace, byName } = indexOf(kind, set);
  const names = byNamespace.get(namespace ?? '') ?? [];
  const elsewhere = byName.get(name)?.id.namespace ?? null;
  return {
    name: names.length > MOST_NAMES ? null : nearest(name, names),
    namespace: elsewhere === namespace ? null : elsewhere,
  };
}

function indexOf(kind: string, set: ObjectSet) {
  const ofSet = INDEX.get(set) ?? new Map();
  INDEX.set(set, ofSet);
  const known = ofSet.get(kind);
  if (known) return known;
  const byNamespace = new Map<string, string[]>();
  const byName = new Map<string, Entry>();
  for (const entry of set.ofKind(kind)) {
    const { namespace, name } = entry.id;
    const names = byNamespace.get(namespace ?? '');
    if (names) names.push(name);
    else byNamespace.set(namespace ?? '', [name]);
    byName.set(name, entry);
  }
  const index = { byNamespace, byName };
  ofSet.set(kind, index);
  return index;
}
