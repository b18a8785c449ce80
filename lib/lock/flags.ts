import type { ResolvedIntent } from '../intent/resolved.ts';
import { canonicalJson } from '../plan/hash.ts';
import type { Problem } from '../schema/index.ts';
import { isExternal, type Lock, type Revision } from './lock.ts';
import { at } from './revision.ts';

/** Name of the ConfigMap that holds a release's flags, as pods mount it. */
export const flagsName = (release: string): string => `${release}-flags`;

/** Whether two intents differ in their flags and in nothing else: then nothing may move but the ConfigMap. */
export function differInFlagsAlone(
  { flags: before = [], ...one }: ResolvedIntent,
  { flags: after = [], ...other }: ResolvedIntent,
): boolean {
  return canonicalJson(before) !== canonicalJson(after) && canonicalJson(one) === canonicalJson(other);
}

/**
 * Flags that are taken out of the intent while pods mount their ConfigMap, which goes with the last of them: those that run
 * keep their copy, and no new one would start.
 * @param wanted the revision that the intent describes, where it may be a new one
 */
export function removedFlagsProblems(lock: Lock, { flags = [] }: ResolvedIntent, wanted: Revision | null): readonly Problem[] {
  if (flags.length > 0 || (lock.resolved.flags ?? []).length === 0) return [];
  const name = flagsName(lock.release);
  const carried: readonly (readonly [role: string, revision: Revision])[] = [
    ...(isExternal(lock.stable) ? [] : [['stable', lock.stable] as const]),
    ...(lock.inFlight ? [['in flight', lock.inFlight.candidate] as const] : []),
    ...lock.retiring.map(({ revision }) => ['retiring', revision] as const),
    ...(wanted ? [['this release', wanted] as const] : []),
  ];
  const mounting = carried
    .filter(([, { rev }], index) => carried.findIndex(([, other]) => other.rev === rev) === index)
    .filter(([, revision]) => mountedConfigMaps(revision).includes(name))
    .map(([role, revision]) => `${revision.name} (${role})`);
  if (mounting.length === 0) return [];
  return [
    {
      path: 'flags',
      message: `with the last flag ConfigMap ${name} goes, which ${mounting.join(', ')} still ${mounting.length === 1 ? 'mounts: its' : 'mount: their'} new pods would not start.`,
      help: `Keep the flag and first release code that no longer mounts ${name}; remove the flag once Git carries no revision that does. A release that brought it is given up with the flag left in.`,
    },
  ];
}

/** Names of the ConfigMaps without which a revision's pods do not start. */
export function mountedConfigMaps({ objects }: Pick<Revision, 'objects'>): readonly string[] {
  return [...new Set(namesIn(at(objects.deployment, 'spec', 'template', 'spec')))];
}

const REFERENCES: readonly string[] = ['configMap', 'configMapRef', 'configMapKeyRef'];

/** ConfigMaps that pods need to start: as a volume or a part of one, or as environment. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = at(inner, 'name');
    const own = REFERENCES.includes(key) && typeof name === 'string' && at(inner, 'optional') !== true ? [name] : [];
    return [...own, ...namesIn(inner)];
  });
}
