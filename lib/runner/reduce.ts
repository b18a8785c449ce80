import { decide } from './decide.ts';
import type { Decision } from './draft.ts';
import { type Effect, type Question, type Said, SERVED } from './effect.ts';
import { isUnsaved } from './judging.ts';
import type { Answered } from './memory.ts';
import type { Release } from './release.ts';
import type { World } from './world.ts';

/** What a runner process knows: its release, and what its latest look led to. Nothing in it must survive the process. */
export interface State {
  readonly release: Release;
  /** Whether this process has seen the status name its plan. */
  readonly owned: boolean;
  /** Whether it was another plan's after that. */
  readonly lost: boolean;
  readonly latest: Omit<Decision, 'effects'> | null;
  /** The reason that was last told on stdout. */
  readonly said: string;
  /** Answers that the status does not hold yet. */
  readonly answers: readonly Answered[];
  /** Keys of the questions that are on their way, and of all that were ever asked. */
  readonly waiting: ReadonlySet<string>;
  readonly asked: ReadonlySet<string>;
}

/** Time enters here and nowhere else; `at` is milliseconds since 1970. */
export type Event =
  /** @param fresh whether everything was read just now, or is what watches told */
  | { readonly kind: 'looked'; readonly at: number; readonly world: World; readonly fresh: boolean }
  | { readonly kind: 'answered'; readonly at: number; readonly question: Question; readonly answer: Said }
  /** An effect was refused or lost; what follows it was dropped. */
  | { readonly kind: 'failed'; readonly at: number; readonly effect: Effect; readonly why: string };

export interface Reduced {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const newState = (release: Release): State => ({
  release,
  owned: false,
  lost: false,
  latest: null,
  said: '',
  answers: [],
  waiting: new Set(),
  asked: new Set(),
});

/** The runner's whole logic: what happened, and what to do about it. */
export function reduce(state: State, event: Event): Reduced {
  switch (event.kind) {
    case 'looked':
      return looked(state, event);
    case 'answered': {
      const { question, answer, at } = event;
      const waiting = new Set(state.waiting);
      waiting.delete(question.key);
      return { state: { ...state, waiting, answers: [...state.answers, { question, answer, at, seen: false }] }, effects: [] };
    }
    case 'failed': {
      const message = `${event.effect.kind} was not done, all is read again: ${event.why}`;
      return { state, effects: [{ kind: 'log', level: 'warning', message }] };
    }
  }
}

function looked(state: State, { world, at, fresh }: Extract<Event, { kind: 'looked' }>): Reduced {
  const { release, waiting, asked, owned } = state;
  const lost = owned && (world.status.kind === 'otherPlan' || (state.lost && world.status.kind !== 'ours'));
  const status = world.status.kind === 'ours' ? world.status.status : null;
  const answers = status === null ? [] : latestServed(state.answers.filter((answer) => isUnsaved(status, answer, at)));
  const latest = decide(release, world, at, { owned, lost, fresh, answers, asking: { waiting, asked } });
  const { effects } = latest;
  if (latest.pace === 'certainly') return { state: { ...state, lost, latest }, effects };
  const keys = effects.flatMap((effect) => (effect.kind === 'ask' ? [effect.question.key] : []));
  const { reason } = latest;
  const told = effects.map((effect) => (effect.kind === 'log' ? effect.message : '')).join('');
  // A decision that has said something else says its reason with the next look, if it is still the same then.
  const silent = told !== '' || reason === state.said;
  const line: Effect = { kind: 'log', level: 'info', message: reason };
  return {
    state: {
      release,
      owned: owned || status !== null,
      lost,
      latest,
      said: silent && !told.includes(reason) ? state.said : reason,
      answers: answers.map((answer) => (answer.seen ? answer : { ...answer, seen: true })),
      waiting: keys.length === 0 ? waiting : new Set([...waiting, ...keys]),
      asked: keys.every((key) => asked.has(key)) ? asked : new Set([...asked, ...keys]),
    },
    effects: silent ? effects : [...effects, line],
  };
}

/** Of what was seen to be served, only the latest says something. */
function latestServed(answers: readonly Answered[]): readonly Answered[] {
  const served = answers.filter(({ question }) => question.key === SERVED);
  return served.length < 2 ? answers : answers.filter((answer) => answer.question.key !== SERVED || answer === served.at(-1));
}
