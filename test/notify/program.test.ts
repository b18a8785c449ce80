import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { context, inFlight, render, web } from '../engines/fixtures.ts';
import { chat } from './server.ts';

const build = (name: string) => fileURLToPath(new URL(`../../build/${name}`, import.meta.url));

function folder(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-notify-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) write(directory, path, text);
  return directory;
}

function write(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

/** What a release that tells a chat on this port has mounted of ConfigMaps, with the program that is built. */
function mounted(port: number): Readonly<Record<string, string>> {
  const chat = {
    channel: 'slack',
    url: { name: 'chat', key: 'url' },
    port,
    signingKey: null,
    on: ['held', 'aborted'],
    approvers: [],
    texts: {},
  } as const;
  const notify = readFileSync(build('notify.mjs'), 'utf8');
  const objects = render(inFlight({ ...web, notifications: [chat] }), { ...context, code: { ...context.code, notify } });
  const names = /web-(notify|plan)-/;
  return Object.assign(
    {},
    ...objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && names.test(metadata.name)).map(({ data }) => data),
  );
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

const report = { step: 0, weight: 0, reason: 'because', ready: true, lookedAt: Date.now(), troubles: 0 };

describe('the program that notifies', () => {
  test('is one small file that needs nothing but Node', () => {
    const text = readFileSync(build('notify.mjs'), 'utf8');
    const imported = [...text.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name);
    expect(Buffer.byteLength(text)).toBeLessThan(32_000);
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !name?.startsWith('node:'))).toEqual([]);
  });

  test('reads what is mounted beside it, a Secret that was changed since too', async () => {
    const server = await chat();
    const files = mounted(server.port);
    const directory = folder({});
    // As the kubelet lays out a volume, and replaces what is in it.
    const mount = (version: string, secret: string) => {
      for (const [path, text] of Object.entries({ ...files, 'secrets/chat/url': `${secret}\n` }))
        write(directory, `..${version}/${path}`, text);
      symlinkSync(`..${version}`, join(directory, '..next'));
      renameSync(join(directory, '..next'), join(directory, '..data'));
    };
    mount('1', server.url);
    for (const name of [...Object.keys(files), 'secrets']) symlinkSync(`..data/${name}`, join(directory, name));
    vi.stubEnv('TIDEGATE_NOTIFY', join(directory, 'notify.mjs'));
    const { tell } = await import(pathToFileURL(join(directory, 'notify.mjs')).href);
    vi.unstubAllEnvs();
    tell({ ...report, phase: 'Held' });
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    expect(server.calls[0]).toMatchObject({ url: '/hook/t0ps3cret', body: expect.stringContaining('web in shop is held at 0 %: because') });

    mount('2', `${server.url}-rotated`);
    rmSync(join(directory, '..1'), { recursive: true });
    tell({ ...report, phase: 'Aborting' });
    await vi.waitFor(() => expect(server.calls).toHaveLength(2));
    expect(server.calls[1]?.url).toBe('/hook/t0ps3cret-rotated');
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
