import type { Exchange, HttpAnswer } from '../gates/providers/index.ts';
import type { Process } from './process.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What becomes of a flag that a gate has switched off. */
export interface FlagFate {
  /** What the flag service does with a request. */
  readonly service: 'works' | 'works at last' | 'lies' | 'hangs' | 'fails' | 'redirects';
  /** Whether it was the flag that made the candidate bad. */
  readonly cures: boolean;
  /** Share of the time that the plan leaves for it until the pods know it. */
  readonly lag: number;
}

export const FLAG_SERVICE = 'http://flags.shop/off';

/** As often as this it fails before it works at last. */
const FAILURES = 2;

export interface FlagOptions {
  readonly time: VirtualTime;
  readonly fate: FlagFate;
  /** How long the pods take to know it. */
  readonly lagMilliseconds: (remedy: 'flagOff' | 'webhook') => number;
  readonly tried: (process: Process) => void;
  readonly done: (process: Process) => void;
}

/** Where the flag truly stands, and the service that switches it. */
export class Flags {
  private readonly options: FlagOptions;
  /** When the pods know that it is off; null: it is on. */
  private offAt: number | null = null;
  private tries = 0;

  constructor(options: FlagOptions) {
    this.options = options;
  }

  /** The override of the runner's own is there. */
  overridden(): void {
    this.switched('flagOff');
  }

  /** Whether the candidate is well because of it. */
  get cured(): boolean {
    return this.options.fate.cures && this.offAt !== null && this.options.time.now >= this.offAt;
  }

  /** @param others answers everything else */
  exchangeOf(process: Process, others: Exchange): Exchange {
    return (request) => {
      if (request.url !== FLAG_SERVICE) return others(request);
      const { time, fate, tried, done } = this.options;
      tried(process);
      return new Promise((resolve) => {
        let over = false;
        const give = (after: number, answer: HttpAnswer) =>
          time.after(after, () => {
            if (over || !process.alive) return;
            over = true;
            time.wake();
            resolve(answer);
          });
        request.signal?.addEventListener('abort', () => give(0, NOTHING));
        give(request.timeoutMilliseconds, NOTHING);
        this.tries++;
        if (fate.service === 'hangs') return;
        if (fate.service === 'redirects') return give(20, { ...says(302), headers: { location: 'http://169.254.169.254/' } });
        if (fate.service === 'fails' || (fate.service === 'works at last' && this.tries <= FAILURES)) return give(20, says(503));
        // Whoever lies says the same.
        if (fate.service !== 'lies') this.switched('webhook');
        done(process);
        give(20, says(204));
      });
    };
  }

  private switched(remedy: 'flagOff' | 'webhook'): void {
    this.offAt ??= this.options.time.now + this.options.lagMilliseconds(remedy);
  }
}

const NOTHING: HttpAnswer = { kind: 'nothing', message: 'no full answer in time', retryable: true };
const says = (status: number): Extract<HttpAnswer, { kind: 'answer' }> => ({ kind: 'answer', status, headers: {}, text: '' });
