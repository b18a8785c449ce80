import { Duration, type DurationLike } from '../lib/intent/duration.ts';

/** A window of fewer scrapes than this can be empty, or one sample wide, when a single scrape is late. */
const SCRAPES_PER_WINDOW = 4;

/** @throws RangeError unless 0 < value <= 1 */
export function checkRatio(value: number, option: string): number {
  if (!(value > 0 && value <= 1)) throw new RangeError(`${option} is a share above 0 and up to 1 (1 % is 0.01), not ${value}`);
  return value;
}

/** @throws RangeError unless 0 < value < 1 */
export function checkBetween(value: number, option: string, example: string): number {
  if (!(value > 0 && value < 1)) throw new RangeError(`${option} lies between 0 and 1 (${example}), not ${value}`);
  return value;
}

/** @throws RangeError unless value is a finite number >= least */
export function checkNumber(value: number, least: number, option: string): number {
  if (!(Number.isFinite(value) && value >= least)) throw new RangeError(`${option} is a number of at least ${least}, not ${value}`);
  return value;
}

/** @throws RangeError unless value is a finite number > 0 */
export function checkPositive(value: number, option: string): number {
  if (!(Number.isFinite(value) && value > 0)) throw new RangeError(`${option} is a number above 0, not ${value}`);
  return value;
}

/** @throws RangeError unless value is a whole number >= least */
export function checkWhole(value: number, least: number, option: string): number {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new RangeError(`${option} is a whole number of at least ${least}, not ${value}`);
  return value;
}

/**
 * @returns the window as PromQL spells it
 * @throws RangeError unless the window spans four scrapes
 */
export function checkWindow(window: DurationLike, scrapeInterval: Duration, option: string): string {
  const parsed = Duration.parse(window);
  const least = Duration.ofMilliseconds(SCRAPES_PER_WINDOW * scrapeInterval.milliseconds);
  if (parsed.milliseconds < Math.max(1, least.milliseconds))
    throw new RangeError(
      `${option} must span ${SCRAPES_PER_WINDOW} scrapes of ${scrapeInterval}: at least ${least}, not ${parsed}. ` +
        "Widen it, or state the source's scrapeInterval",
    );
  return parsed.toString();
}
