import { parseImage } from '../intent/image.ts';
import type { ResolvedIntent, ResolvedStrategyStep } from '../intent/resolved.ts';
import type { Problem } from '../schema/index.ts';
import { flagsName, mountedConfigMaps } from './flags.ts';
import type { Lock, Revision } from './lock.ts';
import { unmetShapes } from './migrations.ts';

/** Who says that nobody is asked before a proven revision gets all requests, as a reader of the plan sees it. */
export const ROLLBACK_WAIVER = 'the merge of a rollback to what was proven';

/** A day: the approval of a rollback at high risk is merged with it. */
const APPROVAL_SECONDS = 86_400;

/**
 * What the short plan of a rollback follows from: the intent with the revision's own image and number of pods, no migration,
 * and everybody at once. Where risk is high a person still agrees: the runner raises nothing without.
 */
export function rollbackIntent(intent: ResolvedIntent, { image, scale }: Pick<Revision, 'image' | 'scale'>): ResolvedIntent {
  const { migrations: _, strategy, workload, ...rest } = intent;
  const approval: ResolvedStrategyStep = {
    approval: { name: 'rollback', reason: 'a proven revision gets all requests at once', deadlineSeconds: APPROVAL_SECONDS, count: 1 },
  };
  return {
    ...rest,
    workload: { ...workload, image: parseImage(image) },
    scale,
    strategy: { kind: strategy.kind, steps: [...(rest.risk === 'high' ? [approval] : []), { weight: 100 }] },
  };
}

/** Why a proven revision cannot come back: what it needs is gone. */
export function rollbackProblems(lock: Lock, revision: Revision): readonly Problem[] {
  const { release, resolved } = lock;
  const shapes = unmetShapes(revision, lock).map(
    ({ name, of }): Problem => ({
      message: `${revision.name} cannot come back: it needs the old shape of '${of}', which contract migration '${name}' took away, or may have.`,
      help: `Release a fix instead; or restore the shape by an expand migration and release the old image with it, which is a new revision.`,
    }),
  );
  const held = [
    ...revision.objects.configMaps.map(({ metadata }) => metadata.name),
    ...((resolved.flags ?? []).length > 0 ? [flagsName(release)] : []),
  ];
  const missing = mountedConfigMaps(revision).filter((name) => isOwn(name, release) && !held.includes(name));
  return [
    ...shapes,
    ...missing.map(
      (name): Problem => ({
        message: `${revision.name} cannot come back: its pods need ConfigMap ${name}, which Git no longer has, and would not start.`,
        help:
          name === flagsName(release)
            ? 'Put a flag back into the intent and run `tidegate synth` first: then the ConfigMap is there again.'
            : 'Release a fix instead.',
      }),
    ),
  ];
}

/** Whether a ConfigMap is one that Tidegate makes: others may begin with the release's name, and are not looked for in Git. */
const isOwn = (name: string, release: string): boolean =>
  name === flagsName(release) || (name.startsWith(`${release}-`) && /^.+-[0-9a-f]{8}$/.test(name.slice(release.length + 1)));
