import { describeValue } from '../schema/describe.ts';
import { dottedPath } from '../schema/explain.ts';
import type { Problem } from '../schema/index.ts';
import type { Some } from './changes.ts';
import { type Fields, isMap, ownOf } from './lay-over.ts';
import { type Layer, type Origins, spelled } from './layers.ts';
import { isSameEntry } from './merge-key.ts';
import type { ReleaseIntent } from './release.ts';

/** Fields of an intent that make its pod template: what a mixin may bring. */
export const MIXIN_FIELDS = [
  'env',
  'config',
  'secrets',
  'volumes',
  'serviceAccount',
  'mountToken',
  'security',
  'shutdown',
  'spread',
  'sidecars',
  'podTemplate',
] as const satisfies readonly (keyof ReleaseIntent)[];

/** What a mixin brings into the pod template of a release. */
export type MixinParts = Some<Pick<ReleaseIntent, (typeof MIXIN_FIELDS)[number]>>;

/** A named piece of a pod template, for `mixins` of a release or of defaults. `defineMixin` makes one. */
export interface Mixin {
  readonly name: string;
  readonly parts: MixinParts;
  /** Mixins that it needs; they come before it. */
  includes(): readonly Mixin[];
  readonly layer: Layer;
}

/** What composition tells: where something is wrong, and whose it is. */
export interface Composed {
  readonly value: Fields;
  readonly problems: readonly Problem[];
}

/** An intent with mixins added, one after the other: merged as `podTemplate` is, so that nothing is lost in silence. */
export function addMixins(intent: Fields, mixins: readonly Mixin[], origins: Origins): Composed {
  const problems: Problem[] = [];
  const ordered = inOrder(mixins, problems);
  const value = ordered.reduce((base, { parts, layer }) => add(base, parts, [], { layer, origins, problems }) as Fields, intent);
  return { value, problems };
}

/** More than anybody writes; `includes` that makes a new mixin each time reaches it before the stack ends. */
const DEEPEST = 100;

/** What each includes comes before it, and everything once. */
function inOrder(mixins: readonly Mixin[], problems: Problem[]): readonly Mixin[] {
  const known = new Map<string, Mixin>();
  let endless = false;
  const visit = (mixin: Mixin, trail: readonly Mixin[]): void => {
    // One such chain tells enough, and where each includes two there are more than can be walked.
    if (endless) return;
    const at = mixin.layer.place('');
    const placed = at === null ? {} : { at };
    const start = trail.indexOf(mixin);
    if (start >= 0) {
      const cycle = [...trail.slice(start), mixin].map(({ name }) => name).join(' -> ');
      problems.push({ message: `mixins include one another: ${cycle}.`, ...placed, help: 'Take one of them out of the circle.' });
      return;
    }
    if (trail.length === DEEPEST) {
      endless = true;
      const chain = trail.slice(0, 3).map(({ name }) => name);
      const message = `mixins include one another more than ${DEEPEST} levels deep: ${chain.join(' -> ')} -> ...`;
      problems.push({ message, ...placed, help: 'Does `includes` make a new mixin whenever it is called? Make it once, outside.' });
      return;
    }
    const other = known.get(mixin.name);
    if (other === mixin) return;
    if (other !== undefined) {
      const first = spelled(other.layer);
      problems.push({ message: `two mixins are called '${mixin.name}'.`, ...placed, help: `The other one is ${first}. Rename one.` });
      return;
    }
    for (const included of mixin.includes()) visit(included, [...trail, mixin]);
    known.set(mixin.name, mixin);
  };
  for (const mixin of mixins) visit(mixin, []);
  return [...known.values()];
}

interface Adding {
  readonly layer: Layer;
  readonly origins: Origins;
  readonly problems: Problem[];
}

function add(base: unknown, addition: unknown, place: readonly string[], adding: Adding): unknown {
  if (base === undefined) {
    adding.origins.take(place, adding.layer);
    return addition;
  }
  if (isMap(base) && isMap(addition)) return addFields(base, addition, place, adding);
  if (Array.isArray(base) && Array.isArray(addition)) return addEntries(base, addition, place, adding);
  if (base !== addition) adding.problems.push(conflict(base, addition, place, adding));
  return base;
}

function addFields(base: Fields, addition: Fields, place: readonly string[], adding: Adding): Fields {
  const added = Object.entries(addition).map(([name, value]) => [name, add(ownOf(base, name), value, [...place, name], adding)]);
  return { ...base, ...Object.fromEntries(added) };
}

/** Lists of named things are merged by name, others are appended. */
function addEntries(base: readonly unknown[], addition: readonly unknown[], place: readonly string[], adding: Adding): readonly unknown[] {
  const list = place.at(-1) ?? '';
  const merged = [...base];
  for (const item of addition) {
    const known = base.findIndex((other) => isSameEntry(other, item, list));
    const at = [...place, String(known < 0 ? merged.length : known)];
    if (known < 0) merged.push(add(undefined, item, at, adding));
    else merged[known] = add(merged[known], item, at, adding);
  }
  return merged;
}

function conflict(present: unknown, added: unknown, place: readonly string[], { layer, origins }: Adding): Problem {
  const path = dottedPath(place);
  const other = origins.of(place);
  const at = layer.place(path);
  return {
    message: `${layer.name} says ${describeValue(added)}, and ${other === null ? 'the release' : spelled(other, path)} says ${describeValue(present)}.`,
    path,
    ...(at === null ? {} : { at }),
    help: 'A mixin adds and never replaces: take it out of one of the two.',
  };
}
