import { Bundles, identityOf } from './bundles.ts';
import { podTemplateOf } from './pods.ts';
import type { Entry, ObjectId } from './read/objects.ts';
import { type Labels, labelSelector, type Selector, selects, serviceSelector } from './selector.ts';
import { at, textAt } from './shape.ts';

/** What a reference names. */
export interface Reference {
  /** As `Entry.kind`. */
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

/** Kinds whose objects select pods, and how. */
const SELECTORS: Readonly<Record<string, (value: unknown) => Selector | null>> = {
  Service: serviceSelector,
  'policy/PodDisruptionBudget': (value) => labelSelector(at(value, 'spec', 'selector')),
  'networking.k8s.io/NetworkPolicy': (value) => labelSelector(at(value, 'spec', 'podSelector')),
};
export type SelectingKind = 'Service' | 'policy/PodDisruptionBudget' | 'networking.k8s.io/NetworkPolicy';

/** Kinds that scale workloads, with what they mean where they name no kind. */
export const SCALERS: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  'autoscaling/HorizontalPodAutoscaler': { apiVersion: '', kind: '' },
  'keda.sh/ScaledObject': { apiVersion: 'apps/v1', kind: 'Deployment' },
};

/** The workload that an autoscaler names; null where it names none. */
export function scaleTargetOf({ kind, id, value }: Entry): Reference | null {
  const reference = at(value, 'spec', 'scaleTargetRef');
  const name = textAt(reference, 'name');
  if (name === null) return null;
  const apiVersion = textAt(reference, 'apiVersion') ?? SCALERS[kind]?.apiVersion ?? '';
  const named = textAt(reference, 'kind') ?? SCALERS[kind]?.kind ?? '';
  return {
    kind: apiVersion.includes('/') ? `${apiVersion.slice(0, apiVersion.indexOf('/'))}/${named}` : named,
    namespace: id.namespace,
    name,
  };
}

/** All objects of a run and what they say of each other. Each question is an index, built when it is first asked. */
export class ObjectSet {
  readonly entries: readonly Entry[];
  readonly #bundles: Bundles;
  readonly #byKind = new Map<string, Entry[]>();
  #byName: ReadonlyMap<string, readonly Entry[]> | null = null;
  #firsts: ReadonlyMap<Entry, Entry> | null = null;
  #byLabel: ReadonlyMap<string, readonly Entry[]> | null = null;
  #scalers: ReadonlyMap<Entry, Entry> | null = null;
  readonly #selectedBy = new Map<string, ReadonlyMap<Entry, readonly Entry[]>>();

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
    this.#bundles = new Bundles(entries);
    for (const entry of entries) push(this.#byKind, entry.kind, entry);
  }

  ofKind(kind: string): readonly Entry[] {
    return this.#byKind.get(kind) ?? [];
  }

  /** The first object that is the same one as `entry` to a cluster; `entry` itself where there is no other. */
  firstOf(entry: Entry): Entry {
    this.#firsts ??= this.#indexFirsts();
    return this.#firsts.get(entry) ?? entry;
  }

  /** The object that a reference of `from` leads to; null where it leaves the set. */
  find({ kind, namespace, name }: Reference, from: Entry): Entry | null {
    const bundle = this.#bundles.of(from);
    return this.#named(bundle, kind, namespace, name)[0] ?? (bundle === '' ? null : (this.#named('', kind, namespace, name)[0] ?? null));
  }

  /** The workloads whose pods a selector of `from` means. */
  select(selector: Selector, from: Entry): readonly Entry[] {
    const within = `${this.#bundles.of(from)}\0${from.id.namespace ?? ''}\0`;
    this.#byLabel ??= this.#indexLabels();
    const index = this.#byLabel;
    // The rarest of its labels leaves the fewest to look at.
    const lists = Object.entries(selector.labels).map(([key, value]) => index.get(`${within}${key}=${value}`) ?? []);
    const candidates = lists.length === 0 ? (index.get(within) ?? []) : lists.reduce((a, b) => (a.length <= b.length ? a : b));
    return candidates.filter((entry) => selects(selector, labelsOf(entry)));
  }

  /** Objects of a kind that select the pods of a workload. */
  selecting(kind: SelectingKind, workload: Entry): readonly Entry[] {
    let index = this.#selectedBy.get(kind);
    if (!index) {
      const made = new Map<Entry, Entry[]>();
      for (const entry of this.ofKind(kind)) {
        const selector = this.firstOf(entry) === entry ? SELECTORS[kind]?.(entry.value) : null;
        if (selector) for (const selected of this.select(selector, entry)) push(made, selected, entry);
      }
      index = made;
      this.#selectedBy.set(kind, index);
    }
    return index.get(this.firstOf(workload)) ?? [];
  }

  /** The HorizontalPodAutoscaler or ScaledObject that scales a workload; null where none of the set does. */
  scalerOf(workload: Entry): Entry | null {
    if (!this.#scalers) {
      const scalers = new Map<Entry, Entry>();
      for (const kind of Object.keys(SCALERS))
        for (const entry of this.ofKind(kind)) {
          const target = scaleTargetOf(entry);
          const found = target && this.find(target, entry);
          if (found) scalers.set(found, entry);
        }
      this.#scalers = scalers;
    }
    return this.#scalers.get(workload) ?? null;
  }

  #named(bundle: string, kind: string, namespace: string | null, name: string): readonly Entry[] {
    this.#byName ??= groupBy(this.entries, (entry) => nameKey(this.#bundles.of(entry), entry.kind, entry.id));
    return this.#byName.get(nameKey(bundle, kind, { namespace, name })) ?? [];
  }

  /** Of the few that are there more than once. */
  #indexFirsts(): ReadonlyMap<Entry, Entry> {
    const known = new Map<string, Entry>();
    const firsts = new Map<Entry, Entry>();
    for (const entry of this.entries) {
      const key = `${this.#bundles.of(entry)}\0${identityOf(entry)}`;
      const first = known.get(key);
      if (first) firsts.set(entry, first);
      else known.set(key, entry);
    }
    return firsts;
  }

  #indexLabels(): ReadonlyMap<string, readonly Entry[]> {
    const index = new Map<string, Entry[]>();
    for (const entry of this.entries) {
      // Of objects that are there twice one counts; the other is a finding of its own.
      if (!podTemplateOf(entry) || this.firstOf(entry) !== entry) continue;
      const within = `${this.#bundles.of(entry)}\0${entry.id.namespace ?? ''}\0`;
      push(index, within, entry);
      for (const [key, value] of Object.entries(labelsOf(entry))) push(index, `${within}${key}=${value}`, entry);
    }
    return index;
  }
}

/** The labels of the pods that a workload makes. */
const labelsOf = (entry: Entry): Labels => podTemplateOf(entry)?.labels ?? {};

const nameKey = (bundle: string, kind: string, { namespace, name }: Pick<ObjectId, 'namespace' | 'name'>): string =>
  `${bundle}\0${kind}\0${namespace ?? ''}\0${name}`;

function groupBy(entries: readonly Entry[], keyOf: (entry: Entry) => string): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) push(groups, keyOf(entry), entry);
  return groups;
}

function push<K>(groups: Map<K, Entry[]>, key: K, entry: Entry): void {
  const group = groups.get(key);
  if (group) group.push(entry);
  else groups.set(key, [entry]);
}
