import type { Effect } from './effect.ts';
import { logged, type Phase, type Status } from './status.ts';

/** Time until the next look; something sooner when the decision knows a moment at which something ends. */
export type Pace =
  /** At once: something was written, and what it did is the next thing to know. */
  'again' | 'acting' | 'waiting';

/** What one look led to. */
export interface Decision {
  readonly effects: readonly Effect[];
  readonly pace: Pace;
  /** Time (as in the status) at which it is worth looking again although nothing changed. */
  readonly until: number | null;
  readonly phase: Phase;
  readonly step: number;
  readonly weight: number;
  readonly reason: string;
  /** Exit code of a run that ends when it is done; null: it is not. */
  readonly done: number | null;
}

/** Written at most this often while nothing else changes. */
const HEARTBEAT_MILLISECONDS = 60_000;

/** Exit codes of `interfaces.md` by what has become of the release. */
export const EXIT = { promoted: 0, abortedByGate: 10, abortedByPerson: 11, superseded: 12, cannotRun: 20 } as const;

/** A decision in the making: the next status, and what to do before and after it is written. */
export class Draft {
  status: Status;
  /** Moves towards stable do not wait for the status. */
  readonly urgent: Effect[] = [];
  readonly later: Effect[] = [];
  pace: Pace = 'acting';
  until: number | null = null;
  reason: string;
  readonly at: number;
  private changed = false;

  constructor(status: Status, at: number) {
    this.status = status;
    this.at = at;
    this.reason = status.reason;
  }

  /** A change that must be written before the decision counts. */
  change(change: Partial<Status>): this {
    this.status = { ...this.status, ...change };
    this.changed = true;
    this.pace = 'again';
    return this;
  }

  /** One line in the log of the status and on stdout. */
  note(message: string, level: 'info' | 'warning' = 'info'): this {
    this.status = logged(this.status, this.at, message);
    this.later.push({ kind: 'log', level, message });
    return this.change({});
  }

  announce(type: 'Normal' | 'Warning', reason: string, message: string): this {
    this.later.push({ kind: 'announce', type, reason, message });
    return this.note(message, type === 'Normal' ? 'info' : 'warning');
  }

  /** Nothing to do but look again. */
  wait(reason: string, pace: Pace = 'acting', until: number | null = null): this {
    this.reason = reason;
    if (this.pace !== 'again') this.pace = pace;
    this.until = until;
    return this;
  }

  /** @param resourceVersion of the status that this one replaces, null where there is none */
  finish(resourceVersion: string | null): Decision {
    const { status } = this;
    const beats = status.phase !== 'Aborted' && this.at - status.heartbeat >= HEARTBEAT_MILLISECONDS;
    const saves = this.changed || beats;
    const next: Status = { ...status, heartbeat: this.at, reason: this.reason };
    return {
      effects: [...this.urgent, ...(saves ? [{ kind: 'saveStatus', status: next, resourceVersion } as const] : []), ...this.later],
      pace: this.pace,
      until: this.until,
      phase: status.phase,
      step: status.step,
      weight: status.weight.set,
      reason: this.reason,
      done: exitCode(status),
    };
  }
}

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

function exitCode(status: Status): number | null {
  switch (status.phase) {
    case 'Promoted':
      return EXIT.promoted;
    case 'Aborted':
      return status.abort?.by === 'person' ? EXIT.abortedByPerson : EXIT.abortedByGate;
    case 'Held':
      return status.hold?.at === 'stable' ? EXIT.abortedByGate : null;
    case 'Starting':
    case 'Progressing':
    case 'Aborting':
      return null;
  }
}
