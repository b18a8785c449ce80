import { spawn } from 'node:child_process';
import type { Credential, Credentials } from '../runner/connection.ts';
import { member } from '../runner/json.ts';
import { type Problem, ProblemError } from '../schema/index.ts';

/** A program that logs a person in, as a kubeconfig names it (client.authentication.k8s.io, v1 and v1beta1). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  readonly provideClusterInfo?: boolean;
  readonly installHint?: string;
  /** What it is told of the cluster, if it wants to know. */
  readonly cluster: object;
  /** Where it is written. */
  readonly origin: Pick<Problem, 'path' | 'at'>;
}

export interface ExecOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Time enough for a person to log in with a browser. */
const TIMEOUT_MILLISECONDS = 300_000;
const LARGEST_OUTPUT = 1024 * 1024;
/** A plugin rests for as long, even where its credential is refused at once, has expired already, or is none. */
const YOUNG_MILLISECONDS = 10_000;

/** What a plugin answers, kept until it expires or is refused. Requests that come meanwhile wait for the same answer. */
export function execCredentials(plugin: ExecPlugin, { env, now }: ExecOptions): Credentials {
  let held: { readonly credential: Promise<Credential>; at: number; until: number } | null = null;
  return {
    current: () => {
      if (held === null || now() >= held.until) {
        const run = login(plugin, env);
        const next = {
          credential: run.then(({ credential }) => credential),
          at: Number.POSITIVE_INFINITY,
          until: Number.POSITIVE_INFINITY,
        };
        const ended = (until: number) => Object.assign(next, { at: now(), until });
        run.then(
          ({ until }) => ended(Math.max(until, now() + YOUNG_MILLISECONDS)),
          () => ended(now() + YOUNG_MILLISECONDS),
        );
        held = next;
      }
      return held.credential;
    },
    renew: () => {
      if (held !== null && now() - held.at >= YOUNG_MILLISECONDS) held = null;
    },
  };
}

async function login(plugin: ExecPlugin, env: NodeJS.ProcessEnv): Promise<{ readonly credential: Credential; readonly until: number }> {
  const answer = parse(plugin, await run(plugin, env));
  const field = (name: string): string | null => {
    const value = member(answer, 'status', name);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const [apiVersion, kind] = [member(answer, 'apiVersion'), member(answer, 'kind')];
  if (kind !== 'ExecCredential' || apiVersion !== plugin.apiVersion)
    throw problem(plugin, `answered with ${kind} of ${apiVersion}, not with an ExecCredential of ${plugin.apiVersion}.`);
  const [token, cert, key] = [field('token'), field('clientCertificateData'), field('clientKeyData')];
  if ((cert === null) !== (key === null) || (token === null && cert === null))
    throw problem(plugin, 'answered with neither a token nor a certificate and its key.');
  const expires = field('expirationTimestamp');
  const until = expires === null ? Number.POSITIVE_INFINITY : Date.parse(expires);
  if (Number.isNaN(until)) throw problem(plugin, `answered with an expirationTimestamp that is no time: ${expires?.slice(0, 40)}.`);
  return {
    credential: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(cert === null || key === null ? {} : { cert, key }),
    },
    until,
  };
}

function parse(plugin: ExecPlugin, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    // Not quoted: it may hold what is secret.
    throw problem(plugin, `answered with ${output.length} characters that are no JSON.`);
  }
}

/** Runs it, without a shell; what it says to the person goes to stderr. Resolves with its stdout. */
function run(plugin: ExecPlugin, env: NodeJS.ProcessEnv): Promise<string> {
  const { command, args, interactiveMode, provideClusterInfo, installHint } = plugin;
  const interactive = interactiveMode !== 'Never' && process.stdin.isTTY === true;
  if (interactiveMode === 'Always' && !interactive) return Promise.reject(problem(plugin, 'asks for a terminal, and there is none.'));
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive, ...(provideClusterInfo ? { cluster: plugin.cluster } : {}) },
  };
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args ?? [], {
      env: { ...env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
      timeout: TIMEOUT_MILLISECONDS,
      killSignal: 'SIGKILL',
    });
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (part: Buffer) => {
      size += part.length;
      if (size > LARGEST_OUTPUT) child.kill('SIGKILL');
      else parts.push(part);
    });
    child.on('error', ({ message }) =>
      reject(problem(plugin, `cannot be run: ${message}.`, installHint?.trim() || 'Install it, or put its folder into $PATH.')),
    );
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(parts).toString());
      else if (size > LARGEST_OUTPUT) reject(problem(plugin, `answered with more than ${LARGEST_OUTPUT} bytes.`));
      else reject(problem(plugin, `ended with ${signal ?? `exit code ${code}`}; what it said stands above.`));
    });
  });
}

function problem({ command, args, origin }: ExecPlugin, message: string, help?: string): ProblemError {
  const remedy = `Log in again, then try \`${[command, ...(args ?? [])].join(' ')}\` by hand.`;
  return new ProblemError([{ message: `the credential plugin ${command} ${message}`, ...origin, help: help ?? remedy }]);
}
