import type { Parts } from './parts/index.ts';
import type { Reviewed } from './read-plan.ts';

/** What a runner walks. */
export interface Release extends Reviewed {
  /** What the plan uses beside the runner's own program. By default nothing. */
  readonly parts?: Parts;
}
