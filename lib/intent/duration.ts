const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;

/** A span of time. Written `'90s'`, `'5m'`, `'1h30m'`, or built with `seconds(90)`, `minutes(5)`. */
export class Duration {
  readonly milliseconds: number;

  private constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  /** @throws RangeError unless `milliseconds` is a whole, finite number >= 0 */
  static ofMilliseconds(milliseconds: number): Duration {
    if (!Number.isSafeInteger(milliseconds) || milliseconds < 0)
      throw new RangeError(`a duration is a whole number of milliseconds >= 0, not ${milliseconds}`);
    return new Duration(milliseconds);
  }

  /**
   * Reads `'500ms'`, `'90s'`, `'5m'`, `'1h30m'`, `'7d'`.
   * @throws RangeError for anything else, with an example of what is accepted
   */
  static parse(text: DurationLike): Duration {
    if (typeof text !== 'string') {
      if (text instanceof Duration) return text;
      throw new RangeError(`a duration is written '90s', '5m' or '1h30m', not ${JSON.stringify(text)}`);
    }
    let total = 0;
    PART.lastIndex = 0;
    let end = 0;
    for (let part = PART.exec(text); part; part = PART.exec(text)) {
      total += Number(part[1]) * UNITS[part[2] as keyof typeof UNITS];
      end = PART.lastIndex;
    }
    if (end === 0 || end !== text.length) throw new RangeError(`a duration is written '90s', '5m' or '1h30m', not '${text}'`);
    return Duration.ofMilliseconds(Math.round(total));
  }

  /** Whole seconds, rounded up: Kubernetes fields know no smaller unit. */
  get seconds(): number {
    return Math.ceil(this.milliseconds / 1_000);
  }

  /** The shortest exact spelling: `5m`, `1h30m`, `90s` becomes `1m30s`. */
  toString(): string {
    let rest = this.milliseconds;
    if (rest === 0) return '0s';
    let text = '';
    for (const [unit, size] of Object.entries(UNITS).reverse()) {
      if (unit === 'd') continue; // Go and Kubernetes durations end at hours
      const count = Math.floor(rest / size);
      if (count > 0) text += `${count}${unit}`;
      rest -= count * size;
    }
    return text;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A duration, or its spelling: `minutes(5)`, `'5m'`. */
export type DurationLike = Duration | string;

export const milliseconds = (count: number): Duration => Duration.ofMilliseconds(count);
export const seconds = (count: number): Duration => Duration.ofMilliseconds(Math.round(count * UNITS.s));
export const minutes = (count: number): Duration => Duration.ofMilliseconds(Math.round(count * UNITS.m));
export const hours = (count: number): Duration => Duration.ofMilliseconds(Math.round(count * UNITS.h));
export const days = (count: number): Duration => Duration.ofMilliseconds(Math.round(count * UNITS.d));
