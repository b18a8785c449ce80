import type { IConstruct } from 'constructs';
import { isExternal, type Lock } from '../lock/lock.ts';

/**
 * What Git records as proven, for workers, CronJobs and other objects that run the same image. It changes when a release
 * is recorded, so they follow then, and a candidate that fails never reaches them.
 */
export interface StableRevision {
  /** `registry/repository[:tag]@sha256:...`. */
  readonly image: string;
  /** Name of the revision and of its Deployment: `web-1a2b3c4d`. */
  readonly revision: string;
  /** Tag of the image; null where it has none, or where the revision is not Tidegate's. */
  readonly version: string | null;
}

export function stableOf({ stable }: Pick<Lock, 'stable'>): StableRevision {
  if (isExternal(stable)) return { image: stable.image, revision: stable.deployment, version: null };
  return { image: stable.image, revision: stable.name, version: stable.version };
}

const TARGET = Symbol.for('tidegate.target');

/** Says that what is made in a scope is emitted for one target alone. */
export function onlyOn(scope: IConstruct, target: string): void {
  Object.defineProperty(scope, TARGET, { value: target });
}

/** The one target that an object is for; null: all of them. */
export function targetOf(construct: IConstruct): string | null {
  for (let scope: IConstruct | undefined = construct; scope; scope = scope.node.scope) {
    const target = (scope as { readonly [TARGET]?: string })[TARGET];
    if (target !== undefined) return target;
  }
  return null;
}
