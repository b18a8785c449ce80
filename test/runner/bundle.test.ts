import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import type { Report } from '../../lib/runner/index.ts';
import { changed } from '../../lib/runner/parts/bundle.ts';
import { metrics, serve } from '../../lib/runner/parts/metrics.ts';
import { serveProbes } from '../../lib/runner/probes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('../../build/runner.mjs', import.meta.url));
const bundle = () => {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: ['lib/runner/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'utf8',
    metafile: true,
    write: false,
  });
  return {
    text: readFileSync(program, 'utf8'),
    inputs: Object.keys(metafile.inputs),
    imports: Object.values(metafile.outputs).flatMap((out) => out.imports),
  };
};

const run = (env: Record<string, string>, file = program) => {
  const runner = spawn(process.execPath, [file], { env });
  const lines: { level: string; message: string }[] = [];
  let rest = '';
  runner.stdout.on('data', (part) => {
    const parts = `${rest}${part}`.split('\n');
    rest = String(parts.pop());
    lines.push(...parts.map((line) => JSON.parse(line)));
  });
  const ended = new Promise<number | null>((resolve) => runner.on('close', resolve));
  return { runner, lines, ended };
};

describe('the bundle of the runner', () => {
  test('is one file of at most 100 kB that needs nothing but Node', () => {
    const { text, inputs, imports } = bundle();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100 * 1_000);
    expect(inputs.filter((path) => !/^lib\/(runner|plan|gates)\//.test(path))).toEqual([]);
    expect(imports.filter(({ path }) => !path.startsWith('node:'))).toEqual([]);
  });

  test('can be read: what decides and every field has its name, and lines end', () => {
    const { text } = bundle();
    for (const name of ['function decide(', 'function guard(', 'function movementOf(', 'resourceVersion', 'Draft=class'])
      expect(text).toContain(name);
    // Fields of a class cannot be broken apart.
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(600);
  });

  test('names no place of the machine that made it', () => {
    const { text } = bundle();
    expect(text).not.toContain(root);
    expect(text).not.toContain('node_modules');
  });
});

describe('the program', () => {
  test.each([
    ['nothing', {}, 'environment variable KUBERNETES_SERVICE_HOST is missing'],
    [
      'no service account',
      { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1', TIDEGATE_SERVICEACCOUNT_DIR: '/nowhere' },
      'the service account in /nowhere cannot be read',
    ],
    ['a port that is none', { TIDEGATE_METRICS_PORT: 'http' }, "TIDEGATE_METRICS_PORT must be a whole number, not 'http'"],
  ])('told %s: says what is missing and ends with 20', async (_, env, message) => {
    const { lines, ended } = run({ TIDEGATE_EXIT: '1', ...env });
    expect(await ended).toBe(20);
    expect(lines).toEqual([expect.objectContaining({ level: 'error', message: expect.stringContaining(message) })]);
  });

  test('beside its other files it tells a scrape how it does', async () => {
    const { runner, ended } = run({ TIDEGATE_METRICS_PORT: '19464' });
    const scrape = () => fetch('http://127.0.0.1:19464/metrics').then((answer) => answer.text(), String);
    await vi.waitFor(async () => expect(await scrape()).toMatch(/tidegate_runner_phase\{.*phase="Refused"\} 1\n/), 10_000);
    runner.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('in the cluster it stays up, not ready, until it is asked to end', async () => {
    const { runner, lines, ended } = run({});
    await new Promise<void>((spoken) => runner.stdout.on('data', () => spoken()));
    expect(lines).toHaveLength(1);
    runner.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('the files that its ConfigMap is', () => {
  const names = ['runner.mjs', 'bundle.mjs', 'metrics.mjs'];
  const reviewed = Object.fromEntries(names.map((name) => [name, readFileSync(join(dirname(program), name), 'utf8')]));
  /** As the kubelet mounts them: links to what is the latest, beside what else is mounted there. */
  const mounted = (files: Readonly<Record<string, string>>): string => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-mounted-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'secrets'));
    mkdirSync(join(folder, '..2026_11_22'));
    symlinkSync('..2026_11_22', join(folder, '..data'));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, '..2026_11_22', name), text);
      symlinkSync(`..data/${name}`, join(folder, name));
    }
    return folder;
  };
  const differs = (files: Readonly<Record<string, string>>) => changed(shortHash(reviewed), pathToFileURL(`${mounted(files)}/`));

  test('are what the Deployment was rendered for', () => {
    expect(differs(reviewed)).toBeNull();
  });

  test.each<[string, (files: Record<string, string>) => object]>([
    ['edited', ({ 'runner.mjs': text = '', ...files }) => ({ ...files, 'runner.mjs': text.replace('S3', 'S4 ') + ' ' })],
    ['cut off', ({ 'metrics.mjs': text = '', ...files }) => ({ ...files, 'metrics.mjs': text.slice(0, -1) })],
    ['one too few', ({ 'metrics.mjs': _, ...files }) => files],
    ['one too many', (files) => ({ ...files, 'argo.mjs': '' })],
  ])('are %s: it is told which ConfigMap is to be replaced', (_, spoil) => {
    const hash = shortHash(reviewed);
    const said = differs(spoil({ ...reviewed }) as Record<string, string>);
    expect(said).toMatch(
      new RegExp(`hashes to \\w{8}, and its Deployment was rendered for ${hash}: delete its ConfigMap .*-runner-${hash}`),
    );
  });

  test.each([
    ['edited', { ...reviewed, 'metrics.mjs': "console.log('loaded')" }, /hashes to/],
    ['without the file that compares them', { 'runner.mjs': reviewed['runner.mjs'] ?? '' }, /Cannot find module .*bundle\.mjs/],
  ])('are %s: it says so, loads none of them and asks nobody anything', async (_, files, why) => {
    const env = { TIDEGATE_BUNDLE: shortHash(reviewed), TIDEGATE_METRICS_PORT: '19465' };
    const { runner, lines, ended } = run(env, join(mounted(files), 'runner.mjs'));
    const ready = () => fetch('http://127.0.0.1:19465/readyz').then((answer) => answer.text(), String);
    await vi.waitFor(async () => expect(await ready()).toMatch(why), 10_000);
    runner.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(lines).toEqual([expect.objectContaining({ level: 'error', message: expect.stringMatching(why) })]);
  });

  test('are as reviewed: it goes on to look for its cluster', async () => {
    const { lines, ended } = run({ TIDEGATE_BUNDLE: shortHash(reviewed), TIDEGATE_EXIT: '1' }, join(mounted(reviewed), 'runner.mjs'));
    expect(await ended).toBe(20);
    expect(lines[0]?.message).toContain('environment variable KUBERNETES_SERVICE_HOST is missing');
  });
});

describe('probes', () => {
  const report: Report = { phase: 'Held', step: 4, weight: 20, reason: 'waits', ready: true, lookedAt: 1_000, troubles: 2 };
  const ask = async (path: string, latest: Report | null, now: number) => {
    const server = serveProbes(
      0,
      () => now,
      () => latest,
      (request, response) => serve(latest, request, response),
    );
    await new Promise((listening) => server.on('listening', listening));
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    const text = await answer.text();
    server.closeAllConnections();
    server.close();
    return [answer.status, text.trim()];
  };

  test.each<[string, Report | null, number, readonly [number, string]]>([
    ['/healthz', report, 170_000, [200, 'ok']],
    ['/healthz', report, 190_000, [500, 'no look at the cluster for 3 minutes']],
    ['/healthz', null, 0, [200, 'ok']],
    ['/readyz', report, 2_000, [200, 'ok']],
    ['/readyz', { ...report, ready: false, reason: 'no rights' }, 2_000, [503, 'no rights']],
    ['/readyz', null, 0, [503, 'starting']],
    ['/other', report, 0, [404, 'not found']],
  ])('%s', async (path, latest, now, expected) => {
    expect(await ask(path, latest, now)).toEqual(expected);
  });

  test('/metrics is Prometheus text', async () => {
    const [, text] = await ask('/metrics', report, 2_000);
    expect(`${text}\n`).toBe(metrics(report));
  });
});
