import type { ApiObject } from 'cdk8s';
import { canonicalJson } from '../plan/hash.ts';
import { describeObject, type KubeObject, type ObjectMeta, type Problem, type SourceLocation } from '../schema/index.ts';

/** Whose object an ApiObject is, and what it was made as. */
export interface Owned {
  readonly release: string;
  readonly target: string;
  readonly object: KubeObject;
  /** The line of the defaults that it follows from; null where the release itself says it. */
  readonly cause: SourceLocation | null;
}

/** On the construct itself, so that every copy of this package in a program knows it. */
const OWNED = Symbol.for('tidegate.owned');

/** Remembers that a Release made this ApiObject. */
export function own(construct: ApiObject, owned: Owned): void {
  Object.defineProperty(construct, OWNED, { value: owned });
}

/** What a Release emitted as an ApiObject, and for which target; null for anybody else's construct. */
export function ownedObject(construct: object): Owned | null {
  return (construct as { readonly [OWNED]?: Owned })[OWNED] ?? null;
}

/** Says so when an object is about to be emitted other than its release made it; a chart may add labels and annotations. */
export function changedProblem(emitted: KubeObject, { release, object }: Owned): Problem | null {
  if (sameContent(emitted, object)) return null;
  return {
    message: `${describeObject(object)} of release '${release}' was changed after the release made it.`,
    help: 'A release is what its lock says: put additions to the pod template into `podTemplate`.',
  };
}

function sameContent(emitted: KubeObject, made: KubeObject): boolean {
  const rest = ({ metadata: { labels, annotations, ...meta }, ...object }: KubeObject) => canonicalJson({ ...object, meta });
  return (
    rest(emitted) === rest(made) &&
    holds(emitted.metadata.labels, made.metadata.labels) &&
    holds(emitted.metadata.annotations, made.metadata.annotations)
  );
}

function holds(emitted: ObjectMeta['labels'], made: ObjectMeta['labels']): boolean {
  return Object.entries(made ?? {}).every(([key, value]) => emitted?.[key] === value);
}
