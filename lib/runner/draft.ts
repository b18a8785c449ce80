import type { Askable } from '../gates/providers/index.ts';
import type { Measurement } from '../gates/verdict.ts';
import type { Applied, Effect, Question } from './effect.ts';
import { logged, type Phase, type Status } from './status.ts';
import type { World } from './world.ts';

/** Time until the next look. */
export type Pace =
  /** At once, with everything read anew: what is to be done is only done on what is certain. */
  | 'certainly'
  /** At once: something was written, and what it did is the next thing to know. */
  | 'again'
  /** When something changes, or a moment comes that was named. */
  | 'waiting';

/** What one look led to. */
export interface Decision {
  readonly effects: readonly Effect[];
  readonly pace: Pace;
  /** Time (as in the status) at which it is worth looking again although nothing changed; null: there is none. */
  readonly until: number | null;
  readonly phase: Phase;
  readonly step: number;
  readonly weight: number;
  readonly reason: string;
  /** Exit code of a run that ends when it is done; null: it is not. */
  readonly done: number | null;
}

/** Written at least this often while the release goes on. */
const HEARTBEAT_MILLISECONDS = 60_000;
/** What passes may be written this late: a successor measures again. What fails is written at once. */
const SAMPLES_MILLISECONDS = 30_000;
/** So long something may have happened to the route that no watch has told yet. */
export const UNSEEN_MILLISECONDS = 1_000;

/** What holds a release on stable may be the next plan: Git rewrites the route before it drops the plan that was. */
const GIVE_WAY_MILLISECONDS = 30_000;

/** Exit codes of `interfaces.md` by what has become of the release. */
export const EXIT = { promoted: 0, abortedByGate: 10, abortedByPerson: 11, superseded: 12, cannotRun: 20 } as const;

/** A decision in the making: the next status, and what to do before and after it is written. */
export class Draft {
  status: Status;
  /** Moves towards stable do not wait for the status, nor do questions: one that were dropped with it would be waited for. */
  readonly urgent: Effect[] = [];
  readonly later: Effect[] = [];
  pace: Pace = 'waiting';
  reason: string;
  /** Set where what is seen suffices, however old it is: a person's word, or a gate's. */
  certain = false;
  readonly at: number;
  readonly #asks: Effect[] = [];
  #until: number | null = null;
  #changed = false;
  #sampledAt: number | null = null;
  #latestAt = 0;
  #failed = false;

  constructor(status: Status, at: number) {
    this.status = status;
    this.at = at;
    this.reason = status.reason;
  }

  /** A change that must be written before the decision counts. */
  change(change: Partial<Status>): this {
    const phaseSince = change.phase === undefined || change.phase === this.status.phase ? {} : { phaseSince: this.at };
    this.status = { ...this.status, ...change, ...phaseSince };
    this.#changed = true;
    this.pace = 'again';
    return this;
  }

  /** Orders that never count again. */
  consume(...ids: readonly string[]): this {
    return this.change({ consumed: [...new Set([...this.status.consumed, ...ids])] });
  }

  /** A measurement that was counted. */
  sample(change: Pick<Status, 'gates'>, { at, outcome }: Measurement, urgent: boolean): void {
    this.status = { ...this.status, ...change };
    this.#sampledAt = Math.min(this.#sampledAt ?? at, at);
    this.#latestAt = Math.max(this.#latestAt, at);
    this.#failed ||= urgent || outcome === 'fail' || outcome === 'inconclusive';
  }

  ask(question: Question, provider: Askable | Applied): void {
    this.urgent.push({ kind: 'ask', question, provider });
  }

  start(job: string, resourceVersion: string): void {
    this.#asks.push({ kind: 'startJob', job, resourceVersion });
  }

  /** One line on stdout. */
  say(message: string, level: 'info' | 'warning' = 'info'): void {
    this.#asks.push({ kind: 'log', level, message });
  }

  /** One line in the log of the status and on stdout. */
  note(message: string, level: 'info' | 'warning' = 'info'): this {
    this.status = logged(this.status, this.at, message);
    this.later.push({ kind: 'log', level, message });
    return this.change({});
  }

  announce(type: 'Normal' | 'Warning', reason: string, message: string, about: 'route' | 'candidate' = 'candidate'): this {
    this.later.push({ kind: 'announce', about, type, reason, message });
    return this.note(message, type === 'Normal' ? 'info' : 'warning');
  }

  /** Nothing to do but wait for something to change, or for a moment. */
  wait(reason: string, until: number | null = null): this {
    this.reason = reason;
    return until === null ? this : this.by(until);
  }

  /** Look again then at the latest. */
  by(until: number): this {
    this.#until = Math.min(this.#until ?? until, until);
    return this;
  }

  /**
   * @param world with the status that this one replaces
   * @param fresh whether everything was read just now, or may be a moment old
   */
  finish(world: World, fresh: boolean): Decision {
    const { status, at } = this;
    const { resourceVersion } = world.status;
    const outcome = { phase: status.phase, step: status.step, weight: status.level.set.weight, reason: this.reason };
    // Pods and Jobs are as much this plan's business alone as the status is.
    const acts = this.#changed || [...this.later, ...this.#asks].some(({ kind }) => kind === 'scale' || kind === 'startJob');
    if (acts && !fresh && !this.certain) return { effects: [], pace: 'certainly', until: null, done: null, ...outcome };
    const beat = status.phase === 'Aborted' ? null : status.heartbeat + HEARTBEAT_MILLISECONDS;
    const flush =
      this.#sampledAt === null
        ? null
        : this.#failed
          ? at
          : Math.max(this.#sampledAt + SAMPLES_MILLISECONDS, this.#latestAt + UNSEEN_MILLISECONDS);
    const saves = this.#changed || [beat, flush].some((due) => due !== null && due <= at);
    if (!saves) for (const due of [beat, flush]) if (due !== null) this.by(due);
    return {
      effects: [
        ...this.urgent,
        ...(saves ? [{ kind: 'saveStatus', status: { ...status, heartbeat: at, reason: this.reason }, resourceVersion } as const] : []),
        ...this.later,
        ...this.#asks,
      ],
      pace: this.pace,
      until: this.#until,
      done: exitCode(status, at),
      // V8 adds fields after a spread one by one, which takes forty times as long.
      ...outcome,
    };
  }
}

/** Whether an order has been given that did not count yet. */
export const isNew = <Order extends { readonly id: string }>(order: Order | undefined, { consumed }: Status): order is Order =>
  order !== undefined && !consumed.includes(order.id);

/** A reason that somebody gave, as the end of a sentence. */
export const because = ({ reason }: { readonly reason: string }): string => (reason === '' ? '' : `: ${reason}`);

/** A decision that writes nothing to the status. */
export const bystanding = (
  phase: Phase,
  reason: string,
  pace: Pace,
  effects: readonly Effect[] = [],
  done: number | null = null,
): Decision => ({
  effects,
  pace,
  until: null,
  phase,
  step: 0,
  weight: 0,
  reason,
  done,
});

function exitCode(status: Status, at: number): number | null {
  switch (status.phase) {
    case 'Promoted':
      return EXIT.promoted;
    case 'Aborted':
      return status.abort?.by === 'person' ? EXIT.abortedByPerson : EXIT.abortedByGate;
    case 'Held':
      return status.hold?.at === 'stable' && at >= status.hold.since + GIVE_WAY_MILLISECONDS ? EXIT.abortedByGate : null;
    case 'Starting':
    case 'Progressing':
    case 'Aborting':
      return null;
  }
}
