interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that passes only when everybody waits: an hour takes as long as what happens in it. */
export class VirtualTime {
  /** Milliseconds since 1970. */
  now = Date.UTC(2026, 0, 5, 9);
  /** Heap by time, then by the order in which timers were set. */
  private readonly timers: Timer[] = [];
  private order = 0;
  private woken = true;

  after(milliseconds: number, run: () => void): void {
    const timer = { at: this.now + Math.max(0, milliseconds), order: this.order++, run };
    const { timers } = this;
    let index = timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(timer, timers[parent] as Timer)) break;
      timers[index] = timers[parent] as Timer;
      index = parent;
    }
    timers[index] = timer;
  }

  /** Code that awaits has been given something: time stands still until it waits again. */
  wake(): void {
    this.woken = true;
  }

  /** Runs until `done`, or for at most this long. */
  async run(milliseconds: number, done: () => boolean = () => false): Promise<void> {
    const end = this.now + milliseconds;
    await null; // from here on this is a microtask
    for (;;) {
      if (this.woken) {
        this.woken = false;
        await everybodyWaits();
      }
      if (done()) return;
      const next = this.timers[0];
      if (next === undefined || next.at > end) break;
      this.shift();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  private shift(): void {
    const { timers } = this;
    const last = timers.pop() as Timer;
    if (timers.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && before(timers[child + 1] as Timer, timers[child] as Timer)) child++;
      if (!before(timers[child] as Timer, last)) break;
      timers[index] = timers[child] as Timer;
      index = child;
    }
    timers[index] = last;
  }
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A tick that is asked for inside a microtask comes after every microtask, however many of them follow from each other. */
const everybodyWaits = () => new Promise<void>((resolve) => process.nextTick(resolve));
