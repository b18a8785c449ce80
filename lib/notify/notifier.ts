import type { ResolvedNotification } from '../intent/resolved.ts';
import { shortHash } from '../plan/hash.ts';
import type { Plan } from '../plan/plan.ts';
import type { Report } from '../runner/run.ts';
import { Courier, type CourierOptions } from './courier.ts';
import { type Happening, happeningsIn, type Seen, stallIn } from './events.ts';
import { messageOf } from './message.ts';

/** What a notifier is told of, and knows people by. */
export interface NotifierOptions extends CourierOptions {
  readonly channels: readonly ResolvedNotification[];
  readonly plan: Plan;
  /** Of the plan. */
  readonly hash: string;
}

/** Of a release at which no look has succeeded. */
const NOTHING_KNOWN: Pick<Report, 'phase' | 'step' | 'weight'> = { phase: 'Starting', step: 0, weight: 0 };

/** Tells every channel what the reports of one runner come to. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #couriers: readonly Courier[];
  #seen: Seen | null = null;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#couriers = options.channels.map((channel) => new Courier(channel, options));
  }

  /** After each look of the runner. */
  report(report: Report): void {
    const { seen, happenings } = happeningsIn(this.#seen, report, this.#options.plan);
    const was = this.#seen?.known;
    // What was waited for has come: a late word of it would call people for nothing.
    if (was && (was.phase !== report.phase || was.step !== report.step)) for (const courier of this.#couriers) courier.forget();
    this.#seen = seen;
    this.#tell(happenings, report);
    this.look();
  }

  /** From time to time: who is silent makes no report. */
  look(): void {
    if (this.#seen === null) return;
    const { seen, happenings } = stallIn(this.#seen, this.#options.clock.now(), this.#options.plan);
    this.#seen = seen;
    this.#tell(happenings, seen.known ?? NOTHING_KNOWN);
    for (const courier of this.#couriers) courier.look();
  }

  #tell(happenings: readonly Happening[], place: Pick<Report, 'phase' | 'step' | 'weight'>): void {
    const { plan, hash, clock } = this.#options;
    for (const happening of happenings) {
      const at = clock.now();
      const { event, reason } = happening;
      const id = `msg_${hash}_${shortHash({ event, reason, step: place.step, at })}`;
      const message = messageOf(happening, place, { plan, hash, at, id });
      for (const courier of this.#couriers) courier.bring(message);
    }
  }
}
