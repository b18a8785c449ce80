import { readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { type Connection, type LogLine, networkExchange, ownPart, runRunner } from '../../runner/index.ts';

export interface Walk {
  readonly connection: Connection;
  readonly namespace: string;
  /** Name of the plan's ConfigMap. */
  readonly plan: string;
  readonly log: (line: LogLine & { readonly time: string }) => void;
  /** Ends the walk after the request that is on its way. */
  readonly signal: AbortSignal;
}

/** Walks a plan from here as the runner's Deployment does in the cluster. @returns an exit code of the runner's own */
export function walk({ log, ...walk }: Walk): Promise<number> {
  return runRunner({
    ...walk,
    clock: {
      now: () => Date.now(),
      sleep: (milliseconds, signal) => after(milliseconds, undefined, signal ? { signal } : {}).catch(() => {}),
    },
    log: (line) => log({ time: new Date().toISOString(), ...line }),
    exchange: networkExchange().exchange,
    part: ownPart,
    readFile: (path) => readFile(path, 'utf8'),
    exit: true,
  });
}
