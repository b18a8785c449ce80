// What a change does to each release, as data: from what Git said before and what it says after. Pure; views are beside it.
import type { Scale } from '../intent/resolved.ts';
import type { Lock } from '../lock/lock.ts';
import type { LockKey } from '../lock/read.ts';
import { highestBeforeApproval } from '../plan/exposure.ts';
import { canonicalJson } from '../plan/hash.ts';
import { count, oneLine } from '../plan/words.ts';
import { fewest } from './diff-capacity.ts';
import { changesOf } from './diff-changes.ts';
import { type EffectKind, effectOf, isWayBack, type ReleaseState } from './diff-effect.ts';
import { factsOf } from './diff-facts.ts';
import { type Change, INTENT_FIELDS, REPOSITORY_FIELDS } from './diff-fields.ts';
import { type ManifestFile, type ObjectChange, objectChanges, podEffects, selectorChanges } from './diff-objects.ts';

export type { ReleaseState } from './diff-effect.ts';
export type { ManifestFile, ObjectChange } from './diff-objects.ts';

/** What Git says at one commit. */
export interface Side {
  readonly releases: readonly ReleaseState[];
  readonly manifests: readonly ManifestFile[];
  /** What `tidegate.yaml` and `tidegate.waivers.yaml` say, waivers by what they are for; null where it is not known. */
  readonly repository: unknown;
}

export interface ReleaseDiff extends LockKey {
  readonly effect: EffectKind;
  /** What it means, in sentences. */
  readonly words: readonly string[];
  readonly changes: readonly Change[];
  /** What a reviewer must not miss, in sentences or parts of one. */
  readonly warnings: readonly string[];
  readonly objects: readonly ObjectChange[];
  /** As it stood where the change began; null where it is new. */
  readonly before: ReleaseState | null;
  /** As it stands after the change; null where it is gone. */
  readonly after: ReleaseState | null;
}

export interface Diff {
  /** Releases that the change touches. */
  readonly releases: readonly ReleaseDiff[];
  /** How many it leaves alone. */
  readonly untouched: number;
  /** What changes for all of them: `tidegate.yaml`, waivers. */
  readonly repository: readonly Change[];
  /** Objects of no release. */
  readonly others: readonly ObjectChange[];
}

export function diff(before: Side, after: Side): Diff {
  const keys = [...new Map([...before.releases, ...after.releases].map(({ lock }) => [keyOf(lock), lock])).values()];
  const sorted = keys.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const owners = new Set(sorted.map(keyOf));
  const objects = objectChanges(before.manifests, after.manifests);
  const byOwner = new Map<string | null, ObjectChange[]>();
  for (const object of objects) {
    const owner = ownerOf(object.file, owners);
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), object]);
  }
  const ofKey = (key: string | null) => byOwner.get(key) ?? [];
  const [old, young] = [before, after].map(({ releases }) => new Map(releases.map((one) => [keyOf(one.lock), one])));
  const all = sorted.map((lock) => {
    const key = keyOf(lock);
    return releaseDiff(lock, old?.get(key) ?? null, young?.get(key) ?? null, ofKey(key));
  });
  const touched = all.filter((release) => release !== null);
  const known = before.repository !== null && after.repository !== null;
  return {
    releases: withMoves(touched),
    untouched: all.length - touched.length,
    repository: known ? changesOf(before.repository, after.repository, REPOSITORY_FIELDS) : [],
    others: ofKey(null),
  };
}

/** Whether anything differs. */
export const isEmpty = ({ releases, repository, others }: Diff): boolean =>
  releases.length === 0 && repository.length === 0 && others.length === 0;

const keyOf = ({ target, namespace, release }: LockKey): string => `${target}/${namespace}/${release}`;

/** The release whose folder a file lies in; null for a chart's own. */
function ownerOf(file: string, owners: ReadonlySet<string>): string | null {
  const [target, namespace, release] = file.split('/').slice(-4);
  const own = `${target}/${namespace}/${release}`;
  if (owners.has(own)) return own;
  // A release may have objects elsewhere, such as a route beside its gateway.
  return [...owners].find((key) => key.startsWith(`${target}/`) && key.endsWith(`/${release}`)) ?? null;
}

