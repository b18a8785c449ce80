import { ProblemError } from '../schema/problem.ts';
import type { Gates } from './canary.ts';
import type { Analysis, Approval, BlueGreen } from './strategy.ts';

/** An analysis that asks something. */
export interface Watched extends Analysis {
  readonly gates: Gates;
}

export interface BlueGreenProps extends Pick<BlueGreen, 'keepOld'> {
  /** Judged while the candidate runs beside stable and no user sees it. */
  readonly preview: Watched;
  /** What the person is told who lets all requests go over. */
  readonly approval?: Approval;
  /** Judged once all requests go to the candidate, and until Git says that it is stable. */
  readonly after: Watched;
}

/**
 * All requests at once: the candidate runs at full capacity behind the preview Service `<release>-canary`, gates judge
 * it there, a person says yes, and all requests move over. The old revision keeps its pods, so that they can move back at
 * once.
 *
 *     blueGreen({ preview: { gates: [checkout], watch: '10m' }, after: { gates: [errors] }, keepOld: '1h' })
 *
 * @throws ProblemError for a list without gates that only run time can see
 */
export function blueGreen({ preview, approval, after, keepOld }: BlueGreenProps): BlueGreen {
  const empty = Object.entries({ preview, after }).filter(([, { gates }]) => gates.length === 0);
  if (empty.length > 0)
    throw new ProblemError(empty.map(([part]) => ({ message: 'an analysis needs at least one gate.', path: `strategy.${part}.gates` })));
  return {
    kind: 'blueGreen',
    preview,
    after,
    ...(approval === undefined ? {} : { approval }),
    ...(keepOld === undefined ? {} : { keepOld }),
  };
}
