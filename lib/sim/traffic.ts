import type { VirtualTime } from './virtual-time.ts';

/** Requests of users, counted by what was truly served. */
export class Traffic {
  total = 0;
  candidate = 0;
  /** Of the candidate's, those that failed. */
  failed = 0;
  private readonly time: VirtualTime;
  private readonly rps: number;
  private since: number;
  private share = 0;
  private errors = 0;

  constructor(time: VirtualTime, rps: number) {
    this.time = time;
    this.rps = rps;
    this.since = time.now;
  }

  /** From now on. @param share of the candidate in percent @param errors share of its answers that fail, 0 to 1 */
  serve(share: number, errors: number): void {
    this.count();
    this.share = share;
    this.errors = errors;
  }

  /** Brings the counts up to now. */
  count(): void {
    const requests = ((this.time.now - this.since) / 1_000) * this.rps;
    this.since = this.time.now;
    this.total += requests;
    this.candidate += (requests * this.share) / 100;
    this.failed += ((requests * this.share) / 100) * this.errors;
  }
}
