import { planDuration } from '../plan/duration.ts';
import { summary } from '../plan/words.ts';
import type { Diff, ReleaseDiff } from './diff.ts';
import { type ObjectChange, objectDiff } from './diff-objects.ts';

/** Where the change began. */
export interface DiffBase {
  readonly ref: string;
  readonly commit: string;
  readonly how: 'shared' | 'itself';
}

/** For programs. Stable: fields are added, never renamed or removed. */
export function diffJson({ releases, untouched, repository, others }: Diff, base: DiffBase, notes: readonly string[]): string {
  const view = { version: 1, base, releases: releases.map(release), untouched, repository, others: others.map(object), notes };
  return `${JSON.stringify(view, null, 2)}\n`;
}

function release({ release, namespace, target, effect, words, warnings, changes, objects, after }: ReleaseDiff) {
  const { inFlight } = after?.lock ?? {};
  return {
    release,
    namespace,
    target,
    effect,
    words,
    warnings,
    changes,
    /** The plan that is in flight once the change is applied. */
    plan:
      after && inFlight
        ? { hash: inFlight.hash, attempt: inFlight.plan.attempt, summary: summary(after.plan), duration: planDuration(after.plan) }
        : null,
    objects: objects.map(object),
  };
}

const object = (changed: ObjectChange) => ({
  file: changed.file,
  change: changed.change,
  name: changed.name,
  diff: objectDiff(changed),
});