function releaseDiff(
  key: LockKey,
  before: ReleaseState | null,
  after: ReleaseState | null,
  objects: readonly ObjectChange[],
): ReleaseDiff | null {
  const changes = before && after ? changesOf(factsOf(before.lock.resolved), factsOf(after.lock.resolved), INTENT_FIELDS) : [];
  const same = before && after && flown(before.lock) === flown(after.lock);
  if (same && changes.length === 0 && objects.length === 0) return null;
  const next = changes.some(({ path }) => NEXT.test(path));
  const { kind, words, warnings } = effectOf(before, after, next);
  const { target, namespace, release } = key;
  return {
    target,
    namespace,
    release,
    effect: kind,
    words: [...words, ...aboutPods(objects, kind)],
    changes,
    warnings: [
      ...warnings,
      ...changes.flatMap(({ warning }) => warning ?? []),
      ...(before && after ? together(before, after) : []),
      ...aboutObjects(objects, after?.lock ?? null),
    ],
    objects,
    before,
    after,
  };
}

/** What only the next release does. */
const NEXT = /^(?:strategy|smoke|deadlines|risk)\b/;

/** What a lock says beside the intent. */
const flown = ({ intent: _, resolved: __, ...rest }: Lock): string => canonicalJson(rest);

function aboutPods(objects: readonly ObjectChange[], kind: EffectKind): readonly string[] {
  const { restarting, starting, ending, scaled } = podEffects(objects);
  const sentence = (names: readonly string[], what: string) => (names.length === 0 ? [] : [`${names.join(', ')} ${what}.`]);
  return [
    ...(restarting.length === 0 && kind !== 'gone' ? ['Nothing restarts.'] : []),
    ...scaled.map(({ name, from, to }) => `${name} goes from ${count(from, 'pod')} to ${to}.`),
    ...sentence(starting, starting.length === 1 ? 'is new: its pods start' : 'are new: their pods start'),
    ...sentence(ending, ending.length === 1 ? 'leaves Git: its pods end' : 'leave Git: their pods end'),
  ];
}

function aboutObjects(objects: readonly ObjectChange[], lock: Lock | null): readonly string[] {
  const { restarting } = podEffects(objects);
  const roles = lock ? [lock.stable, lock.inFlight?.candidate].flatMap((one) => (one && 'name' in one ? [one.name] : [])) : [];
  return [
    ...restarting.map((name) => `${name} changes its pod template in place: its pods restart, with no candidate and no gate.`),
    ...selectorChanges(objects, roles).map((name) => `${name} changes its selector: other pods are meant.`),
  ];
}

/** What no single field says. */
function together(before: ReleaseState, after: ReleaseState): readonly string[] {
  if (isWayBack(after)) return [];
  const [was, is] = [highestBeforeApproval(before.plan), highestBeforeApproval(after.plan)];
  const waived = after.plan.approvals.waived;
  const holding = (state: ReleaseState): readonly string[] =>
    state.lock.resolved.risk !== 'high'
      ? []
      : state.lock.resolved.strategy.steps.flatMap((step) =>
          'analysis' in step ? step.analysis.gates.filter(({ onFailure }) => onFailure === 'hold').map(({ name }) => name) : [],
        );
  const [had, has] = [before, after].map(({ lock }) => lock.resolved.scale) as [Scale, Scale];
  const only = [...new Set(holding(after))].filter((name) => !holding(before).includes(name));
  return [
    ...(is > was ? [`Exposure may rise to ${is} % before anybody is asked; it was ${was} %.`] : []),
    ...(waived !== null && before.plan.approvals.waived === null ? [`Approvals are waived by ${oneLine(waived)}: nobody is asked.`] : []),
    ...(had.kind !== has.kind && fewest({ scale: has }) < fewest({ scale: had })
      ? [`There is less capacity: ${count(fewest({ scale: has }), 'pod')} at least; it was ${fewest({ scale: had })}.`]
      : []),
    ...only.map((name) => `Gate ${oneLine(name)} of this release of high risk only holds: users stay on a candidate that failed it.`),
  ];
}

/** A release that goes while one with its image comes: Tidegate moves no traffic from one to the other. */
function withMoves(all: readonly ReleaseDiff[]): readonly ReleaseDiff[] {
  return all.map((one) => {
    if (one.effect !== 'first') return one;
    const from = all.find(
      (other) => other.effect === 'gone' && other.target === one.target && other.before?.lock.stable.image === one.after?.lock.stable.image,
    );
    if (from === undefined) return one;
    const what = from.release === one.release ? `moved from namespace ${from.namespace}` : `named ${from.release} before`;
    return {
      ...one,
      warnings: [
        ...one.warnings,
        `${one.release} seems to be ${what}. To Tidegate these are two releases: nothing moves requests from one to the other. Apply the new one, move its callers, and take the old one out in a later commit.`,
      ],
    };
  });
}
