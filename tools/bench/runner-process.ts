import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../build/runner.mjs', import.meta.url));

export interface Deployed {
  readonly namespace: string;
  readonly plan: string;
  /** Folder with the token and the CA, as a pod has it. */
  readonly serviceAccount: string;
  /** `https://host:port` of the API server, or of what stands in front of it. */
  readonly server: string;
}

/** `build/runner.mjs` as its Deployment starts it: this environment and nothing else. */
export class RunnerProcess {
  /** By `performance.now()`, before the process is made. */
  readonly startedAt: number;
  readonly lines: string[] = [];
  readonly port: number;
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  private constructor({ namespace, plan, serviceAccount, server }: Deployed, port: number) {
    const { hostname, port: apiPort } = new URL(server);
    this.port = port;
    this.startedAt = performance.now();
    this.child = spawn(process.execPath, [PROGRAM], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: apiPort || '443',
        TIDEGATE_SERVICEACCOUNT_DIR: serviceAccount,
        TIDEGATE_NAMESPACE: namespace,
        TIDEGATE_PLAN: plan,
        TIDEGATE_METRICS_PORT: String(port),
      },
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.lines.push(...text.split('\n').filter(Boolean)));
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
  }

  static async start(deployed: Deployed): Promise<RunnerProcess> {
    return new RunnerProcess(deployed, await freePort());
  }

  /** Milliseconds from the process's start until its probe says that it does its work. */
  async ready(): Promise<number> {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => null);
      if (answer?.status === 200) return performance.now() - this.startedAt;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (performance.now() - this.startedAt > 30_000) throw new Error(`the runner is not ready:\n${this.lines.join('\n')}`);
    }
  }

  residentMiB(): number {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.child.pid)], { encoding: 'utf8' })) / 1_024;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
