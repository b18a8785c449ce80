import type { Status } from './status.ts';

/** What a decision asks of the cluster. Done in order; after one that fails the rest is dropped and everything is read again. */
export type Effect =
  /** Both weights of every split, if the route is still the one that was read. */
  | { readonly kind: 'routeWeight'; readonly weight: number; readonly resourceVersion: string }
  | { readonly kind: 'scale'; readonly deployment: string; readonly replicas: number; readonly resourceVersion: string }
  /** Over the status that was read; null: created, if there still is none. */
  | { readonly kind: 'saveStatus'; readonly status: Status; readonly resourceVersion: string | null }
  /** A Kubernetes Event; one that cannot be written is lost. */
  | { readonly kind: 'announce'; readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }
  | { readonly kind: 'log'; readonly level: 'info' | 'warning' | 'error'; readonly message: string };

/** Under this name the API server notes what the runner wrote. */
export const FIELD_MANAGER = 'tidegate-runner';
