import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../connection.ts';
import type { Kube } from '../kube.ts';
import { until } from '../until.ts';

const PROGRAM = fileURLToPath(new URL('../../../build/runner.mjs', import.meta.url));

export interface RunnerLine {
  readonly time: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly phase?: string;
  readonly step?: number;
  readonly weight?: number;
}

export interface RunnerStart {
  readonly kube: Kube;
  readonly connection: Connection;
  readonly namespace: string;
  /** Name of the plan's ConfigMap. */
  readonly plan: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `build/runner.mjs` as its pod would start it: with the token of its own ServiceAccount, and nothing else of this process. */
export class RunnerProcess {
  readonly lines: RunnerLine[] = [];
  /** What it said that was no log line: a crash. */
  stderr = '';
  readonly startedAt = Date.now();
  /** Its exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>;
  exited = false;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(line: RunnerLine) => void>();

  static async start({ kube, connection, namespace, plan, env = {} }: RunnerStart): Promise<RunnerProcess> {
    const account = mkdtempSync(join(tmpdir(), 'tidegate-account-'));
    writeFileSync(join(account, 'token'), await kube.token(namespace, 'web-runner'), { mode: 0o600 });
    writeFileSync(join(account, 'ca.crt'), connection.ca ?? '');
    const { hostname, port } = new URL(connection.server);
    return new RunnerProcess(
      {
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        TIDEGATE_SERVICEACCOUNT_DIR: account,
        TIDEGATE_NAMESPACE: namespace,
        TIDEGATE_PLAN: plan,
        ...env,
      },
      account,
    );
  }

  private constructor(env: Readonly<Record<string, string>>, account: string) {
    this.#child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const parts = `${rest}${text}`.split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) this.#heard(part);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code) => {
        rmSync(account, { recursive: true, force: true });
        this.exited = true;
        resolve(code);
      }),
    );
  }

  /** Called with each line that is yet to come. */
  onLine(listener: (line: RunnerLine) => void): void {
    this.#listeners.add(listener);
  }

  /** The first line after so many, said already or yet to come, whose message matches. */
  says(pattern: RegExp, after = 0, seconds = 60): Promise<RunnerLine> {
    const find = async () => this.lines.slice(after).find(({ message }) => pattern.test(message));
    return until(`line ${pattern} of the runner`, find, { seconds }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.transcript}`);
    });
  }

  /** As a node that is lost, or a kernel without memory: nothing is said and nothing is finished. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Resident memory in MiB. */
  get residentMiB(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  /** For a test that failed. */
  get transcript(): string {
    return [...this.lines.map(({ time, level, message }) => `${time} ${level} ${message}`), this.stderr].join('\n');
  }

  #heard(text: string): void {
    const line = JSON.parse(text) as RunnerLine;
    this.lines.push(line);
    for (const listener of this.#listeners) listener(line);
  }
}
