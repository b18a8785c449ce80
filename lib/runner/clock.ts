/** Time, and the only way in which a runner waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, without complaint, when the signal does. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
