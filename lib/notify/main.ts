// Beside the runner's program, which imports it where a release has notifications and hands it each report. The runner
// waits for nothing here, and no trouble leaves this file: people are told late or not at all, and the release goes on.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { KeyReference } from '../intent/gate.ts';
import type { ResolvedNotification } from '../intent/resolved.ts';
import type { Plan } from '../plan/plan.ts';
import { networkExchange } from '../runner/exchange.ts';
import type { LogLine, Report } from '../runner/run.ts';
import { Notifier } from './notifier.ts';

/**
 * Where `channels.json`, the plan and the keys of Secrets are mounted, beside this file. By the name that the runner was given:
 * the file's own place is a folder that the kubelet replaces whenever a Secret changes.
 */
const directory = dirname(process.env.TIDEGATE_NOTIFY ?? '');
const LOOK_MILLISECONDS = 15_000;
/** The plan's ConfigMap may come after the pod. */
const READ_AGAIN_MILLISECONDS = 10_000;

const log = (line: LogLine): void => console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));
const pause = (milliseconds: number): Promise<void> => after(milliseconds, undefined, { ref: false });
const clock = { now: () => Date.now(), sleep: pause };

let notifier: Notifier | null = null;
let latest: Report | null = null;

/** Takes a report of the runner. Never throws. */
export function tell(report: Report): void {
  latest = report;
  guarded(() => notifier?.report(report));
}

void begin().catch((error: Error) => log({ level: 'warning', message: `nobody is notified: ${error.message}` }));

async function begin(): Promise<void> {
  const [channels, { hash, ...plan }] = await Promise.all([
    read<readonly ResolvedNotification[]>('channels.json'),
    read<Plan & { readonly hash: string }>('plan.json'),
  ]);
  notifier = new Notifier({ channels, plan, hash, clock, log, exchange: networkExchange().exchange, readKey });
  if (latest !== null) tell(latest);
  setInterval(() => guarded(() => notifier?.look()), LOOK_MILLISECONDS).unref();
}

async function read<T>(name: string): Promise<T> {
  for (let said = false; ; said = true) {
    try {
      return JSON.parse(await readFile(join(directory, name), 'utf8')) as T;
    } catch (error) {
      if (!said) log({ level: 'warning', message: `nobody is notified until ${name} can be read: ${(error as Error).message}` });
    }
    await pause(READ_AGAIN_MILLISECONDS);
  }
}

async function readKey(kind: 'Secret' | 'ConfigMap', { name, key }: KeyReference): Promise<string> {
  const text = await readFile(join(directory, kind === 'Secret' ? 'secrets' : 'configMaps', name, key), 'utf8').catch(() => {
    throw new Error(`${kind} ${name} with the key '${key}' is not there`);
  });
  return text.trim();
}

function guarded(act: () => void): void {
  try {
    act();
  } catch (error) {
    log({ level: 'warning', message: `a notification failed: ${(error as Error).message}` });
  }
}
