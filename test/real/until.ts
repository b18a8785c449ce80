import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until there is an answer, and throws with the last one after the deadline. Only for real parts, whose time
 * cannot be virtual.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false>,
  options: { readonly seconds?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const { seconds = 30, everyMs = 50 } = options;
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await probe();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`no ${what} after ${seconds} s`);
    await pause(everyMs);
  }
}
