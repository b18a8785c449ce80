import type { Answer, Askable, Result } from '../gates/providers/index.ts';
import type { Level } from './level.ts';
import type { Status } from './status.ts';

/** What a decision asks of the cluster. Done in order; after one that fails the rest is dropped and everything is read again. */
export type Effect =
  /** All weights that the plan knows, if the route is still the one that was read. */
  | { readonly kind: 'setRoute'; readonly level: Level; readonly resourceVersion: string }
  /** Nothing but a new version of the route, so that a write which is still on its way is refused. */
  | { readonly kind: 'fenceRoute' }
  /** So many pods of the candidate; no other Deployment is ever scaled. */
  | { readonly kind: 'scale'; readonly replicas: number; readonly resourceVersion: string }
  /** Lets a Job begin that was applied suspended. */
  | { readonly kind: 'startJob'; readonly job: string; readonly resourceVersion: string }
  /** Over the status that was read; null: created, if there still is none. */
  | { readonly kind: 'saveStatus'; readonly status: Status; readonly resourceVersion: string | null }
  /** Asks a provider; nobody waits for it, its answer is an event. */
  | { readonly kind: 'ask'; readonly question: Question; readonly provider: Askable | Applied }
  /** A Kubernetes Event; one that cannot be written is lost. */
  | {
      readonly kind: 'announce';
      readonly about: 'route' | 'candidate';
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    }
  | { readonly kind: 'log'; readonly level: 'info' | 'warning' | 'error'; readonly message: string };

/** A ConfigMap of the runner's own: that it is there now, or why not, is an answer as well. */
export interface Applied {
  readonly apply: { readonly metadata: { readonly name: string } };
}

/** What came of a question. Of a write to the cluster there is nothing more to tell. */
export type Said = Result & Partial<Pick<Answer, 'warnings' | 'evidence'>>;

/** What an answer will be about. */
export interface Question {
  /** The gate's, as in the status; `SERVED` for the share that is truly served. */
  readonly key: string;
  /** Names the stretch of time for which the answer counts: a level that was left and seen again is another. */
  readonly epoch: string;
  /** Share of requests in percent that the candidate had. */
  readonly weight: number;
}

/** Names a stretch of time in which the level was held without a break and a gate was not begun anew. */
export const epochOf = ({ run, level, gates }: Status, key: string): string => `${run}:${level.held}:${level.since}:${gates[key]?.since}`;

export const SERVED = 'served';

/** Under this name the API server notes what the runner wrote. */
export const FIELD_MANAGER = 'tidegate-runner';
