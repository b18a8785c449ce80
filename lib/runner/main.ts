// The program in the runner's Deployment: everything it is told comes from its environment.
import { readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import type { Connection } from './api.ts';
import type { Clock } from './clock.ts';
import { connect, inCluster } from './connection.ts';
import { EXIT } from './draft.ts';
import { networkExchange } from './exchange.ts';
import type { serve } from './parts/metrics.ts';
import { serveProbes } from './probes.ts';
import { type LogLine, type Report, runRunner } from './run.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A mistake in the Deployment, not in the code. */
class Misconfigured extends Error {}

const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => after(milliseconds, undefined, signal ? { signal } : {}).catch(() => {}),
};
const log = (line: LogLine): void => console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));

/** A file beside this one. Of a folder that is not written out here nothing is bundled. */
const part = (name: string, folder = './') => import(`${folder}${name}.mjs`);

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());

// No await here: the bundle is compacted as a script, see tools/build.mjs.
void main(process.env).then(process.exit);

async function main(env: NodeJS.ProcessEnv): Promise<number> {
  let latest: Report | null = null;
  let tell: ((report: Report) => void) | undefined;
  const notify = env.TIDEGATE_NOTIFY;
  const exit = env.TIDEGATE_EXIT === '1';
  try {
    const bundle = env.TIDEGATE_BUNDLE;
    const changed = bundle && (await part('bundle').then((own) => own.changed(bundle), String));
    // Nobody waits for it, and without it the release goes on. Nothing is loaded beside what nobody reviewed.
    if (notify && !changed)
      import(notify).then((notifier) => {
        tell = notifier.tell;
      }, process.emitWarning);
    const port = whole(env, 'TIDEGATE_METRICS_PORT');
    if (port) {
      let scrape: typeof serve = (_, __, response) => void response.writeHead(503).end();
      if (!changed)
        part('metrics').then((exposition) => {
          scrape = exposition.serve;
        }, process.emitWarning);
      serveProbes(
        port,
        clock.now,
        () => latest,
        (request, response) => scrape(latest, request, response),
      );
    }
    if (changed) throw new Misconfigured(changed);
    return await runRunner({
      connection: ownConnection(env),
      namespace: required(env, 'TIDEGATE_NAMESPACE'),
      plan: required(env, 'TIDEGATE_PLAN'),
      clock,
      log,
      signal: ending.signal,
      exit,
      exchange: networkExchange().exchange,
      part,
      readFile: (path) => readFile(path, 'utf8'),
      onReport: (report) => {
        latest = report;
        tell?.(report);
      },
    });
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    log({ level: 'error', message: error.message });
    if (exit) return EXIT.cannotRun;
    latest = { phase: 'Refused', step: 0, weight: 0, reason: error.message, ready: false, lookedAt: Number.POSITIVE_INFINITY, troubles: 0 };
    // For weeks, which is as long as a timer can.
    await clock.sleep(2_000_000_000, ending.signal);
    return 0;
  }
}

function ownConnection(env: NodeJS.ProcessEnv): Connection {
  const host = required(env, 'KUBERNETES_SERVICE_HOST');
  const port = Number(required(env, 'KUBERNETES_SERVICE_PORT'));
  const directory = env.TIDEGATE_SERVICEACCOUNT_DIR || SERVICE_ACCOUNT;
  try {
    return connect(inCluster({ host, port, directory, now: () => performance.now() }));
  } catch (error) {
    throw new Misconfigured(`the service account in ${directory} cannot be read: ${(error as Error).message}`);
  }
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Misconfigured(`environment variable ${name} is missing: its Deployment sets it`);
  return value;
}

/** 0: it is not there. */
function whole(env: NodeJS.ProcessEnv, name: string): number {
  const value = env[name] || '0';
  if (!/^\d{1,9}$/.test(value)) throw new Misconfigured(`${name} must be a whole number, not '${value}'`);
  return Number(value);
}
