import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { planOf } from '../plan/plans.ts';
import { scale } from '../runner/release.ts';
import { chat } from './server.ts';

const build = (name: string) => fileURLToPath(new URL(`../../build/${name}`, import.meta.url));

function folder(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-notify-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

/** The runner as its Deployment starts it, at an API server that is not there. */
const run = (directory: string, notify: string) => {
  const account = folder({ token: 'token', 'ca.crt': '', namespace: 'shop' });
  const runner = spawn(process.execPath, [build('runner.mjs')], {
    env: {
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: '1',
      TIDEGATE_SERVICEACCOUNT_DIR: account,
      TIDEGATE_NAMESPACE: 'shop',
      TIDEGATE_PLAN: 'web-plan-0a1b2c3d',
      TIDEGATE_NOTIFY: join(directory, notify),
    },
  });
  let text = '';
  for (const stream of [runner.stdout, runner.stderr]) stream.on('data', (part) => (text += part));
  const ended = new Promise<number | null>((resolve) => runner.on('close', resolve));
  return { runner, ended, said: () => text };
};

const said = { weight: 0, reason: 'because', ready: true, lookedAt: Date.now(), troubles: 0 };

describe('the program that notifies', () => {
  test('reads channels, plan and Secrets beside it and tells what the reports come to', async () => {
    const server = await chat();
    const channel = {
      channel: 'slack',
      url: { name: 'chat', key: 'url' },
      port: server.port,
      signingKey: null,
      on: ['held'],
      approvers: [],
      texts: {},
    };
    const directory = folder({
      'channels.json': JSON.stringify([channel]),
      'plan.json': JSON.stringify({ hash: '0a1b2c3d', ...planOf([scale()]) }),
      'secrets/chat/url': `${server.url}\n`,
    });
    cpSync(build('notify.mjs'), join(directory, 'notify.mjs'));
    const { tell } = await import(pathToFileURL(join(directory, 'notify.mjs')).href);
    tell({ ...said, phase: 'Held', step: 0 });
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    expect(server.calls[0]).toMatchObject({ url: '/hook/t0ps3cret', body: expect.stringContaining('web in shop is held at 0 %: because') });
  });

  test('is handed each report of the runner', async () => {
    const directory = folder({ 'notify.mjs': 'export const tell = ({ phase, ready }) => console.log(`told ${phase} ${ready}`);' });
    const { runner, ended, said } = run(directory, 'notify.mjs');
    await vi.waitFor(() => expect(said()).toContain('told Starting false'), { timeout: 5_000 });
    runner.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('is not needed: without it the runner goes on, with one line', async () => {
    const { runner, ended, said } = run(folder({}), 'notify.mjs');
    await vi.waitFor(
      () => {
        expect(said()).toContain('Cannot find module');
        expect(said()).toContain('"level":"warning"');
      },
      { timeout: 5_000 },
    );
    runner.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
