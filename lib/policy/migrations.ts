import { COMPONENT_LABEL, CONTRACTS_ANNOTATION, MIGRATION_ANNOTATION, UNUSED_SHAPES_ANNOTATION } from '../lock/labels.ts';
import { targetOf } from './bundles.ts';
import { SERVING } from './pods.ts';
import type { Entry } from './read/objects.ts';
import type { Context } from './rule.ts';
import { at, numberAt, textAt } from './shape.ts';

/** `expand` or `contract`, as a Job says of itself; whatever else stands there; null for other Jobs. */
export const migrationKind = ({ kind, value }: Entry): string | null =>
  kind === 'batch/Job' ? textAt(value, 'metadata', 'annotations', MIGRATION_ANNOTATION) : null;

/** The expand migration whose old shape a contract takes away. */
export const contractedBy = ({ value }: Entry): string | null => textAt(value, 'metadata', 'annotations', CONTRACTS_ANNOTATION);

/** Whether a step of a plan waits for a migration. */
export const isMigrationStep = (step: unknown): boolean => at(step, 'kind') === 'smoke' && at(step, 'test', 'migration') !== undefined;

/** The workloads with pods of a Job's release that do not say that they have stopped to use the old shape of an expand migration. */
export function needing(shape: string, job: Entry, { set, releases }: Context): readonly Entry[] {
  const release = releases.nameOf(job);
  return SERVING.flatMap((kind) => set.ofKind(kind)).filter(
    (entry) =>
      releases.nameOf(entry) === release &&
      entry.id.namespace === job.id.namespace &&
      targetOf(entry) === targetOf(job) &&
      textAt(entry.value, 'metadata', 'labels', COMPONENT_LABEL) === null &&
      // A cold revision uses nothing; what it needs is looked at again before it may come back.
      numberAt(entry.value, 'spec', 'replicas') !== 0 &&
      !unusedShapes(entry).includes(shape),
  );
}

const unusedShapes = ({ value }: Entry): readonly string[] =>
  textAt(value, 'metadata', 'annotations', UNUSED_SHAPES_ANNOTATION)
    ?.split(',')
    .map((name) => name.trim()) ?? [];
