import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Kube, type LiveObject, until } from '../real/harness.ts';

interface Pod {
  readonly serviceAccountName: string;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

/**
 * The node for a release's runner: the test cluster runs no container, so this starts what the runner's pods say, from
 * their ConfigMap, environment and service account, restarts what ends, and ends what is deleted.
 */
export class RunnerNode {
  readonly #kube: Kube;
  readonly #namespace: string;
  readonly #running = new Map<string, ChildProcess>();
  readonly #loop: Promise<void>;
  #stopped = false;
  /** What the runners said, for a failing test. */
  readonly log: string[] = [];

  constructor(kube: Kube, namespace: string) {
    this.#kube = kube;
    this.#namespace = namespace;
    this.#loop = this.#run();
  }

  /** Kills the runner as a crash would; the node starts it again. */
  async crash(): Promise<void> {
    const killed = [...this.#running.values()];
    if (killed.length === 0) throw new Error('no runner is running');
    for (const child of killed) child.kill('SIGKILL');
    await until('restarted runner', async () => [...this.#running.values()].some((child) => !killed.includes(child)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    for (const uid of [...this.#running.keys()]) this.#end(uid);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const pods = await this.#kube.list({ apiVersion: 'v1', kind: 'Pod' }, this.#namespace, 'tidegate.dev/component=runner');
      const live = pods.filter(({ metadata, status }) => status?.phase === 'Running' && !metadata.deletionTimestamp);
      for (const uid of this.#running.keys()) if (!live.some(({ metadata }) => metadata.uid === uid)) this.#end(uid);
      for (const pod of live)
        if (this.#running.get(pod.metadata.uid)?.exitCode !== null || this.#killed(pod.metadata.uid)) await this.#start(pod);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #killed(uid: string): boolean {
    return this.#running.get(uid)?.signalCode !== null;
  }

  #end(uid: string): void {
    this.#running.get(uid)?.kill('SIGTERM');
    this.#running.delete(uid);
  }

  async #start({ metadata, spec }: LiveObject): Promise<void> {
    const { serviceAccountName, containers, volumes } = spec as unknown as Pod;
    const [container] = containers;
    const code = volumes.find(({ configMap }) => configMap !== undefined)?.configMap?.name ?? '';
    const configMap = await this.#kube.get({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: code, namespace: this.#namespace } });
    const connection = inject('controlPlane');
    if (container === undefined || connection === null) throw new Error('nothing to run');

    const dir = mkdtempSync(join(tmpdir(), 'tidegate-runner-'));
    const account = join(dir, 'serviceaccount');
    mkdirSync(account);
    writeFileSync(join(account, 'token'), await this.#kube.token(this.#namespace, serviceAccountName), { mode: 0o600 });
    writeFileSync(join(account, 'ca.crt'), connection.ca ?? '');
    const program = container.args[0]?.split('/').at(-1) ?? '';
    for (const [name, text] of Object.entries(configMap.data as Record<string, string>)) writeFileSync(join(dir, name), text);

    const server = new URL(connection.server);
    const env = {
      ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
      TIDEGATE_SERVICEACCOUNT_DIR: account,
      // All runners share one network here, so none may have the port.
      TIDEGATE_METRICS_PORT: '',
    };
    const child = spawn(process.execPath, [join(dir, program)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => this.log.push(text.trimEnd()));
    child.once('close', () => rmSync(dir, { recursive: true, force: true }));
    this.#running.set(metadata.uid, child);
  }
}
