import { globPattern } from '../names.ts';
import type { Entry, ObjectId } from '../read/objects.ts';
import type { ObjectSet } from '../set.ts';
import { at, indexed, listAt, textAt } from '../shape.ts';
import type { Kustomized } from './kustomized.ts';
import { APPLICATION_SET, appliedBy, generatorsOf, placeOf, type Source, sourcesOf } from './sources.ts';

/** On an object: options of Argo CD for it alone. */
export const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';

/** Where something is said, with what. */
export interface Said {
  readonly text: string;
  readonly at: readonly string[];
}

/**
 * An Application, or the template of an ApplicationSet. What it applies is what lies in the folders of its sources:
 * `destination.namespace` is only for objects that name none.
 */
export class Application {
  readonly spec: unknown;
  /** Path of `spec`. */
  readonly place: readonly string[];
  readonly #entry: Entry;
  readonly #set: ObjectSet;
  readonly #sources: readonly Source[];

  constructor(entry: Entry, set: ObjectSet) {
    this.#entry = entry;
    this.#set = set;
    this.#sources = sourcesOf(entry);
    this.place = placeOf(entry);
    this.spec = at(entry.value, ...this.place);
  }

  applied(entries: readonly Entry[]): readonly Entry[] {
    return appliedBy(this.#entry, entries, this.#set, this.#sources);
  }

  /** What each of its sources tells Kustomize to change, and of which of these objects. */
  kustomized(entries: readonly Entry[]): readonly (readonly [Kustomized, readonly Entry[]])[] {
    return this.#sources
      .filter((source) => at(source.value, 'kustomize') !== undefined)
      .map((source) => [
        { changes: at(source.value, 'kustomize'), at: [...source.at, 'kustomize'] },
        appliedBy(this.#entry, entries, this.#set, [source]),
      ]);
  }

  get syncOptions(): readonly string[] {
    return [...this.place, 'syncPolicy', 'syncOptions'];
  }

  /** Path of a sync option such as `Replace=true`; null where it is not said. */
  option(wanted: string): readonly string[] | null {
    const index = listAt(this.spec, 'syncPolicy', 'syncOptions').indexOf(wanted);
    return index < 0 ? null : [...this.syncOptions, String(index)];
  }

  get ignoreDifferences(): readonly string[] {
    return [...this.place, 'ignoreDifferences'];
  }

  get ignoreRules(): readonly IgnoreRule[] {
    return indexed(listAt(this.spec, 'ignoreDifferences')).map(([index, rule]) =>
      ignoreRule(rule, [...this.ignoreDifferences, String(index)]),
    );
  }

  /** Where an ApplicationSet has a template that is filled in before it can be read and says something of a field. */
  changesUnread(field: 'ignoreDifferences' | 'syncOptions'): readonly string[] | null {
    if (this.#entry.kind !== APPLICATION_SET) return null;
    if (textAt(this.#entry.value, 'spec', 'templatePatch')?.includes(field)) return ['spec', 'templatePatch'];
    return JSON.stringify(generatorsOf(this.#entry)).includes(`"${field}":`) ? ['spec', 'generators'] : null;
  }
}

/** One rule of `ignoreDifferences`. */
export interface IgnoreRule {
  readonly at: readonly string[];
  /** The kind, where it is one and no pattern. */
  readonly kind: string | null;
  /** Whose fields are ignored. */
  readonly managers: readonly string[];
  /** What is ignored, as jq or a JSON pointer. */
  readonly paths: readonly Said[];
  /** As Argo CD asks: patterns for group and kind, of which no group is that of core; the very name and namespace. */
  matches(id: ObjectId): boolean;
}

function ignoreRule(rule: unknown, place: readonly string[]): IgnoreRule {
  const [group, kind] = [textAt(rule, 'group') ?? '', textAt(rule, 'kind') ?? ''].map(withoutTemplates) as [string, string];
  const [groups, kinds] = [globPattern(group), globPattern(kind)];
  const [name, namespace] = [textAt(rule, 'name'), textAt(rule, 'namespace')];
  return {
    at: place,
    kind: kind.includes('*') ? null : kind,
    managers: listAt(rule, 'managedFieldsManagers').filter((manager) => typeof manager === 'string'),
    paths: ['jqPathExpressions', 'jsonPointers'].flatMap((field) =>
      indexed(listAt(rule, field)).flatMap(([index, text]) =>
        typeof text === 'string' ? [{ text: text.trim(), at: [...place, field, String(index)] }] : [],
      ),
    ),
    matches: (id) => groups.test(id.group) && kinds.test(id.kind) && isOrAny(name, id.name) && isOrAny(namespace, id.namespace),
  };
}

const withoutTemplates = (text: string): string => text.replaceAll(/\{\{.*?\}\}/g, '*').replaceAll(/\*+/g, '*');

const isOrAny = (wanted: string | null, name: string | null): boolean =>
  wanted === null || name === null || wanted.includes('{{') || wanted === name;
