/** Time, and the only way in which a runner waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, without complaint, when the signal does. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Milliseconds to wait after so many failures in a row: twice as many each time, and at random from half of them on. */
export function backoff({ first, most }: { readonly first: number; readonly most: number }, failures: number, random: number): number {
  const longest = Math.min(most, first * 2 ** Math.max(0, failures - 1));
  return Math.ceil((longest * (1 + random)) / 2);
}
