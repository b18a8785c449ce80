import type { Lock } from '../../lock/lock.ts';

/** Where a GitOps tool finds the manifests of one target. */
export interface Source {
  readonly target: string;
  /** Address of the repository. */
  readonly repository: string;
  /** Branch that is applied. */
  readonly branch: string;
  /** Folder of the target's manifests, such as `dist/production`. */
  readonly path: string;
  /** What lies there. */
  readonly locks: readonly Lock[];
}
