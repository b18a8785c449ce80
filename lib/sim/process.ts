import type { Exchange } from '../gates/providers/index.ts';
import { type Clock, type Connection, type LogLine, type RunnerOptions, runRunner } from '../runner/index.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One run of the runner's program. */
export interface Process {
  readonly number: number;
  /** Name of its plan's ConfigMap. */
  readonly plan: string;
  readonly startedAt: number;
  alive: boolean;
  /** Exit code, once it has ended by itself. */
  code: number | null;
  /** Milliseconds by which its clock is ahead of the true time. */
  skew: number;
}

/** What a process is given; a deliberately broken runner changes some of it on the way. */
export interface Senses {
  readonly connection: Connection;
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** Loads what a plan uses. */
  readonly part: RunnerOptions['part'];
}

export interface Launch {
  readonly process: Process;
  readonly namespace: string;
  readonly senses: Senses;
  readonly random: () => number;
  readonly log: (line: LogLine) => void;
  readonly readFile: (path: string) => Promise<string>;
  readonly options?: Partial<RunnerOptions>;
}

/** Starts the real runner; it lives until it ends by itself or its process is marked as dead. */
export function launch({ process, namespace, senses, random, log, readFile, options = {} }: Launch, crashed: (error: Error) => void): void {
  const { connection, exchange, clock, part } = senses;
  const all = { connection, exchange, clock, readFile, part, namespace, plan: process.plan, random, log, ...options };
  runRunner(all).then(
    (code) => {
      process.code = code;
    },
    (error: Error) => crashed(error),
  );
}

/** A process's clock: its own idea of the date, and sleep by true time. A process that is dead never wakes. */
export function clockOf(process: Process, time: VirtualTime): Clock {
  return {
    now: () => Math.round(time.now + process.skew),
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          signal?.removeEventListener('abort', wake);
          if (!process.alive) return;
          time.wake();
          resolve();
        };
        if (signal?.aborted) return wake();
        signal?.addEventListener('abort', wake);
        time.after(milliseconds, wake);
      }),
  };
}
