import { type Invocation, textOption, UsageError } from '../command.ts';

/** `--now`, else the clock, in milliseconds since 1970. @throws UsageError */
export function timeOf(invocation: Invocation): number {
  const written = textOption(invocation, 'now');
  if (written === null) return Date.now();
  const time = Date.parse(written);
  if (Number.isNaN(time)) throw new UsageError(`--now takes a time such as 2026-03-01T12:00:00Z, not '${written}'`);
  return time;
}
