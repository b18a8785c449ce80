import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../../../lib/gates/providers/index.ts';

/** Debian's package `prometheus`. */
export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

export interface PrometheusProcess {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts Prometheus and waits until it has samples.
 * @param files by name; `prometheus.yml` is its configuration
 * @param ask a question that has numbers for an answer once there are samples
 */
export async function startPrometheus(
  files: Readonly<Record<string, string>>,
  flags: (directory: string) => readonly string[],
  ask: (port: number) => Promise<Answer>,
): Promise<PrometheusProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-prometheus-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const port = await freePort();
  const own = [
    `--config.file=${directory}/prometheus.yml`,
    `--storage.tsdb.path=${directory}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn('prometheus', [...own, ...flags(directory), '--log.level=error'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true });
  };
  const deadline = Date.now() + 10_000;
  for (let answer = await ask(port); answer.kind !== 'numbers'; answer = await ask(port)) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error(`Prometheus has no sample after 10s: ${JSON.stringify(answer)}`);
    }
    await pause(50);
  }
  return { port, stop };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
