import type { ApiObject } from 'cdk8s';
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
  const rest = ({ metadata: { labels, annotations, ...meta }, ...object }: KubeObject) => ({ ...object, metadata: meta });
  return (
    isSame(rest(emitted), rest(made)) &&
    holds(emitted.metadata.labels, made.metadata.labels) &&
    holds(emitted.metadata.annotations, made.metadata.annotations)
  );
}

/** Whether two values are the same JSON, in whatever order their keys are. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [fieldsOf(one), fieldsOf(other)];
  return left.length === right.length && left.every(([key, value]) => Object.hasOwn(other, key) && isSame(value, Object(other)[key]));
}

const fieldsOf = (value: object) => Object.entries(value).filter(([, field]) => field !== undefined);

function holds(emitted: ObjectMeta['labels'], made: ObjectMeta['labels']): boolean {
  return Object.entries(made ?? {}).every(([key, value]) => emitted?.[key] === value);
}
