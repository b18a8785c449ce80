import { decide } from './decide.ts';
import type { Decision } from './draft.ts';
import type { Effect } from './effect.ts';
import type { Release } from './read-plan.ts';
import type { World } from './world.ts';

/** What a runner process knows: its release, and what its latest look led to. Nothing in it must survive the process. */
export interface State {
  readonly release: Release;
  /** Whether this process has seen the status name its plan. */
  readonly owned: boolean;
  readonly latest: Omit<Decision, 'effects'> | null;
}

/** Time enters here and nowhere else; `at` is milliseconds since 1970. */
export type Event =
  | { readonly kind: 'looked'; readonly at: number; readonly world: World }
  /** An effect was refused or lost; what follows it was dropped. */
  | { readonly kind: 'failed'; readonly at: number; readonly effect: Effect; readonly why: string };

export const newState = (release: Release): State => ({ release, owned: false, latest: null });

/** The runner's whole logic: what happened, and what to do about it. */
export function reduce(state: State, event: Event): { readonly state: State; readonly effects: readonly Effect[] } {
  switch (event.kind) {
    case 'looked': {
      const owned = state.owned || event.world.status.kind === 'ours';
      const { effects, ...latest } = decide(state.release, event.world, event.at, state.owned);
      const said = state.latest?.phase === latest.phase && state.latest.reason === latest.reason;
      const silent = said || latest.reason === '' || effects.some((effect) => effect.kind === 'log');
      const line: Effect = { kind: 'log', level: 'info', message: latest.reason };
      return { state: { ...state, owned, latest }, effects: silent ? effects : [...effects, line] };
    }
    case 'failed': {
      const message = `${event.effect.kind} was not done, so everything is read again: ${event.why}`;
      return { state, effects: [{ kind: 'log', level: 'warning', message }] };
    }
  }
}
