import { parseImage } from '../intent/image.ts';
import type { ResolvedIntent, ResolvedStrategyStep } from '../intent/resolved.ts';
import { oneLine } from '../plan/words.ts';
import type { Problem } from '../schema/index.ts';
import { flagsName, mountedConfigMaps } from './flags.ts';
import type { Lock, Revision } from './lock.ts';
import { unmetShapes } from './migrations.ts';
import { isTried } from './proven.ts';

/** Who says that nobody is asked before a proven revision gets all requests, as a reader of the plan sees it. */
export const ROLLBACK_WAIVER = 'the merge of a rollback to what was proven';

/** A day: the approval of a rollback at high risk is merged with it. */
const APPROVAL_SECONDS = 86_400;

/**
 * What the short plan of a rollback follows from: the intent with the revision's own image, number of pods and smoke tests, no
 * migration, and everybody at once. Where risk is high a person still agrees: the runner raises nothing without.
 */
export function rollbackIntent(
  intent: ResolvedIntent,
  { image, scale, smoke }: Pick<Revision, 'image' | 'scale' | 'smoke'>,
): ResolvedIntent {
  const { migrations: _, strategy, workload, ...rest } = intent;
  const approval: ResolvedStrategyStep = {
    approval: { name: 'rollback', reason: 'a proven revision gets all requests at once', deadlineSeconds: APPROVAL_SECONDS, count: 1 },
  };
  return {
    ...rest,
    workload: { ...workload, image: parseImage(image) },
    scale,
    smoke: smoke ?? rest.smoke,
    strategy: { kind: strategy.kind, steps: [...(rest.risk === 'high' ? [approval] : []), { weight: 100 }] },
  };
}

/** Smoke tests of a rollback that its revision may fail. */
export interface Untried {
  /** Their names. */
  readonly tests: readonly string[];
  readonly words: string;
}

/** The smoke tests of the rollback in flight of which nothing says that its revision ever passed them; null: there are none. */
export function untriedTests({ inFlight, history }: Lock): Untried | null {
  if (inFlight?.rollback !== true) return null;
  const { candidate, plan } = inFlight;
  const tests = plan.steps.flatMap((step) => (step.kind === 'smoke' ? [step.name] : []));
  const tried = isTried(history, candidate);
  if (tests.length === 0 || (tried && candidate.smoke)) return null;
  const why = tried ? 'the lock does not hold those that proved it' : 'it was declared stable, and no plan has proven it';
  return {
    tests,
    words: `Nothing says that ${candidate.name} passes smoke test ${tests.map(oneLine).join(', ')}: ${why}. Where one fails, all users stay on stable.`,
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
