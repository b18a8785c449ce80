import type { Clock } from '../../lib/runner/index.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that passes only when everybody waits. */
export class VirtualTime {
  now = Date.UTC(2026, 0, 5, 9);
  /** How far the clocks of processes are off, in milliseconds; not what they wait. */
  offset = 0;
  private readonly timers: Timer[] = [];
  private order = 0;

  after(milliseconds: number, run: () => void): void {
    const timer = { at: this.now + Math.max(0, milliseconds), order: this.order++, run };
    let index = this.timers.length;
    while (index > 0 && (this.timers[index - 1] as Timer).at > timer.at) index--;
    this.timers.splice(index, 0, timer);
  }

  /** Runs until `done`, or for at most this long. */
  async run(milliseconds: number, done: () => boolean = () => false): Promise<void> {
    const end = this.now + milliseconds;
    await turn();
    while (!done()) {
      const next = this.timers[0];
      if (next === undefined || next.at > end) break;
      this.timers.shift();
      this.now = next.at;
      next.run();
      await turn();
    }
    if (!done()) this.now = end;
  }

  /** A clock for a process; a process that is dead never wakes. */
  clock(alive: () => boolean): Clock {
    return {
      now: () => this.now + this.offset,
      sleep: (milliseconds, signal) =>
        new Promise((resolve) => {
          const wake = () => alive() && resolve();
          if (signal?.aborted) return wake();
          signal?.addEventListener('abort', wake, { once: true });
          this.after(milliseconds, wake);
        }),
    };
  }
}

/** Lets everything that is not waiting for time run as far as it can. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
